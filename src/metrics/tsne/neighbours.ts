import source from '../../../shaders/tsne-neighbours.wgsl';
import refineSource from '../../../shaders/tsne-refine.wgsl';
import type { Gpu } from '../../device/gpu.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Program } from '../../device/program.ts';
import type { Tensor } from '../../device/tensor.ts';
import { throwIfAborted } from '../../errors.ts';
import { linear } from '../../kernels/gemm.ts';
import type { HeldTensors } from './held-tensors.ts';
import { packRows } from './pack-rows.ts';
import { squaredNorms } from './squared-norms.ts';

const kernel = defineKernel({
  name: 'tsne-neighbours',
  source,
  params: { n: 'u32', queries: 'u32', k: 'u32', chunk: 'u32', same: 'u32' },
  bind: {
    dots: 'read',
    squares: 'read',
    querySquares: 'read',
    first: 'read',
    ids: 'write',
    distances: 'write',
  },
});
const refineKernel = defineKernel({
  name: 'tsne-refine',
  source: refineSource,
  params: { queries: 'u32', k: 'u32', quads: 'u32' },
  bind: {
    x: 'read',
    squares: 'read',
    queries: 'read',
    querySquares: 'read',
    ids: 'read',
    distances: 'write',
  },
});

/** Every point's nearest others, or every query's nearest points. */
export interface Neighbours {
  /** Points, or queries. */
  readonly n: number;
  readonly k: number;
  /** `[n, k]`, ascending in each row */
  readonly ids: Tensor;
  /** `[n, k]`, squared and Euclidean */
  readonly distances: Tensor;
}

export interface PhaseOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Dot products that are held at a time: little on software adapters, where cache is what counts. */
const DOTS = { software: 1 << 22, hardware: 1 << 25 };

/** Points in GPU memory, and those whose neighbours among them are wanted; both `[.., K]`, K a multiple of 4. */
export interface NeighbourSets {
  readonly x: Tensor;
  /** x itself, unless it is given: then a point is no neighbour of its own. */
  readonly queries?: Tensor;
}

/**
 * The k nearest points of every query by brute force: dot products a chunk of queries at a time by the GEMM, each
 * followed by a selection.
 * @param held gets the result's tensors
 */
export async function nearestNeighbours(
  held: HeldTensors,
  sets: NeighbourSets,
  k: number,
  { signal, onProgress }: PhaseOptions = {},
): Promise<Neighbours> {
  const { gpu } = held;
  const { x, queries = x } = sets;
  const [n = 0] = queries.shape;
  const found = await held.allocate(() => ({
    n,
    k,
    ids: held.empty([n, k], 'u32'),
    distances: held.empty([n, k]),
  }));
  const all = await measured(held, sets);
  const chunk = chunkRows(gpu, x.shape[0] ?? 1, n);
  const program = await recordChunk(gpu, all, found, chunk);
  try {
    for (let first = 0; first < n; first += chunk) {
      throwIfAborted(signal);
      await program.run({ first: Uint32Array.of(first) });
      if (first + chunk < n) onProgress?.(first + chunk, n);
    }
  } finally {
    program.destroy();
  }
  await refine(gpu, all, found);
  onProgress?.(n, n);
  return found;
}

/** The sets with the squared length of each row. */
interface MeasuredSets extends Required<NeighbourSets> {
  readonly squares: Tensor;
  readonly querySquares: Tensor;
}

async function measured(held: HeldTensors, { x, queries = x }: NeighbourSets): Promise<MeasuredSets> {
  const [squares, own] = await squaredNorms(held, queries === x ? [x] : [x, queries]);
  if (!squares) throw new TypeError('tsne: no points');
  return { x, queries, squares, querySquares: own ?? squares };
}

/** Columns that every tile of the GEMM divides: what lies beyond a tile's last column is computed in vain. */
const COLUMN_STEP = 64;

function chunkRows({ info, device }: Gpu, points: number, queries: number): number {
  const dots = Math.min(
    info.software ? DOTS.software : DOTS.hardware,
    device.limits.maxStorageBufferBindingSize / 4,
  );
  const affordable = Math.floor(dots / points);
  const step = affordable < COLUMN_STEP ? 4 : COLUMN_STEP;
  const all = 4 * Math.ceil(queries / 4);
  return Math.min(all, Math.max(4, step * Math.floor(affordable / step)));
}

type ChunkRecording = { inputs: { first: Tensor }; outputs: Record<never, Tensor> };

function recordChunk(
  gpu: Gpu,
  { x, queries, squares, querySquares }: MeasuredSets,
  { n, k, ids, distances }: Neighbours,
  chunk: number,
): Promise<Program<ChunkRecording>> {
  const WORKGROUP = gpu.info.software ? 8 : 64;
  const same = queries === x;
  return gpu.record('tsne: neighbours', (commands) => {
    const first = commands.input([1], 'u32');
    const dots = linear(commands, x, { weight: packRows(commands, queries, first, chunk) }); // [points, R]
    commands.run(kernel, {
      bind: { dots, squares, querySquares, first, ids, distances },
      params: { n: x.shape[0] ?? 0, queries: n, k, chunk, same: Number(same) },
      groups: Math.ceil(chunk / WORKGROUP),
      constants: { WORKGROUP },
    });
    return { inputs: { first }, outputs: {} };
  });
}

async function refine(
  gpu: Gpu,
  { x, queries, squares, querySquares }: MeasuredSets,
  { n, k, ids, distances }: Neighbours,
): Promise<void> {
  await gpu.compute('tsne: refine', (commands) => {
    commands.run(refineKernel, {
      bind: { x, squares, queries, querySquares, ids, distances },
      params: { queries: n, k, quads: (x.shape[1] ?? 4) / 4 },
      groups: Math.ceil((n * k) / 64),
    });
    return { inputs: {}, outputs: {} };
  });
}
