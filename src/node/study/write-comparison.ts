import { join } from 'node:path';
import { writeTogether } from '../staged-files.ts';
import {
  type ComparedStudies,
  comparedStudiesJson,
  comparisonFigures,
  comparisonTables,
} from './compared-studies.ts';
import { comparisonHtml } from './comparison-report.ts';
import { FIGURES, writeFigures } from './figure-files.ts';

/** Files that every comparison writes, besides its models' studies and tables. */
export const COMPARISON_FILES = ['study.json', 'report.html'];

/** Draws and writes a comparison's files; the models' own studies are written by `writeStudy`. */
export async function writeComparison(out: string, compared: ComparedStudies): Promise<void> {
  const figures = comparisonFigures(compared);
  const tables = comparisonTables(compared);
  const html = comparisonHtml({ ...compared, figures, tables: [...tables.keys()] });
  await writeTogether(out, async (write) => {
    const text = (name: string, content: string) =>
      write(name, (sink) => sink.write(new TextEncoder().encode(content)));
    for (const [name, content] of tables) await text(name, content);
    await text('study.json', `${JSON.stringify(comparedStudiesJson(compared), null, 2)}\n`);
    await text('report.html', html);
  });
  await writeFigures(join(out, FIGURES), figures);
}
