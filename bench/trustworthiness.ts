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
    for (const j of nearestOf(near, i, k)) penalty += Math.max(rankOf(far, j, i) - k, 0);
  }
  return 1 - (penalty * 2) / (rows * k * (2 * n - 3 * k - 1));
}

function squaredDistances(data: Float32Array, dim: number, i: number): Float64Array {
  const distances = new Float64Array(data.length / dim);
  const row = Float64Array.from(data.subarray(i * dim, (i + 1) * dim));
  for (let j = 0, at = 0; j < distances.length; j++) {
    let sum = 0;
    for (let c = 0; c < dim; c++, at++) {
      const difference = (row[c] ?? 0) - (data[at] ?? 0);
      sum += difference * difference;
    }
    distances[j] = sum;
  }
  return distances;
}

/** The k nearest others of i, of equal ones the first: sorting all would take most of the time of 100,000 rows. */
function nearestOf(distances: Float64Array, i: number, k: number): number[] {
  const nearest: number[] = [];
  const distanceOf = (place: number) => distances[nearest[place] ?? 0] ?? 0;
  for (let j = 0; j < distances.length; j++) {
    const own = distances[j] ?? 0;
    if (j === i || (nearest.length === k && own >= distanceOf(k - 1))) continue;
    let place = Math.min(nearest.length, k - 1);
    for (; place > 0 && own < distanceOf(place - 1); place--) nearest[place] = nearest[place - 1] ?? 0;
    nearest[place] = j;
  }
  return nearest;
}

/** The place of j among the others of i, from 1. */
function rankOf(distances: Float64Array, j: number, i: number): number {
  const own = distances[j] ?? 0;
  let rank = 1;
  for (let l = 0; l < distances.length; l++) {
    const distance = distances[l] ?? 0;
    if (l !== i && (distance < own || (distance === own && l < j))) rank += 1;
  }
  return rank;
}
