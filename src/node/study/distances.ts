import type { Gpu } from '../../device/gpu.ts';
import type { Embeddings } from '../../embeddings.ts';
import { similarityMatrix } from '../../metrics/similarity/similarity.ts';

/** Distances of each row to the rows of the other modality. */
export interface MatchDistances {
  /** `[n]`: Euclidean distance to its own partner. */
  readonly own: Float64Array;
  /** `[n]`: 1 + how many of other items are nearer than the nearest of its own. */
  readonly rank: Uint32Array;
  /** `[n]`: the nearest row: the partner itself if no row of another item is nearer. */
  readonly nearest: Uint32Array;
  /** `[n]` */
  readonly nearestDistance: Float64Array;
  /** Mean distance of all rows to the rows of other items; NaN if there are none. */
  readonly meanToOthers: number;
}

export interface DistanceOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Distances read back at once: 64 MB. */
const BLOCK = 1 << 24;

/**
 * Distances of each row of `from` to all rows of `to`, where row i belongs to row i; in blocks, so that they are never
 * all in memory. Rows of one id are one item, such as an image with several captions, and not compared with each other.
 */
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
  let [sum, others] = [0, 0];
  const step = Math.max(1, Math.floor(BLOCK / n));
  for (let first = 0; first < n; first += step) {
    const rows = Math.min(step, n - first);
    const data = from.data.subarray(first * from.dim, (first + rows) * from.dim);
    const block = await similarityMatrix(gpu, { data, rows, dim: from.dim }, to, {
      metric: 'euclidean',
      signal,
    });
    for (let r = 0; r < rows; r++) {
      const distances = block.data.subarray(r * n, (r + 1) * n);
      const seen = takeRow(distances, first + r, from.ids[first + r] ?? '', to.ids, result);
      sum += seen.sum;
      others += seen.others;
    }
    onProgress(first + rows, n);
  }
  return { ...result, meanToOthers: sum / others };
}

/** Enters row i. Returns the sum and number of its distances to other items. */
function takeRow(
  distances: Float32Array,
  i: number,
  id: string,
  ids: readonly string[],
  into: Omit<MatchDistances, 'meanToOthers'>,
): { sum: number; others: number } {
  let [own, sum, others] = [Number.POSITIVE_INFINITY, 0, 0];
  let [nearest, least] = [i, Number.POSITIVE_INFINITY];
  for (let j = 0; j < distances.length; j++) {
    const distance = distances[j] ?? Number.NaN;
    if (ids[j] === id) {
      own = Math.min(own, distance);
      continue;
    }
    sum += distance;
    others += 1;
    if (distance < least) [nearest, least] = [j, distance];
  }
  into.own[i] = distances[i] ?? Number.NaN;
  into.rank[i] = 1;
  for (const [j, distance] of distances.entries()) {
    if (distance < own && ids[j] !== id) into.rank[i] = (into.rank[i] ?? 0) + 1;
  }
  into.nearest[i] = least < own ? nearest : i;
  into.nearestDistance[i] = Math.min(least, own);
  return { sum, others };
}
