import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { pairings } from '../../src/metrics/random.ts';
import { take, type Vectors } from '../../src/metrics/vectors.ts';
import { readNpyRows } from '../../src/node/npy-vectors.ts';

/** Pairs to fit on and pairs to judge by. */
export interface Split {
  readonly fit: readonly number[];
  readonly test: readonly number[];
}

/** One of the study's sets, as weights/training/embed-closing-set.ts leaves it in .cache/closing. */
export interface StudySet {
  readonly images: Vectors;
  readonly captions: Vectors;
  /** A second caption of each picture. */
  readonly queries: Vectors;
  readonly rows: readonly Readonly<Record<string, string>>[];
}

const folder = process.env.CLOSING_SET ?? fileURLToPath(new URL('../../.cache/closing', import.meta.url));

export async function readSet(name: 'drawn' | 'icons'): Promise<StudySet> {
  const read = async (part: string) => (await readNpyRows(`${folder}/${name}-${part}.npy`)).rows;
  return {
    images: await read('images'),
    captions: await read('captions'),
    queries: await read('queries'),
    rows: parse(await readFile(`${folder}/${name}.csv`, 'utf8'), { columns: true }),
  };
}

/** One prompt a subject, with the labels of the pairs. */
export async function readPrompts(): Promise<{ vectors: Vectors; labels: string[] }> {
  const rows: { label: string }[] = parse(await readFile(`${folder}/drawn-prompts.csv`, 'utf8'), {
    columns: true,
  });
  return {
    vectors: (await readNpyRows(`${folder}/drawn-prompts.npy`)).rows,
    labels: rows.map(({ label }) => label),
  };
}

/** 12 of the 34 subjects to judge by, 84 pairs each, and 18 others to fit on. */
export function subjectSplit({ rows }: StudySet, seed: number): Split {
  const names = [...new Set(rows.map(({ subject = '' }) => subject))];
  const order = [...pairings(SUBJECT_SEED + seed, 1, names.length)].map((at) => names[at] ?? '');
  const members = (name: string) => [...rows.keys()].filter((row) => rows[row]?.subject === name);
  return {
    test: order.slice(0, 12).flatMap((name) => members(name).slice(0, 84)),
    fit: order.slice(12, 30).flatMap(members),
  };
}

/** Methods and their constants were chosen on other splits. */
const SUBJECT_SEED = 70_000;

/** A column of the set: `concepts` holds out concepts or drawings. */
export function columnSplit({ rows }: StudySet, column: string): Split {
  const at = (value: string) => [...rows.keys()].filter((row) => rows[row]?.[column] === value);
  return { fit: at('fit'), test: at('test') };
}

/** 1,020 pairs whose captions no pair of the fit has. */
export function captionSplit({ rows }: StudySet, seed: number): Split {
  const byCaption = new Map<string, number[]>();
  for (const [row, { caption = '' }] of rows.entries()) {
    byCaption.set(caption, [...(byCaption.get(caption) ?? []), row]);
  }
  const captions = [...byCaption.values()];
  const test: number[] = [];
  for (const at of pairings(seed, 1, captions.length)) {
    if (test.length >= 1020) break;
    test.push(...(captions[at] ?? []));
  }
  const held = new Set(test);
  return { fit: [...rows.keys()].filter((row) => !held.has(row)), test };
}

export function pairsOf(set: StudySet, rows: readonly number[]) {
  const column = (name: string) => rows.map((row) => set.rows[row]?.[name] ?? '');
  return {
    images: take(set.images, rows),
    texts: take(set.captions, rows),
    queries: take(set.queries, rows),
    labels: column('label'),
    groups: column('group'),
  };
}
