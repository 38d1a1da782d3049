import { requestGpu } from '../src/device/adapter.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { transpose } from '../src/metrics/linear-algebra.ts';
import { similarityMatrix } from '../src/metrics/similarity/similarity.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { openWebGpu } from '../src/node/vulkan.ts';
import { normalAt, streamKey } from '../weights/random.ts';
import { NumpyPeer } from './numpy-peer.ts';
import { type OnnxMatMul, onnxMatMul } from './onnx/matmul.ts';
import { shareDriver } from './onnx/share-driver.ts';
import { onnxVersion } from './onnx/version.ts';
import { type Peer, type RaceResult, race } from './race.ts';
import { growthExponent } from './statistics.ts';

export interface MetricsOptions {
  readonly adapter?: string;
  /** Numbers of rows; default 1,000, 3,000 and 10,000. */
  readonly sizes?: readonly number[];
  /** Timed runs of each peer after the first, default 3; with 0 the first is timed. */
  readonly rounds?: number;
  /** Compare this many rows with all n, top 10 only, instead of all with all. */
  readonly queries?: number;
  /** The most rows that NumPy is timed at; 30,000 by default. */
  readonly largestPeer?: number;
  /** ONNX Runtime's WebGPU provider too, on the same adapter. */
  readonly ortWebGpu?: boolean;
  /** The most rows that it is timed at, 3,000 by default: on software adapters it takes most of the time. */
  readonly largestOrtWebGpu?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** Similarity of n rows by themselves, beside NumPy's BLAS and ONNX Runtime's MatMul: same machine, in turn. */
export interface MetricsReport {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly onnxruntime: string;
  readonly numpy: string;
  readonly rounds: number;
  readonly dim: number;
  readonly races: readonly MetricsRace[];
  /** The exponent p of the time's growth n^p, over the sizes of a race's kind. */
  readonly growth: readonly {
    readonly kind: MetricsRace['kind'];
    readonly peer: string;
    readonly exponent: number;
  }[];
}

export interface MetricsRace {
  readonly kind: 'matrix' | 'top 10';
  readonly n: number;
  /** Rows that are compared with all n. */
  readonly queries: number;
  readonly peers: readonly (RaceResult & { readonly gflops: number })[];
  /** The most GPU memory that ours held, minus what it held at the start. */
  readonly gpuBytes: number;
}

const DIM = 512;
const K = 10;
/** Rows whose results are compared. */
const SAMPLED = 16;
/** The whole matrix is measured up to this size only: it takes 4 n^2 bytes in each peer. */
export const LARGEST_MATRIX = 10_000;

/** @throws {OnnxRuntimeMissingError} if onnxruntime-node is not installed */
export async function benchMetrics(options: MetricsOptions = {}): Promise<MetricsReport> {
  const { adapter, sizes = [1000, 3000, 10_000], rounds = 3, queries } = options;
  const entry = await openWebGpu(adapter);
  shareDriver(entry);
  const gpu = await requestGpu(entry);
  const races: MetricsRace[] = [];
  let numpy = 'none';
  try {
    for (const n of sizes) {
      const x = { data: rowsOf(n), rows: n, dim: DIM };
      const withNumpy = queries === undefined && n <= (options.largestPeer ?? 30_000);
      const python = withNumpy ? await NumpyPeer.open(x, sampledRows(n)) : undefined;
      numpy = python?.version ?? numpy;
      try {
        if (n <= LARGEST_MATRIX && queries === undefined)
          races.push(await raceMatrix(gpu, x, python, options));
        races.push(await raceTopK(gpu, x, python, options));
      } finally {
        await python?.close();
      }
    }
    return {
      date: new Date().toISOString(),
      adapter: gpu.info.description,
      node: process.version,
      onnxruntime: onnxVersion(),
      numpy,
      rounds,
      dim: DIM,
      races,
      growth: growthOf(races),
    };
  } finally {
    gpu.destroy();
  }
}

async function raceMatrix(gpu: Gpu, x: Vectors, python: NumpyPeer | undefined, options: MetricsOptions) {
  const w = { data: transpose(x.data, x.rows, x.dim), dims: [x.dim, x.rows] as const };
  const input = { data: x.data, dims: [x.rows, x.dim] as const };
  const sessions: [string, OnnxMatMul][] = [['ORT cpu', await onnxMatMul('cpu', input, w)]];
  if (options.ortWebGpu && x.rows <= (options.largestOrtWebGpu ?? 3000))
    sessions.push(['ORT webgpu', await onnxMatMul('webgpu', input, w)]);
  try {
    const peers: Peer[] = [
      ...(python ? [{ name: 'NumPy', run: () => python.product() }] : []),
      ...sessions.map(([name, session]) => ({
        name,
        run: async () => sampleOf(await session.run(), x.rows, x.rows),
      })),
    ];
    const metrics = ['dot', 'cosine', 'euclidean'] as const;
    const ours = metrics.map((metric) => ({
      name: `ours ${metric}`,
      run: async () => {
        const { data } = await similarityMatrix(gpu, x, undefined, { metric, signal: options.signal });
        const sample = sampleOf(data, x.rows, x.rows);
        return metric === 'euclidean' ? sample.map((d) => 1 - d ** 2 / 2) : sample; // of unit vectors: the product
      },
    }));
    const race = { kind: 'matrix', n: x.rows, queries: x.rows } as const;
    return await runRace(gpu, race, x.rows, [...peers, ...ours], 'ORT cpu', options);
  } finally {
    for (const [, session] of sessions) await session.release();
  }
}

async function raceTopK(gpu: Gpu, all: Vectors, python: NumpyPeer | undefined, options: MetricsOptions) {
  const { signal } = options;
  const rows = Math.min(options.queries ?? all.rows, all.rows);
  const x = rows < all.rows ? { ...all, data: all.data.subarray(0, rows * all.dim), rows } : all;
  const ours: Peer = {
    name: 'ours dot',
    run: async () => {
      const { values } = await similarityMatrix(gpu, x, all, { metric: 'dot', topK: K, signal });
      return sampleOf(values, x.rows, K);
    },
  };
  const peers = python ? [{ name: 'NumPy', run: () => python.top(K) }, ours] : [ours];
  return runRace(gpu, { kind: 'top 10', n: all.rows, queries: rows }, K, peers, nearestOf(x, all), options);
}

/** The K largest products of the sampled rows, sorted, in double precision. */
function nearestOf(x: Vectors, { data, rows, dim }: Vectors): Float32Array {
  const best = sampledRows(x.rows).flatMap((row) => {
    const products = Float64Array.from({ length: rows }, (_, other) => {
      let sum = 0;
      for (let d = 0; d < dim; d++) sum += (x.data[row * dim + d] ?? 0) * (data[other * dim + d] ?? 0);
      return sum;
    });
    return [...products.sort().reverse().subarray(0, K)];
  });
  return Float32Array.from(best);
}

async function runRace(
  gpu: Gpu,
  { kind, n, queries }: Pick<MetricsRace, 'kind' | 'n' | 'queries'>,
  width: number,
  peers: readonly Peer[],
  judge: string | Float32Array,
  { rounds = 3, signal, onProgress }: MetricsOptions,
): Promise<MetricsRace> {
  const before = gpu.counters.bytesAlive;
  let gpuBytes = 0;
  const watch = setInterval(() => {
    gpuBytes = Math.max(gpuBytes, gpu.counters.bytesAlive - before);
  }, 5);
  const onRun = (peer: string, round: number) =>
    onProgress?.(`${kind}, ${n} rows: ${peer}, run ${round} of ${rounds}`);
  try {
    const results = await race(peers, { rounds, items: queries, dim: width, judge, signal, onRun });
    const work = (2 * queries * n * DIM) / 1e6; // per millisecond, in GFLOP/s
    const peersTimed = results.map((r) => ({ ...r, gflops: work / r.time.median }));
    return { kind, n, queries, peers: peersTimed, gpuBytes };
  } finally {
    clearInterval(watch);
  }
}

function growthOf(races: readonly MetricsRace[]): MetricsReport['growth'] {
  const points = new Map<string, { kind: MetricsRace['kind']; peer: string; at: [number, number][] }>();
  for (const { kind, n, peers } of races) {
    for (const { name: peer, time } of peers) {
      const known = points.get(`${kind} ${peer}`) ?? { kind, peer, at: [] };
      known.at.push([n, time.median]);
      points.set(`${kind} ${peer}`, known);
    }
  }
  return [...points.values()].map(({ kind, peer, at }) => ({ kind, peer, exponent: growthExponent(at) }));
}

/** Rows of length 1, so that cosines, products and distances can be compared. */
function rowsOf(n: number): Float32Array {
  const key = streamKey(1, 'bench/metrics');
  const data = Float32Array.from({ length: n * DIM }, (_, i) => normalAt(key, i));
  for (let row = 0; row < n; row++) {
    const values = data.subarray(row * DIM, (row + 1) * DIM);
    const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    for (let d = 0; d < DIM; d++) values[d] = (values[d] ?? 0) / length;
  }
  return data;
}

function sampledRows(n: number): number[] {
  return Array.from({ length: SAMPLED }, (_, i) => Math.floor((i * n) / SAMPLED));
}

function sampleOf(data: Float32Array, n: number, width: number): Float32Array {
  const out = new Float32Array(SAMPLED * width);
  for (const [i, row] of sampledRows(n).entries()) {
    out.set(data.subarray(row * width, (row + 1) * width), i * width);
  }
  return out;
}
