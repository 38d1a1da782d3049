import type { Gpu } from '../src/device/gpu.ts';
import { throwIfAborted } from '../src/errors.ts';
import { tsne } from '../src/metrics/tsne/tsne.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { exactTsne } from './exact-tsne-peer.ts';
import { PeerMissingError } from './peer-errors.ts';
import { growthExponent } from './statistics.ts';
import { type TimedMap, timedMap } from './timed-map.ts';
import { trustworthiness } from './trustworthiness.ts';
import type { TsneBenchOptions } from './tsne.ts';
import { sklearnTsne } from './tsne-peer.ts';
import { clusters } from './tsne-points.ts';
import { embeddingAtlasUmap } from './umap-peer.ts';

export const PEERS = ['scikit-learn', '@keckelt/tsne', 'embedding-atlas UMAP'] as const;
export type TsnePeer = (typeof PEERS)[number];

/** Maps of n points by each. */
export interface TsneTiming extends Omit<TimedMap, 'embedding'> {
  readonly n: number;
  /** k = 12, over every so many points that there are some 500, or as many as was asked */
  readonly trustworthiness: number;
  readonly peers: readonly PeerTiming[];
}

export interface PeerTiming {
  readonly name: TsnePeer;
  readonly seconds: number;
  readonly trustworthiness: number;
  /** scikit-learn's alone. */
  readonly klDivergence?: number;
}

/** Time grows as n^exponent from one size to another; by least squares over the sizes between. */
export interface TsneGrowth {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  readonly exponent: number;
}

type Settings = TsneBenchOptions & { readonly iterations: number };

/** Maps of clustered points of 512 dimensions from PCA, each kernel compiled before. */
export async function timeMaps(
  gpu: Gpu,
  settings: Settings,
  versions: Set<string>,
  missing: Set<string>,
): Promise<TsneTiming[]> {
  const { sizes = [1000, 3000, 10_000, 30_000], iterations, trustedPoints, signal, onProgress } = settings;
  const timings: TsneTiming[] = [];
  if (sizes.length > 0) await tsne(gpu, clusters(200), { maxIter: 250, signal });
  for (const n of sizes) {
    throwIfAborted(signal);
    const x = clusters(n);
    const { embedding, ...map } = await timedMap(gpu, x, iterations, signal);
    onProgress?.(`${n} points: ${map.seconds.toFixed(1)} s for ${iterations} iterations`);
    const peers = await timePeers(x, settings, versions, missing);
    timings.push({ n, ...map, trustworthiness: sampledTrust(x, embedding, trustedPoints), peers });
  }
  return timings;
}

async function timePeers(
  x: Vectors,
  { iterations, largestPeer = 10_000, largestExact = 1000, trustedPoints, signal, onProgress }: Settings,
  versions: Set<string>,
  missing: Set<string>,
): Promise<PeerTiming[]> {
  const sklearn = async () => {
    const map = await sklearnTsne(x, { random_state: 0, n_iter: iterations }, signal);
    versions.add(map.sklearn);
    return iterations > 250 ? map : { ...map, klDivergence: undefined }; // none in the early phase
  };
  type Run = () => Promise<{ embedding: Float32Array; seconds: number; klDivergence?: number }>;
  const runs: [TsnePeer, number, Run][] = [
    ['scikit-learn', largestPeer, sklearn],
    ['@keckelt/tsne', largestExact, () => exactTsne(x, iterations)],
    ['embedding-atlas UMAP', largestPeer, () => embeddingAtlasUmap(x)],
  ];
  const timings: PeerTiming[] = [];
  for (const [name, largest, run] of runs) {
    if (x.rows > largest) continue;
    throwIfAborted(signal);
    try {
      const { embedding, seconds, klDivergence } = await run();
      timings.push({
        name,
        seconds,
        trustworthiness: sampledTrust(x, embedding, trustedPoints),
        klDivergence,
      });
      onProgress?.(`${x.rows} points: ${seconds.toFixed(1)} s by ${name}`);
    } catch (error) {
      if (!(error instanceof PeerMissingError)) throw error;
      missing.add(error.message);
    }
  }
  return timings;
}

/** Of ours in each phase and of every peer, over all sizes and, where there are more, from each size to the next. */
export function growthOf(timings: readonly TsneTiming[]): TsneGrowth[] {
  const of = (what: string, seconds: (timing: TsneTiming) => number | undefined) => {
    const points = timings.flatMap((timing) => {
      const time = seconds(timing);
      return time === undefined ? [] : [[timing.n, time] as const];
    });
    const steps = points.slice(1).map((point, i) => points.slice(i, i + 1).concat([point]));
    const ranges = [points];
    if (points.length > 3) ranges.push(points.slice(1));
    if (points.length > 2) ranges.push(...steps);
    return ranges.flatMap((range) => growthOver(what, range));
  };
  return [
    ...of('ours', ({ seconds }) => seconds),
    ...of('ours, neighbours', ({ phases }) => phases.neighbours),
    ...of('ours, iterations', ({ phases }) => phases.iterations),
    ...PEERS.flatMap((name) => of(name, ({ peers }) => peers.find((peer) => peer.name === name)?.seconds)),
  ];
}

function growthOver(what: string, points: readonly (readonly [number, number])[]): TsneGrowth[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 2) return [];
  return [{ what, from: first[0], to: last[0], exponent: growthExponent(points) }];
}

function sampledTrust(x: Vectors, embedding: Float32Array, points = 500): number {
  return trustworthiness(x, embedding, Math.max(1, Math.floor(x.rows / points)));
}
