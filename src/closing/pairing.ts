import { PairCountError } from '../metrics/gap/errors.ts';
import { type PairBy, type Pairing, pairRows } from '../metrics/gap/pairing.ts';
import type { RowLabel } from '../metrics/quality/judged-rows.ts';
import { take, type Vectors } from '../metrics/vectors.ts';
import { type Sample, unitRows } from './sample.ts';

/** What was given, as a sample of pairs where there are pairs. */
export interface Matched extends Sample {
  readonly pairedBy: PairBy | undefined;
  /** Of pairs: the row of the images that each one has. */
  readonly imageRows: readonly number[];
  /** Of pairs: their items; pairs with the same id are one. */
  readonly items: readonly number[];
}

/** Pairs with what is known about them. */
export interface JudgedSample extends Sample {
  /** One a pair; folds keep them whole, and without groups the pairs of an item. */
  readonly groups: readonly RowLabel[] | undefined;
  readonly labels: readonly RowLabel[] | undefined;
  readonly items: readonly number[];
}

/** What is known about some of the pairs. */
export function knownAt({ items, labels }: JudgedSample, rows: readonly number[]) {
  const at = <T>(values: readonly T[]) => rows.map((row) => values[row] as T);
  return { items: at(items), labels: labels && at(labels) };
}

/** Of one class all searches and clusters are right, which says nothing. */
export const areOneClass = (labels: readonly RowLabel[] | undefined) => new Set(labels).size < 2;

/** Groups and labels are given one an image, and are needed one a pair. Labels are the groups by default. */
export function judgedSample(
  matched: Matched,
  {
    groups,
    labels = groups,
  }: { readonly groups?: readonly RowLabel[]; readonly labels?: readonly RowLabel[] },
): JudgedSample {
  const ofPairs = (values: readonly RowLabel[] | undefined) =>
    matched.paired && values ? matched.imageRows.map((row) => values[row] as RowLabel) : undefined;
  return { ...matched, groups: ofPairs(groups), labels: ofPairs(labels) };
}

/**
 * Pairs rows as `modalityGap` does, by ids or by position; where ids do not correspond and there are more of one
 * modality than of the other, or `pairBy` is 'none', rows stay unpaired.
 * @throws {PairIdsError} @throws {PairCountError} for pairBy: 'rows' @throws {ZeroVectorError}
 */
export function matchRows(images: Vectors, texts: Vectors, pairBy?: PairBy | 'none'): Matched {
  const [x, y] = [unitRows('images', images), unitRows('texts', texts)];
  const pairing = pairBy === 'none' ? undefined : pairingOf(images, texts, pairBy);
  if (!pairing) return { images: x, texts: y, paired: false, pairedBy: undefined, imageRows: [], items: [] };
  return {
    images: take(x, pairing.images),
    texts: take(y, pairing.texts),
    paired: true,
    pairedBy: pairing.by,
    imageRows: pairing.images,
    items: pairing.items,
    sources: isRepeated(pairing.images) || isRepeated(pairing.texts) ? pairing : undefined,
  };
}

const isRepeated = (rows: readonly number[]) => new Set(rows).size < rows.length;

function pairingOf(images: Vectors, texts: Vectors, pairBy?: PairBy): Pairing | undefined {
  try {
    return pairRows(images, texts, pairBy);
  } catch (error) {
    if (error instanceof PairCountError && pairBy === undefined) return undefined;
    throw error;
  }
}
