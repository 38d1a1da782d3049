import nearestSource from '../../../shaders/tsne/nearest-place.wgsl';
import placeSource from '../../../shaders/tsne/place.wgsl';
import { isObject } from '../../arguments.ts';
import type { Gpu } from '../../device/gpu.ts';
import { HeldTensors } from '../../device/held-tensors.ts';
import { defineKernel } from '../../device/kernel.ts';
import { Repeater } from '../../device/repeater.ts';
import type { Tensor } from '../../device/tensor.ts';
import { InvalidOptionError, throwIfAborted } from '../../errors.ts';
import { type Neighbours, nearestNeighbours, type PhaseOptions } from '../neighbours/exact.ts';
import {
  centred,
  columnMeans,
  type PaddedPoints,
  type PointPart,
  unitLength,
  uploadParts,
} from '../neighbours/points.ts';
import { checkSameDim, checkVectors, type Vectors } from '../vectors.ts';
import { fitPerplexity, type PerplexitySettings } from './affinities.ts';
import { DivergedError } from './errors.ts';
import { expectBound, expectRows } from './memory.ts';
import { METRICS, type TsneMetric, type TsneOptions } from './options.ts';

const nearestKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-nearest-place',
  source: nearestSource,
  params: { points: 'u32', k: 'u32' },
  bind: { y: 'read', ids: 'read', p: 'read', places: 'write', motion: 'write' },
});
const placeKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-place',
  source: placeSource,
  params: { points: 'u32', n: 'u32', k: 'u32', momentum: 'f32', rate: 'f32' },
  bind: { y: 'read', ids: 'read', p: 'read', places: 'write', motion: 'write' },
});

/** Points, and the map that t-SNE made of them. */
export interface MappedPoints {
  /** `[n, D]`: the points that the map was made of. */
  readonly x: Vectors;
  /** `[x.rows, 2]` */
  readonly embedding: Float32Array;
}

/** How new points are placed. */
export interface TsneTransformOptions extends Pick<TsneOptions, 'metric' | 'signal'> {
  /** About how many neighbours in the map count; above 0 and at most its number of points. Default 30. Unit: neighbours. */
  readonly perplexity?: number;
  /** Steps of gradient descent; at least 1. Default 250. Unit: steps. */
  readonly maxIter?: number;
  /** Factor of each step, above 0. Default 0.1. Unit: none. */
  readonly learningRate?: number;
  /** Called as neighbours are found, counted in new points, and after steps of the descent. */
  readonly onProgress?: (progress: {
    readonly stage: 'neighbours' | 'iterations';
    readonly done: number;
    readonly total: number;
  }) => void;
}

/** Where new points lie in the map. */
export interface TsneTransformResult {
  /** `[rows, 2]`, in the order of the new points */
  readonly embedding: Float32Array;
  /** New points. */
  readonly rows: number;
}

/**
 * Places new points `[rows, dim]` into a map that stays as it is: each by its neighbours among the map's points,
 * independently of the other new points. scikit-learn has no such function; the descent is t-SNE's, of KL(p_i || q_i)
 * for each new point, from the place of its nearest neighbour.
 * @throws {ShapeError} unless both have vectors of one length and the map is `[x.rows, 2]`
 * @throws {NonFiniteVectorError} @throws {ZeroVectorError} under the cosine metric
 * @throws {DeviceLimitError} for a map or a perplexity that does not fit, before the first step
 * @throws {InvalidOptionError} @throws {PointScaleError} @throws {DivergedError} @throws {AbortedError}
 */
export async function tsneTransform(
  gpu: Gpu,
  map: MappedPoints,
  points: Vectors,
  options: TsneTransformOptions = {},
): Promise<TsneTransformResult> {
  if (!isObject(map)) throw new InvalidOptionError('map', 'points with their map: { x, embedding }', map);
  const { x, embedding } = map;
  const { perplexity = 30, metric = 'euclidean', maxIter = 250, learningRate = 0.1 } = options;
  const { signal, onProgress } = options;
  checkVectors('tsneTransform', 'x', x);
  checkVectors('tsneTransform', 'points', points);
  checkVectors('tsneTransform', 'embedding', { data: embedding, rows: x.rows, dim: 2 });
  checkSameDim('tsneTransform', 'points', x, points);
  expectNumber(
    'perplexity',
    perplexity,
    `above 0 and at most ${x.rows}, the map’s points`,
    (value) => value <= x.rows,
  );
  expectNumber('maxIter', maxIter, 'a whole number from 1', Number.isSafeInteger);
  expectNumber('learningRate', learningRate, 'above 0', (value) => value < 1e30);
  if (!METRICS.includes(metric))
    throw new InvalidOptionError('metric', `one of ${METRICS.join(', ')}`, metric);
  throwIfAborted(signal);
  if (points.rows === 0) return { embedding: new Float32Array(), rows: 0 };

  const [mapped, fresh] = prepared(x, points, metric);
  const k = Math.min(x.rows, Math.floor(3 * perplexity + 1));
  expectRows(gpu, 'tsneTransform', x.dim);
  const most = mostAtOnce(gpu, x.rows, k);
  const batches = Math.ceil(points.rows / most);
  const places = new Float32Array(2 * points.rows);
  const settings = { perplexity, metric, iterations: maxIter, learningRate };
  const held = new HeldTensors(gpu, 'tsne: the map');
  try {
    const parts = await uploadParts(held, mapped);
    const y = await held.allocate(() => held.upload(embedding, [x.rows, 2]));
    for (let batch = 0; batch < batches; batch++) {
      const [first, end] = [batch * most, Math.min((batch + 1) * most, points.rows)];
      const { width } = fresh;
      const data = fresh.data.subarray(first * width, end * width);
      const placed = await placeBatch(gpu, { parts, y }, { data, rows: end - first, width }, k, settings, {
        signal,
        neighbours: (done) => onProgress?.({ stage: 'neighbours', done: first + done, total: points.rows }),
        iterations: (done) =>
          onProgress?.({ stage: 'iterations', done: batch * maxIter + done, total: batches * maxIter }),
      });
      places.set(placed, 2 * first);
    }
  } finally {
    held.free();
  }
  if (!places.every(Number.isFinite)) throw new DivergedError(maxIter, learningRate);
  return { embedding: places, rows: points.rows };
}

