import { requestGpu } from '../src/device/adapter.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { throwIfAborted } from '../src/errors.ts';
import { type TsneProgress, tsneOn } from '../src/metrics/tsne.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { openWebGpu } from '../src/node/vulkan.ts';
import { growthExponent } from './statistics.ts';
import { trustworthiness } from './trustworthiness.ts';
import { sklearnDigits, sklearnTsne } from './tsne-peer.ts';
import { clusters } from './tsne-points.ts';

export interface TsneBenchOptions {
  readonly adapter?: string;
  /** Random starts of each set that is compared; 5 by default, 0 leaves the comparison out. */
  readonly seeds?: number;
  /** Numbers of points that are timed; 1,000, 3,000 and 10,000 by default. */
  readonly sizes?: readonly number[];
  /** The largest number of points that scikit-learn is timed at; 10,000 by default. */
  readonly largestPeer?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** Maps beside scikit-learn's: how good they are from the same number of random starts, and how long they take. */
export interface TsneReport {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly sklearn: string;
  readonly comparisons: readonly TsneComparison[];
  readonly timings: readonly TsneTiming[];
  /** p where the time grows as n^p. */
  readonly growth: { readonly ours: number; readonly sklearn: number };
}

export interface MapQuality {
  readonly klDivergence: number;
  /** k = 12 */
  readonly trustworthiness: number;
}

export interface TsneComparison {
  readonly name: string;
  readonly runs: readonly {
    readonly seed: number;
    readonly ours: MapQuality;
    readonly sklearn: MapQuality;
  }[];
  /** Our mean divergence over scikit-learn's. */
  readonly divergenceRatio: number;
  /** Our mean trustworthiness less scikit-learn's. */
  readonly trustworthinessGain: number;
}

export interface TsneTiming {
  readonly n: number;
  readonly seconds: number;
  /** Seconds of the start (PCA), the neighbours, P and the iterations. */
  readonly phases: Readonly<Record<TsneProgress['stage'], number>>;
  readonly klDivergence: number;
  readonly sklearn?: { readonly seconds: number; readonly klDivergence: number };
}

const ITERATIONS = 1000;
const NO_EARLY_STOP = { nIterWithoutProgress: Number.POSITIVE_INFINITY, minGradNorm: 0 };

export async function benchTsne(options: TsneBenchOptions = {}): Promise<TsneReport> {
  const { adapter, seeds = 5, sizes = [1000, 3000, 10_000], signal } = options;
  const gpu = await requestGpu(await openWebGpu(adapter));
  const versions = new Set<string>();
  try {
    const sets =
      seeds > 0
        ? [
            { name: 'digits, 1,797 x 64', x: await sklearnDigits(signal), step: 1 },
            { name: 'clusters, 5,000 x 512', x: clusters(5000), step: 10 },
          ]
        : [];
    const comparisons: TsneComparison[] = [];
    for (const set of sets) comparisons.push(await compare(gpu, set, seeds, versions, options));
    const timings: TsneTiming[] = [];
    for (const n of sizes) timings.push(await time(gpu, n, versions, options));
    return {
      ...{ date: new Date().toISOString(), adapter: gpu.info.description, node: process.version },
      ...{ sklearn: [...versions].join(', '), comparisons, timings, growth: growthOf(timings) },
    };
  } finally {
    gpu.destroy();
  }
}

/** So many random starts of each; numbers differ from NumPy's, so runs are compared by their means. */
async function compare(
  gpu: Gpu,
  { name, x, step }: { name: string; x: Vectors; step: number },
  seeds: number,
  versions: Set<string>,
  { signal, onProgress }: TsneBenchOptions,
): Promise<TsneComparison> {
  const runs: TsneComparison['runs'][number][] = [];
  for (let seed = 0; seed < seeds; seed++) {
    throwIfAborted(signal);
    const ours = await tsneOn(gpu, x, { ...NO_EARLY_STOP, init: 'random', seed, signal });
    const peer = await sklearnTsne(x, { init: 'random', random_state: seed }, signal);
    versions.add(peer.sklearn);
    const [quality, peerQuality] = [ours, peer].map(({ klDivergence, embedding }) => ({
      klDivergence,
      trustworthiness: trustworthiness(x, embedding, step),
    })) as [MapQuality, MapQuality];
    runs.push({ seed, ours: quality, sklearn: peerQuality });
    onProgress?.(
      `${name}, seed ${seed}: KL ${ours.klDivergence.toFixed(4)} (scikit-learn ${peer.klDivergence.toFixed(4)})`,
    );
  }
  const mean = (of: (run: (typeof runs)[number]) => number) =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  return {
    name,
    runs,
    divergenceRatio: mean(({ ours }) => ours.klDivergence) / mean(({ sklearn }) => sklearn.klDivergence),
    trustworthinessGain:
      mean(({ ours }) => ours.trustworthiness) - mean(({ sklearn }) => sklearn.trustworthiness),
  };
}

/** One map of n clustered points of 512 dimensions from PCA, 1,000 iterations, each kernel compiled before. */
async function time(
  gpu: Gpu,
  n: number,
  versions: Set<string>,
  { signal, onProgress, largestPeer = 10_000 }: TsneBenchOptions,
): Promise<TsneTiming> {
  throwIfAborted(signal);
  const x = clusters(n);
  await tsneOn(gpu, clusters(200), { maxIter: 250, signal });
  const phases = { start: 0, neighbours: 0, probabilities: 0, iterations: 0 };
  const begin = performance.now();
  let last = begin;
  const { klDivergence } = await tsneOn(gpu, x, {
    ...NO_EARLY_STOP,
    signal,
    onProgress: ({ stage }) => {
      const now = performance.now();
      phases[stage] += (now - last) / 1000;
      last = now;
    },
  });
  const seconds = (performance.now() - begin) / 1000;
  onProgress?.(`${n} points: ${seconds.toFixed(1)} s for ${ITERATIONS} iterations`);
  if (n > largestPeer) return { n, seconds, phases, klDivergence };
  const peer = await sklearnTsne(x, { random_state: 0, n_iter: ITERATIONS }, signal);
  versions.add(peer.sklearn);
  onProgress?.(`${n} points: ${peer.seconds.toFixed(1)} s by scikit-learn`);
  const sklearn = { seconds: peer.seconds, klDivergence: peer.klDivergence };
  return { n, seconds, phases, klDivergence, sklearn };
}

function growthOf(timings: readonly TsneTiming[]): TsneReport['growth'] {
  return {
    ours: growthExponent(timings.map(({ n, seconds }) => [n, seconds])),
    sklearn: growthExponent(timings.flatMap(({ n, sklearn }) => (sklearn ? [[n, sklearn.seconds]] : []))),
  };
}
