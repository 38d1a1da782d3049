import type { Gpu } from '../../device/gpu.ts';
import { throwIfAborted } from '../../errors.ts';
import { uniforms } from '../random.ts';
import { similarityMatrix } from '../similarity/similarity.ts';
import type { Vectors } from '../vectors.ts';

export interface Clustering {
  /** `[n]`: the cluster of each row, from 0 to k - 1. */
  readonly clusters: Uint32Array;
  /** `[k]`: of each cluster the row nearest to its centre. */
  readonly central: Uint32Array;
  /** Sum of the squared distances of the rows to their centres. */
  readonly inertia: number;
}

interface KMeansOptions {
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Called with the starts done, of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

const STARTS = 3;
const MOST_ITERATIONS = 100;

/**
 * k-means of Lloyd 1982 with the starts of Arthur and Vassilvitskii 2007 (k-means++), the best of three by inertia.
 * Distances run on the GPU, k x n a step. Equal distances go to the first centre; an empty cluster gets the row farthest
 * from its centre.
 * @param k from 1 to the number of rows
 */
export async function kMeans(
  gpu: Gpu,
  rows: Vectors,
  k: number,
  options: KMeansOptions,
): Promise<Clustering> {
  let best: Clustering | undefined;
  for (let start = 0; start < STARTS; start++) {
    const random = uniforms(options.seed * STARTS + start);
    const found = await lloyd(gpu, rows, firstCentres(rows, k, random), options.signal);
    if (!best || found.inertia < best.inertia) best = found;
    options.onProgress?.(start + 1, STARTS);
  }
  return best ?? { clusters: new Uint32Array(), central: new Uint32Array(), inertia: 0 };
}

/** Rows drawn one after another, each with a probability by its squared distance to the nearest drawn before. `[k, dim]` */
function firstCentres({ data, rows, dim }: Vectors, k: number, random: Iterator<number>): Vectors {
  const centres = new Float32Array(k * dim);
  const nearest = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  let chosen = Math.floor(Number(random.next().value) * rows);
  for (let c = 0; c < k; c++) {
    const centre = data.subarray(chosen * dim, (chosen + 1) * dim);
    centres.set(centre, c * dim);
    let total = 0;
    for (let i = 0; i < rows; i++) {
      nearest[i] = Math.min(nearest[i] as number, squaredDistance(data, i * dim, centre));
      total += nearest[i] as number;
    }
    chosen = drawn(nearest, Number(random.next().value) * total);
  }
  return { data: centres, rows: k, dim };
}

/** The row at which the distances added up reach `target`; never one at distance 0, unless all are. */
function drawn(distances: Float64Array, target: number): number {
  let sum = 0;
  let last = 0;
  for (const [row, distance] of distances.entries()) {
    if (distance === 0) continue;
    sum += distance;
    last = row;
    if (sum >= target) break;
  }
  return last;
}

function squaredDistance(data: Float32Array, at: number, centre: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < centre.length; d++) sum += ((data[at + d] as number) - (centre[d] as number)) ** 2;
  return sum;
}

async function lloyd(gpu: Gpu, rows: Vectors, start: Vectors, signal?: AbortSignal): Promise<Clustering> {
  let centres = start;
  let clusters: Uint32Array = new Uint32Array();
  let [inertia, central] = [Number.POSITIVE_INFINITY, new Uint32Array()];
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    throwIfAborted(signal);
    const { indices, values } = await similarityMatrix(gpu, rows, centres, {
      metric: 'euclidean',
      topK: 1,
      signal,
    });
    const isSame = indices.every((cluster, row) => cluster === clusters[row]);
    clusters = indices;
    inertia = values.reduce((sum, distance) => sum + distance * distance, 0);
    central = centralRows(indices, values, start.rows);
    if (isSame) break;
    centres = centresOf(rows, clusters, values, centres);
  }
  return { clusters, central, inertia };
}

function centralRows(clusters: Uint32Array, distances: Float32Array, k: number): Uint32Array<ArrayBuffer> {
  const central = new Uint32Array(k);
  const nearest = new Float32Array(k).fill(Number.POSITIVE_INFINITY);
  for (const [row, cluster] of clusters.entries()) {
    const distance = distances[row] ?? Number.NaN;
    if (distance < (nearest[cluster] ?? 0)) [central[cluster], nearest[cluster]] = [row, distance];
  }
  return central;
}

/** The mean of each cluster's rows. */
function centresOf(
  { data, dim }: Vectors,
  clusters: Uint32Array,
  distances: Float32Array,
  before: Vectors,
): Vectors {
  const sums = new Float64Array(before.rows * dim);
  const sizes = new Uint32Array(before.rows);
  for (const [row, cluster] of clusters.entries()) {
    sizes[cluster] = (sizes[cluster] ?? 0) + 1;
    for (let d = 0; d < dim; d++) {
      const at = cluster * dim + d;
      sums[at] = (sums[at] as number) + (data[row * dim + d] as number);
    }
  }
  const centres = Float32Array.from(sums, (sum, at) => sum / (sizes[Math.floor(at / dim)] || 1));
  const far = Float32Array.from(distances);
  for (const [cluster, size] of sizes.entries()) {
    if (size > 0) continue;
    const farthest = far.reduce((most, distance, row) => (distance > (far[most] ?? 0) ? row : most), 0);
    far[farthest] = 0; // the next empty cluster takes another row
    centres.set(data.subarray(farthest * dim, (farthest + 1) * dim), cluster * dim);
  }
  return { data: centres, rows: before.rows, dim };
}