/** The most new points placed at once, by what a kernel can bind. @throws {DeviceLimitError} */
function mostAtOnce(gpu: Gpu, mapped: number, k: number): number {
  const bytes = 4 * Math.max(k, 4); // neighbours; velocity and gains
  expectBound(gpu, `tsneTransform: ${k} neighbours (bytes)`, bytes, 'lower the perplexity');
  const what = `tsneTransform: a map of ${mapped.toLocaleString('en')} points (bytes)`;
  expectBound(gpu, what, 8 * mapped, 'use a map of fewer points');
  return Math.floor(gpu.limits.maxStorageBufferBindingSize / bytes);
}

/** Places new points independently of each other: `[rows, 2]`. */
async function placeBatch(
  gpu: Gpu,
  { parts, y }: { readonly parts: readonly PointPart[]; readonly y: Tensor },
  fresh: PaddedPoints,
  k: number,
  settings: PlacementSettings,
  hooks: { signal?: AbortSignal; neighbours(done: number): void; iterations(done: number): void },
): Promise<Float32Array> {
  const { signal } = hooks;
  const scratch = new HeldTensors(gpu, 'tsne: new points');
  try {
    const queries = await uploadParts(scratch, fresh);
    const neighbours = await nearestNeighbours(scratch, { x: parts, queries }, k, {
      signal,
      onProgress: hooks.neighbours,
    });
    return await placeByNeighbours(scratch, y, neighbours, settings, {
      signal,
      onProgress: hooks.iterations,
    });
  } finally {
    scratch.free();
  }
}

/** Prepares both sets for distances: minus their common mean, or scaled to length 1. */
function prepared(x: Vectors, points: Vectors, metric: TsneMetric): [PaddedPoints, PaddedPoints] {
  if (metric === 'cosine') return [unitLength(x), unitLength(points)];
  const means = columnMeans(x);
  return [centred(x, means), centred(points, means)];
}

function expectNumber(name: string, value: number, expected: string, fits: (value: number) => boolean): void {
  if (!(typeof value === 'number' && value > 0 && fits(value)))
    throw new InvalidOptionError(name, expected, value);
}

export interface PlacementSettings extends PerplexitySettings {
  readonly iterations: number;
  readonly learningRate: number;
}

const MOMENTUM = 0.8;

/**
 * Places new points in the map y `[n, 2]` by their neighbours among the map's points: `[points, 2]`.
 * @param scratch owns the temporary tensors
 */
async function placeByNeighbours(
  scratch: HeldTensors,
  y: Tensor,
  neighbours: Neighbours,
  { iterations, learningRate, ...settings }: PlacementSettings,
  { signal, onProgress }: PhaseOptions = {},
): Promise<Float32Array> {
  const { gpu } = scratch;
  const { n: points, k, ids } = neighbours;
  const { p, places, motion } = await scratch.allocate(() => ({
    p: scratch.empty([points, k]),
    places: scratch.empty([points, 2]),
    motion: scratch.empty([points, 4]),
  }));
  const bind = { y, ids, p, places, motion };
  const groups = Math.ceil(points / 64);
  await gpu.compute('tsne: nearest places', (cmd) => {
    fitPerplexity(cmd, neighbours, p, settings);
    cmd.dispatch(nearestKernel, { bind, params: { points, k }, groups });
    return { inputs: {}, outputs: {} };
  });
  const step = await gpu.record('tsne: place', (cmd) => {
    const params = { points, n: y.size / 2, k, momentum: MOMENTUM, rate: learningRate };
    cmd.dispatch(placeKernel, { bind, params, groups });
    return { inputs: {}, outputs: { places } };
  });
  try {
    await new Repeater(step).run(iterations - 1, signal, (done) => onProgress?.(done, iterations));
    const placed = await step.run();
    onProgress?.(iterations, iterations);
    return placed.places;
  } finally {
    step.destroy();
  }
}
