import type { Gpu } from '../../device/gpu.ts';
import { similarityMatrixOn } from '../similarity.ts';
import { matchedCosines, type Pairs } from './pairs.ts';

/**
 * What centroids and mean cosines of a sample follow from: a mean over all pairs of rows of x_i . x_j is the square of
 * a sum of rows, so no n x n matrix is needed. A pair drawn w times counts w times; a row with a copy of itself is not
 * a pair of different rows.
 */
export interface SampleSums {
  /** Pairs drawn, copies included. */
  readonly n: number;
  /** sum of w^2 */
  readonly squares: number;
  /** sum of w x_i: `[dim]` */
  readonly images: ArrayLike<number>;
  readonly texts: ArrayLike<number>;
  /** sum of w cos(image i, text i) */
  readonly matched: number;
  /** sum of w^2 cos(image i, text i) */
  readonly matchedSquares: number;
}

/** Of the pairs themselves, in double precision. */
export function sumsOf(pairs: Pairs): SampleSums {
  const { n, dim } = pairs;
  const matched = matchedCosines(pairs).reduce((a, b) => a + b, 0);
  return {
    ...{ n, squares: n, matched, matchedSquares: matched },
    images: columnSums(pairs.images, dim),
    texts: columnSums(pairs.texts, dim),
  };
}

/** Of each resample: two products of `[resamples, n]` counts with the rows, on the GPU. */
export async function resampledSums(
  gpu: Gpu,
  pairs: Pairs,
  counts: Float32Array,
  signal?: AbortSignal,
): Promise<SampleSums[]> {
  const { n, dim } = pairs;
  const resamples = counts.length / n;
  if (resamples === 0) return [];
  const weights = { data: counts, rows: resamples, dim: n };
  const sums = async (rows: Float64Array) => {
    const columns = { data: transposed(rows, n, dim), rows: dim, dim: n };
    return (await similarityMatrixOn(gpu, weights, columns, { metric: 'dot', signal })).data;
  };
  const [images, texts] = [await sums(pairs.images), await sums(pairs.texts)];
  const cosines = matchedCosines(pairs);
  return Array.from({ length: resamples }, (_, r) => {
    let [squares, matched, matchedSquares] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const [w, cosine] = [counts[r * n + i] ?? 0, cosines[i] ?? 0];
      squares += w * w;
      matched += w * cosine;
      matchedSquares += w * w * cosine;
    }
    return {
      ...{ n, squares, matched, matchedSquares },
      images: images.subarray(r * dim, (r + 1) * dim),
      texts: texts.subarray(r * dim, (r + 1) * dim),
    };
  });
}

function columnSums(rows: Float64Array, dim: number): Float64Array {
  const sums = new Float64Array(dim);
  for (let i = 0; i < rows.length; i++) sums[i % dim] = (sums[i % dim] ?? 0) + (rows[i] ?? 0);
  return sums;
}

function transposed(rows: Float64Array, n: number, dim: number): Float32Array {
  const out = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[(i % dim) * n + Math.floor(i / dim)] = rows[i] ?? 0;
  return out;
}
