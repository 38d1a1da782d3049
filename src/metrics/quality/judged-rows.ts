import { isObject } from '../../arguments.ts';
import { InvalidOptionError, ShapeError } from '../../errors.ts';
import { itemsOf, unitRows } from '../gap/pairing.ts';
import { mix } from '../random.ts';
import { checkSameDim, checkVectors, type Vectors } from '../vectors.ts';
import { EntryCountError, LabelWithoutPromptError } from './errors.ts';

/** What a row belongs to: its class, item, patient or concept. */
export type RowLabel = string | number;

/** Pairs of an image and a text, with what is known about them: each further field adds measures. */
export interface JudgedRows {
  /** `[n, D]` */
  readonly images: Vectors;
  /** `[n, D]`: row i belongs to image i, whatever the ids. */
  readonly texts: Vectors;
  /**
   * `[n]`: what each pair shows. Pairs of one item, such as an image with several captions, are no misses of each other,
   * and resamples draw them together. Default: each pair is its own.
   */
  readonly items?: readonly RowLabel[];
  /** `[n]`: the class of each pair, for mean average precision and clusters. Default: none. */
  readonly labels?: readonly RowLabel[];
  /** `[n]`: what resamples draw whole instead of items, such as the subject or the patient of each pair. Default: none. */
  readonly groups?: readonly RowLabel[];
  /** `[n, D]`: a second text of each pair, which searches among all images and texts. Default: none. */
  readonly queries?: Vectors;
  /** Texts of which the nearest names an image's class: zero-shot classification. Needs `labels`. Default: none. */
  readonly prompts?: { readonly vectors: Vectors; readonly labels: readonly RowLabel[] };
  /**
   * `[n, D]`: the images after a small disturbance, such as `disturbedRows` before a map is applied. Default: a random
   * step from the images as they are here.
   */
  readonly disturbed?: Vectors;
  /** The model's exp(logit_scale), for the entropy of its logits. Default: none. Unit: none. Source: CLIP. */
  readonly logitScale?: number;
}

/** Checked rows, all of length 1. Items, labels and groups are numbered from 0 on in order of appearance. */
export interface Judged {
  readonly n: number;
  readonly dim: number;
  /** `[n, dim]` */
  readonly images: Float64Array;
  readonly texts: Float64Array;
  readonly items: readonly number[];
  readonly itemCount: number;
  readonly labels: readonly number[] | undefined;
  /** What resamples draw whole: groups, or items. */
  readonly units: readonly number[];
  readonly unitCount: number;
  readonly queries: Vectors | undefined;
  readonly prompts: { readonly vectors: Vectors; readonly labels: readonly number[] } | undefined;
  /** As given, of any length. */
  readonly disturbed: Vectors | undefined;
  readonly logitScale: number | undefined;
  /** A hash of items, units and labels, by which reports of other pairs are told apart. */
  readonly key: number;
}

const CALL = 'embeddingQuality';

/**
 * @throws {EntryCountError} naming the field that has too few or too many entries
 * @throws {LabelWithoutPromptError} @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError}
 */
export function readJudgedRows(rows: JudgedRows): Judged {
  const { images, texts, logitScale } = rows;
  checkVectors(CALL, 'images', images);
  if (images.rows === 0) throw new ShapeError(CALL, 'images', 'at least one row', [0, images.dim]);
  const [n, dim] = [images.rows, images.dim];
  if (logitScale !== undefined && !(Number.isFinite(logitScale) && logitScale > 0)) {
    throw new InvalidOptionError('logitScale', 'a positive number', logitScale);
  }
  checkRows('texts', texts, images);
  const items = numbered('items', rows.items, n) ?? Array.from({ length: n }, (_, i) => i);
  const units = numbered('groups', rows.groups, n) ?? items;
  const labels = numbered('labels', rows.labels, n);
  return {
    n,
    dim,
    images: unitRows('images', images),
    texts: unitRows('texts', texts),
    items,
    itemCount: new Set(items).size,
    labels,
    units,
    unitCount: new Set(units).size,
    queries: rows.queries && unitVectors('queries', checkRows('queries', rows.queries, images)),
    prompts: readPrompts(rows),
    disturbed: rows.disturbed && checkRows('disturbed', rows.disturbed, images),
    logitScale,
    key:
      [...items, ...units, ...(labels ?? [])].reduce((hash, value) => mix(hash ^ mix(value + 1)) + 1, n) >>>
      0,
  };
}

