import type { Gpu } from '../../device/gpu.ts';
import type { Embeddings } from '../../embeddings.ts';
import { similarityMatrixOn } from '../../metrics/similarity.ts';

/** How each row lies to all rows of the other modality. */
export interface MatchDistances {
  /** `[n]`: Euclidean distance to its own partner. */
  readonly own: Float64Array;
  /** `[n]`: 1 + how many of the others are nearer than the partner. */
  readonly rank: Uint32Array;
  /** `[n]`: which one is nearest, the partner itself where none is nearer. */
  readonly nearest: Uint32Array;
  /** `[n]` */
  readonly nearestDistance: Float64Array;
  /** Of all rows to all that are not their partner; NaN for a single pair. */
  readonly meanToOthers: number;
}

export interface DistanceOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Distances that are read back at once, 64 MB. */
const BLOCK = 1 << 24;

/** Distances of each row of `from` to all rows of `to`, where row i belongs to row i; never all of them in memory. */
export async function matchDistances(
  gpu: Gpu,
  from: Embeddings,
  to: Embeddings,
  { signal, onProgress }: DistanceOptions,
): Promise<MatchDistances> {
  const n = from.rows;
  const result = {
    own: new Float64Array(n),
    rank: new Uint32Array(n),
    nearest: new Uint32Array(n),
    nearestDistance: new Float64Array(n),
  };
  let sum = 0;
  const step = Math.max(1, Math.floor(BLOCK / n));
  for (let first = 0; first < n; first += step) {
    const rows = Math.min(step, n - first);
    const data = from.data.subarray(first * from.dim, (first + rows) * from.dim);
    const block = await similarityMatrixOn(gpu, { data, rows, dim: from.dim }, to, {
      metric: 'euclidean',
      signal,
    });
    for (let r = 0; r < rows; r++) {
      const distances = block.data.subarray(r * n, (r + 1) * n);
      sum += takeRow(distances, first + r, result);
    }
    onProgress(first + rows, n);
  }
  return { ...result, meanToOthers: sum / (n * (n - 1)) };
}

/** Enters row i, and returns the sum of its distances to the others. */
function takeRow(distances: Float32Array, i: number, into: Omit<MatchDistances, 'meanToOthers'>): number {
  const own = distances[i] ?? Number.NaN;
  let [rank, nearest, least, sum] = [1, i, own, 0];
  for (let j = 0; j < distances.length; j++) {
    const distance = distances[j] ?? Number.NaN;
    if (j !== i) sum += distance;
    if (distance < own) rank += 1;
    if (distance < least) [nearest, least] = [j, distance];
  }
  into.own[i] = own;
  into.rank[i] = rank;
  into.nearest[i] = nearest;
  into.nearestDistance[i] = least;
  return sum;
}
