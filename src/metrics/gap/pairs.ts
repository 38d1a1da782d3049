import { checkSameDim, checkVectors, inverseNorms, type Vectors } from '../vectors.ts';
import { PairCountError } from './errors.ts';

/** Image and text i belong together. Rows are of length 1: all statistics are of directions, as the model compares. */
export interface Pairs {
  /** `[n, dim]` */
  readonly images: Float64Array;
  /** `[n, dim]` */
  readonly texts: Float64Array;
  readonly n: number;
  readonly dim: number;
}

/** @throws {ShapeError} @throws {PairCountError} @throws {NonFiniteVectorError} @throws {ZeroVectorError} */
export function readPairs(images: Vectors, texts: Vectors): Pairs {
  checkVectors('modalityGap', 'images', images);
  checkVectors('modalityGap', 'texts', texts);
  checkSameDim('modalityGap', 'texts', images, texts);
  if (images.rows !== texts.rows || images.rows === 0) throw new PairCountError(images.rows, texts.rows);
  return {
    images: unitRows('images', images),
    texts: unitRows('texts', texts),
    n: images.rows,
    dim: images.dim,
  };
}

function unitRows(name: string, vectors: Vectors): Float64Array {
  const inverse = inverseNorms(name, vectors);
  const { data, dim } = vectors;
  return Float64Array.from(data, (value, i) => value * (inverse[Math.floor(i / dim)] ?? 0));
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
