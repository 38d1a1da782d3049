import type { Figure } from '../../plots/chart.ts';
import { type FigureFile, type FigureFormat, figureFiles, writeFigure } from '../figure-formats.ts';
import { beyondInter } from '../inter.ts';
import { writeTogether } from '../staged-files.ts';

/** The folder of the pictures, beside the report. */
export const FIGURES = 'figures';

const FORMATS: readonly FigureFormat[] = ['SVG', 'PDF', 'PNG'];

/** The files of a study's figure. */
export function studyFigureFiles(name: string): FigureFile[] {
  return figureFiles(name, FORMATS);
}

/** Writes each figure, without its title, as SVG and PDF that bring their font, and as PNG. */
export async function writeFigures(folder: string, figures: Readonly<Record<string, Figure>>): Promise<void> {
  await writeTogether(folder, async (write) => {
    for (const [name, figure] of Object.entries(figures)) await writeFigure(write, name, figure, FORMATS);
  });
}

/** What a reader should know of labels in scripts that the figures' font lacks; undefined if there are none. */
export async function fontWarning(figures: Readonly<Record<string, Figure>>): Promise<string | undefined> {
  const missing = await beyondInter(
    Object.values(figures)
      .map(({ svg }) => svg)
      .join(''),
  );
  if (missing.length === 0) return undefined;
  const some = missing.slice(0, 5).join(' ');
  return (
    `labels have characters that the figures’ font lacks: ${some}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}; ` +
    'PNG and PDF draw them with fonts of this system, or as boxes where it has none; SVG leaves them to the reader’s'
  );
}