/** Rows in double precision as vectors for the GPU. */
export function asVectors(rows: Float64Array, dim: number): Vectors {
  return { data: Float32Array.from(rows), rows: rows.length / dim, dim };
}

/** Images, then texts: `[2n, dim]`. */
export function unionOf({ images, texts, n, dim }: Pick<Judged, 'images' | 'texts' | 'n' | 'dim'>): Vectors {
  const data = new Float32Array(2 * n * dim);
  data.set(images);
  data.set(texts, n * dim);
  return { data, rows: 2 * n, dim };
}

/**
 * For each row of images, then texts, the first row of its item and modality with the same values: itself, but for an
 * image that is listed with each of its captions. A search finds such copies once. `[2n]`
 */
export function originals({ images, texts, items, n, dim }: Judged): Int32Array {
  const first = Int32Array.from({ length: 2 * n }, (_, row) => row);
  for (const [m, rows] of [images, texts].entries()) {
    const seen = new Map<number, number[]>();
    for (const [i, item] of items.entries()) {
      const earlier = seen.get(item) ?? [];
      const same = earlier.find((other) => equalRows(rows, dim, i, other));
      if (same === undefined) seen.set(item, [...earlier, i]);
      else first[m * n + i] = m * n + same;
    }
  }
  return first;
}

function equalRows(rows: Float64Array, dim: number, a: number, b: number): boolean {
  for (let d = 0; d < dim; d++) if (rows[a * dim + d] !== rows[b * dim + d]) return false;
  return true;
}

function checkRows(name: string, vectors: Vectors, images: Vectors): Vectors {
  checkVectors(CALL, name, vectors);
  checkSameDim(CALL, name, images, vectors);
  if (vectors.rows !== images.rows) throw new EntryCountError(name, images.rows, vectors.rows);
  return vectors;
}

function unitVectors(name: string, vectors: Vectors): Vectors {
  return asVectors(unitRows(name, vectors), vectors.dim);
}

/** The entries as numbers from 0 on, in order of appearance. */
function numbered(field: string, entries: readonly RowLabel[] | undefined, n: number): number[] | undefined {
  if (entries === undefined) return undefined;
  return itemsOf(checkLabels(field, entries, n));
}

function checkLabels(
  field: string,
  entries: readonly RowLabel[],
  n: number,
  each: 'images' | 'prompts' = 'images',
): readonly RowLabel[] {
  const isLabel = (value: unknown) => typeof value === 'string' || Number.isFinite(value);
  if (!Array.isArray(entries)) throw new InvalidOptionError(field, 'an array of texts or numbers', entries);
  if (entries.length !== n) throw new EntryCountError(field, n, entries.length, each);
  const wrong = entries.findIndex((value) => !isLabel(value)); // finds the holes of sparse arrays too
  if (wrong >= 0) throw new InvalidOptionError(`${field}[${wrong}]`, 'a text or a number', entries[wrong]);
  return entries;
}

function readPrompts({ images, labels, prompts }: JudgedRows): Judged['prompts'] {
  if (prompts === undefined) return undefined;
  if (!isObject(prompts)) throw new InvalidOptionError('prompts', 'an object with vectors, labels', prompts);
  if (labels === undefined) throw new InvalidOptionError('labels', 'given where there are prompts', labels);
  const { vectors } = prompts;
  checkVectors(CALL, 'prompts.vectors', vectors);
  checkSameDim(CALL, 'prompts.vectors', images, vectors);
  const named = checkLabels('prompts.labels', prompts.labels, vectors.rows, 'prompts');
  const known = new Set(named);
  const lone = labels.findIndex((label) => !known.has(label));
  if (lone >= 0) throw new LabelWithoutPromptError(labels[lone] ?? '', lone);
  const numbers = itemsOf([...labels, ...named]); // an image's label has the number that `numbered` gives it
  return { vectors: unitVectors('prompts.vectors', vectors), labels: numbers.slice(labels.length) };
}
