import { checkSameDim, checkVectors, inverseNorms, type Vectors } from '../vectors.ts';
import { type PairBy, pairRows } from './pairing.ts';

/** Image and text i belong together. Rows are of length 1: all statistics are of directions, as the model compares. */
export interface Pairs {
  /** `[n, dim]` */
  readonly images: Float64Array;
  /** `[n, dim]` */
  readonly texts: Float64Array;
  readonly n: number;
  readonly dim: number;
  readonly pairedBy: PairBy;
  /** `[n]`: the item of each pair; pairs of the same id are of one item. */
  readonly items: readonly number[];
  /** Of them, how many there are. */
  readonly itemCount: number;
}

/**
 * @throws {ShapeError} @throws {PairCountError} @throws {PairIdsError} @throws {NonFiniteVectorError}
 * @throws {ZeroVectorError}
 */
export function readPairs(images: Vectors, texts: Vectors, pairBy?: PairBy): Pairs {
  checkVectors('modalityGap', 'images', images);
  checkVectors('modalityGap', 'texts', texts);
  checkSameDim('modalityGap', 'texts', images, texts);
  const { by, items, ...rows } = pairRows(images, texts, pairBy);
  return {
    images: unitRows('images', images, rows.images),
    texts: unitRows('texts', texts, rows.texts),
    n: items.length,
    dim: images.dim,
    pairedBy: by,
    items,
    itemCount: new Set(items).size,
  };
}

function unitRows(name: string, vectors: Vectors, rows: readonly number[]): Float64Array {
  const inverse = inverseNorms(name, vectors);
  const { data, dim } = vectors;
  const unit = new Float64Array(rows.length * dim);
  for (const [i, row] of rows.entries()) {
    for (let d = 0; d < dim; d++) unit[i * dim + d] = (data[row * dim + d] ?? 0) * (inverse[row] ?? 0);
  }
  return unit;
}

/** cos(image i, text i) of every pair. */
export function matchedCosines({ images, texts, n, dim }: Pairs): Float64Array {
  const cosines = new Float64Array(n);
  for (let i = 0; i < images.length; i++) {
    const pair = Math.floor(i / dim);
    cosines[pair] = (cosines[pair] ?? 0) + (images[i] ?? 0) * (texts[i] ?? 0);
  }
  return cosines;
}
