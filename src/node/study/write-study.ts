import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EMBEDDING_FILES } from '../embedding-files.ts';
import { knownModelName, type Provenance, shortPath } from '../provenance.ts';
import { writeTogether } from '../staged-files.ts';
import type { StudyClosing } from './closing.ts';
import type { EmbeddingSet } from './embedding-set.ts';
import { FIGURES, fontWarning, writeFigures } from './figure-files.ts';
import { studyFigures } from './figures.ts';
import type { Measures } from './measure.ts';
import { answerQuestions } from './questions.ts';
import { reportHtml } from './report.ts';
import { studyTables } from './tables.ts';
import { listedPairs, thumbnails } from './thumbnails.ts';

/** Files that every study writes, besides tables. */
export const STUDY_FILES = ['study.json', 'report.html', ...EMBEDDING_FILES];

/** A study, measured. */
export interface Study {
  /** As the user named it, without private paths. */
  readonly source: string;
  readonly provenance: Provenance;
  readonly set: EmbeddingSet;
  readonly measures: Measures;
}

/** Draws and writes all of a study's files except the embeddings. */
export async function writeStudy(
  out: string,
  study: Study,
  onWarning: (message: string) => void,
): Promise<void> {
  const { set, measures } = study;
  const figures = studyFigures(set, measures);
  const warning = await fontWarning(figures);
  if (warning !== undefined) onWarning(warning);
  const listed = listedPairs(measures);
  const pictures = await thumbnails(set.pairs, set.identities, listed, set.manifest.window);
  const tables = studyTables(set, measures);
  const written = new Map([...tables].filter((table): table is [string, string] => table[1] !== undefined));
  const html = reportHtml({ ...study, figures, tables: written, thumbnails: pictures, listed });
  await writeTogether(out, async (write) => {
    const text = (name: string, content: string) =>
      write(name, (sink) => sink.write(new TextEncoder().encode(content)));
    for (const [name, content] of written) await text(name, content);
    await text('study.json', `${JSON.stringify(studyJson(study), null, 2)}\n`);
    await text('report.html', html);
    const fitted = measures.closing?.bytes;
    if (fitted) await write('closing.safetensors', (sink) => sink.write(fitted));
  });
  await writeFigures(join(out, FIGURES), figures);
  // Removes tables of an earlier, smaller study, which would contradict this one.
  for (const [name, content] of tables) if (content === undefined) await rm(join(out, name), { force: true });
}

/** The study's numbers, without the matrices; null where too few pairs leave a number undefined. */
export function studyJson({ source, provenance, set: { manifest }, measures }: Study): object {
  const { gap, aligned, tsne, map, sample, imageToText, textToImage, closing } = measures;
  return {
    provenance,
    embedded: manifest.provenance ?? null,
    source,
    model: knownModelName(manifest.model),
    fingerprint: manifest.fingerprint ?? null,
    untrained: manifest.untrained ?? false,
    dtype: manifest.dtype,
    adapter: manifest.adapter,
    pairs: gap.pairs,
    skipped: manifest.skipped.length,
    answers: answerQuestions(measures),
    meanDistance: { matched: meanOf(imageToText.own), mismatched: imageToText.meanToOthers },
    nearestByDistance: {
      imageToText: firstShare(imageToText.rank),
      textToImage: firstShare(textToImage.rank),
    },
    gap: { ...gap, gapVector: Array.from(gap.gapVector) },
    aligned: { ...aligned, gapVector: Array.from(aligned.gapVector) },
    tsne: {
      method: tsne.method,
      perplexity: tsne.perplexity,
      klDivergence: tsne.klDivergence,
      iterations: tsne.iterations,
      ...map,
    },
    matrixPairs: sample.length,
    ...(closing && { closing: closingJson(closing) }),
  };
}

function closingJson({ file, report, changes, sweep, tsne }: StudyClosing): object {
  const { perplexity, klDivergence } = tsne;
  return {
    file: file === undefined ? null : shortPath(file),
    report,
    changes: changes ?? null,
    sweep: sweep ?? null,
    tsne: { perplexity, klDivergence },
  };
}

function firstShare(ranks: Uint32Array): number {
  return ranks.filter((rank) => rank === 1).length / ranks.length;
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
