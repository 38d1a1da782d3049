import type { Vectors } from '../src/metrics/vectors.ts';

/**
 * How far the neighbours of a map are neighbours of the data (Venna and Kaski 2001), as scikit-learn computes it, over
 * every `step`-th row. In double precision.
 * @param y `[rows, 2]`
 */
export function trustworthiness(x: Vectors, y: Float32Array, step = 1, k = 12): number {
  const n = x.rows;
  let penalty = 0;
  let rows = 0;
  for (let i = 0; i < n; i += step, rows++) {
    const far = squaredDistances(x.data, x.dim, i);
    const near = squaredDistances(y, 2, i);
    const nearest = [...near.keys()].filter((j) => j !== i).sort((a, b) => (near[a] ?? 0) - (near[b] ?? 0));
    for (const j of nearest.slice(0, k)) penalty += Math.max(rankOf(far, j, i) - k, 0);
  }
  return 1 - (penalty * 2) / (rows * k * (2 * n - 3 * k - 1));
}

function squaredDistances(data: Float32Array, dim: number, i: number): Float64Array {
  return Float64Array.from({ length: data.length / dim }, (_, j) => {
    let sum = 0;
    for (let c = 0; c < dim; c++) sum += ((data[i * dim + c] ?? 0) - (data[j * dim + c] ?? 0)) ** 2;
    return sum;
  });
}

/** The place of j among the others of i, from 1. */
function rankOf(distances: Float64Array, j: number, i: number): number {
  const own = distances[j] ?? 0;
  let rank = 1;
  for (const [l, distance] of distances.entries()) {
    if (l !== i && (distance < own || (distance === own && l < j))) rank += 1;
  }
  return rank;
}
