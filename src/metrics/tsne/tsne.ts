import type { Gpu } from '../../device/gpu.ts';
import { HeldTensors } from '../../device/held-tensors.ts';
import { forAdapter } from '../../device/software.ts';
import { throwIfAborted } from '../../errors.ts';
import {
  type ApproximateOptions,
  approximateNeighbours,
  type NeighborSearch,
} from '../neighbours/approximate.ts';
import { type Neighbours, nearestNeighbours } from '../neighbours/exact.ts';
import { centred, type PointPart, rowsOf, unitLength, uploadParts } from '../neighbours/points.ts';
import { checkVectors, type Vectors } from '../vectors.ts';
import { type Affinities, jointProbabilities } from './affinities.ts';
import { descend, descentPhases } from './descent.ts';
import { TooFewPointsError } from './errors.ts';
import { expectMapFits, neighbourCount } from './memory.ts';
import { type TsneOptions, type TsneSettings, tsneSettings } from './options.ts';
import { startingMap } from './start.ts';

export type {
  TsneInit,
  TsneIteration,
  TsneLearningRate,
  TsneMethod,
  TsneMetric,
  TsneNeighbors,
  TsneOptions,
  TsneProgress,
  TsneSnapshot,
} from './options.ts';

/** A map of points in the plane. */
export interface TsneResult {
  /** `[rows, 2]`, in the order of the points */
  readonly embedding: Float32Array;
  /** Points. */
  readonly rows: number;
  /** KL(P || Q) of the map before the last iteration, as scikit-learn's `kl_divergence_`. */
  readonly klDivergence: number;
  /** Iterations that were run. */
  readonly iterations: number;
  /** The learning rate: the given one, or what `auto` or `n/exaggeration` came to in the last phase. */
  readonly learningRate: number;
  /** How the neighbours were found, and the share of the true ones among them. */
  readonly neighbors: NeighborSearch;
}

/**
 * t-SNE (van der Maaten and Hinton 2008; Barnes-Hut: van der Maaten 2014) of x `[rows, dim]` in two dimensions, on the
 * GPU. Parameters, defaults and schedule are scikit-learn 1.2's `TSNE`; a later exaggeration, and its learning rate,
 * openTSNE's. The same input, options and adapter give the same map. Each point's neighbours are the nearest 3 perplexity + 1, or all others if there are fewer. At least two
 * points, and a perplexity below their number. Equal points have no principal component, so they need another start
 * than PCA; all p are equal then. Differences: duplicates repel each other (scikit-learn's tree ignores points within
 * 1e-6); the divergence is reported without the exaggeration of either phase; `seed` gives other random starts than
 * NumPy's.
 * @throws {PerplexityError} for a perplexity of `rows` or more
 * @throws {TooFewPointsError} below two points
 * @throws {PcaInitError} for points that are all the same, or of one dimension, under `init: 'pca'`
 * @throws {ZeroVectorError} for a zero row under the cosine metric
 * @throws {NonFiniteVectorError} @throws {ShapeError} @throws {InvalidOptionError} @throws {PointScaleError}
 * @throws {DivergedError} where the learning rate is far too large
 * @throws {DeviceLimitError} if the neighbours do not fit, before the first step
 * @throws {AbortedError}
 */
export async function tsne(gpu: Gpu, x: Vectors, options: TsneOptions = {}): Promise<TsneResult> {
  checkVectors('tsne', 'x', x);
  if (x.rows < 2) throw new TooFewPointsError(x.rows);
  const settings = tsneSettings(x.rows, options);
  const { signal, onProgress, onIteration, onSnapshot } = options;
  throwIfAborted(signal);
  expectMapFits(gpu, x, settings);
  onProgress?.({ stage: 'start', done: 0, total: 1 });
  const start = await startingMap(gpu, x, settings);
  onProgress?.({ stage: 'start', done: 1, total: 1 });
  const held = new HeldTensors(gpu, 'tsne: P');
  try {
    const affinities = await affinitiesOf(held, x, settings, options);
    const { maxIter } = settings;
    const [, learningRate] = settings.learningRates;
    const descent = { ...settings, phases: descentPhases(settings) };
    const descended = await descend(gpu, affinities, start, descent, {
      signal,
      onIteration,
      onSnapshot,
      onProgress: (done) => onProgress?.({ stage: 'iterations', done, total: maxIter }),
    });
    return { ...descended, rows: x.rows, learningRate, neighbors: affinities.neighbors };
  } finally {
    held.free();
  }
}

/** Points from which on `auto` is the approximate search: where it was measured to be faster, and a guess for GPUs. */
const APPROXIMATE_FROM = { software: 20_000, hardware: 100_000 };

/** P of the points, and how their neighbours were found. @param held owns its tensors */
export async function affinitiesOf(
  held: HeldTensors,
  x: Vectors,
  settings: Pick<TsneSettings, 'perplexity' | 'metric' | 'method'> &
    Partial<Pick<TsneSettings, 'neighbors' | 'seed'>>,
  { signal, onProgress }: Pick<TsneOptions, 'signal' | 'onProgress'> = {},
): Promise<Affinities & { readonly neighbors: NeighborSearch }> {
  const k = neighbourCount(x.rows, settings);
  const points = settings.metric === 'cosine' ? unitLength(x) : centred(x);
  const scratch = new HeldTensors(held.gpu, 'tsne: neighbours');
  try {
    const parts = await uploadParts(scratch, points);
    const neighbours = await searched(scratch, parts, k, settings, {
      seed: settings.seed,
      signal,
      onProgress: (done, total) => onProgress?.({ stage: 'neighbours', done, total }),
    });
    const affinities = await jointProbabilities(held, scratch, neighbours, settings);
    onProgress?.({ stage: 'probabilities', done: 1, total: 1 });
    const { search, recall } = neighbours;
    return { ...affinities, neighbors: { search, recall } };
  } finally {
    scratch.free();
  }
}

async function searched(
  scratch: HeldTensors,
  x: readonly PointPart[],
  k: number,
  { method, neighbors = 'auto' }: Pick<TsneSettings, 'method'> & Partial<Pick<TsneSettings, 'neighbors'>>,
  options: ApproximateOptions,
): Promise<Neighbours & NeighborSearch> {
  const many = rowsOf(x) >= forAdapter(scratch.gpu, APPROXIMATE_FROM);
  if (method !== 'exact' && (neighbors === 'approximate' || (neighbors === 'auto' && many))) {
    return approximateNeighbours(scratch, { x }, k, { ...options, onlyIfFaster: neighbors === 'auto' });
  }
  return { ...(await nearestNeighbours(scratch, { x }, k, options)), search: 'exact', recall: 1 };
}
