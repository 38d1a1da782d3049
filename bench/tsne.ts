import { requestGpu } from '../src/device/adapter.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { throwIfAborted } from '../src/errors.ts';
import { mean } from '../src/metrics/linear-algebra.ts';
import { tsne } from '../src/metrics/tsne/tsne.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { openWebGpu } from '../src/node/vulkan.ts';
import { trustworthiness } from './trustworthiness.ts';
import { sklearnDigits, sklearnTsne } from './tsne-peer.ts';
import { clusters } from './tsne-points.ts';
import { growthOf, type TsneGrowth, type TsneTiming, timeMaps } from './tsne-timing.ts';

export interface TsneBenchOptions {
  readonly adapter?: string;
  /** Random starts of each set that is compared; 5 by default, 0 leaves the comparison out. */
  readonly seeds?: number;
  /** Numbers of points that are timed; 1,000, 3,000, 10,000 and 30,000 by default. */
  readonly sizes?: readonly number[];
  /** The largest number of points that scikit-learn and UMAP are timed at; 10,000 by default. */
  readonly largestPeer?: number;
  /** The same of the exact method in JavaScript, whose time and memory grow as the square; 1,000 by default. */
  readonly largestExact?: number;
  /** Iterations of the timed maps; default 1,000. */
  readonly iterations?: number;
  /** About so many of a timed map's points have their trustworthiness computed, on the host; default 500. */
  readonly trustedPoints?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** Maps beside scikit-learn's: quality over the same number of random starts, and time. */
export interface TsneReport {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly sklearn: string;
  readonly comparisons: readonly TsneComparison[];
  readonly iterations: number;
  readonly timings: readonly TsneTiming[];
  readonly growth: readonly TsneGrowth[];
  /** Peers that could not be loaded, and why. */
  readonly missing: readonly string[];
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
  /** Our mean divergence divided by scikit-learn's. */
  readonly divergenceRatio: number;
  /** Our mean trustworthiness minus scikit-learn's. */
  readonly trustworthinessGain: number;
}

const NO_EARLY_STOP = { nIterWithoutProgress: Number.POSITIVE_INFINITY, minGradNorm: 0 };

export async function benchTsne(options: TsneBenchOptions = {}): Promise<TsneReport> {
  const { adapter, seeds = 5, iterations = 1000, signal } = options;
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
    const missing = new Set<string>();
    const timings = await timeMaps(gpu, { ...options, iterations }, versions, missing);
    return {
      date: new Date().toISOString(),
      adapter: gpu.info.description,
      node: process.version,
      sklearn: [...versions].join(', '),
      comparisons,
      iterations,
      timings,
      growth: growthOf(timings),
      missing: [...missing],
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
    const ours = await tsne(gpu, x, { ...NO_EARLY_STOP, init: 'random', seed, signal });
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
  const meanOf = (of: (run: (typeof runs)[number]) => number) => mean(runs.map(of));
  return {
    name,
    runs,
    divergenceRatio: meanOf(({ ours }) => ours.klDivergence) / meanOf(({ sklearn }) => sklearn.klDivergence),
    trustworthinessGain:
      meanOf(({ ours }) => ours.trustworthiness) - meanOf(({ sklearn }) => sklearn.trustworthiness),
  };
}
