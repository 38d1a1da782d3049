import { PairCountError } from '../metrics/gap/errors.ts';
import { type PairBy, type Pairing, pairRows } from '../metrics/gap/pairing.ts';
import type { Vectors } from '../metrics/vectors.ts';
import { type Sample, take, unitRows } from './sample.ts';

/** What was given, as a sample of pairs where there are pairs. */
export interface Matched extends Sample {
  readonly pairedBy: PairBy | undefined;
  /** Of pairs: the row of the images that each one has. */
  readonly imageRows: readonly number[];
  /** Of pairs: their items; pairs with the same id are one. */
  readonly items: readonly number[];
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
  };
}

function pairingOf(images: Vectors, texts: Vectors, pairBy?: PairBy): Pairing | undefined {
  try {
    return pairRows(images, texts, pairBy);
  } catch (error) {
    if (error instanceof PairCountError && pairBy === undefined) return undefined;
    throw error;
  }
}
