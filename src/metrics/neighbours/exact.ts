import backSource from '../../../shaders/neighbours/back.wgsl';
import neighboursSource from '../../../shaders/neighbours/nearest.wgsl';
import refineSource from '../../../shaders/neighbours/refine.wgsl';
import sortSource from '../../../shaders/neighbours/sort.wgsl';
import type { Gpu } from '../../device/gpu.ts';
import type { HeldTensors } from '../../device/held-tensors.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Program } from '../../device/program.ts';
import { forAdapter, workgroupSize } from '../../device/software.ts';
import { makeTensor, type Tensor } from '../../device/tensor.ts';
import { throwIfAborted } from '../../errors.ts';
import { linear } from '../../kernels/gemm/gemm.ts';
import { bindableRows, type PointPart, packRows, rowsOf, squaredNorms } from './points.ts';

const neighboursKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-neighbours',
  source: neighboursSource,
  params: {
    offset: 'u32',
    points: 'u32',
    queries: 'u32',
    k: 'u32',
    chunk: 'u32',
    same: 'u32',
    ordered: 'u32',
  },
  bind: {
    dots: 'read',
    squares: 'read',
    querySquares: 'read',
    first: 'read',
    ids: 'write',
    distances: 'write',
  },
});
const backKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-neighbours-back',
  source: backSource,
  params: { offset: 'u32', before: 'u32', end: 'u32', k: 'u32', chunk: 'u32', ordered: 'u32' },
  bind: { dots: 'read', squares: 'read', first: 'read', ids: 'write', distances: 'write' },
});
const sortKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-neighbours-sort',
  source: sortSource,
  params: { rows: 'u32', k: 'u32' },
  bind: { ids: 'write', distances: 'write' },
});
const refineKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-refine',
  source: refineSource,
  params: {
    firstQuery: 'u32',
    queries: 'u32',
    firstPoint: 'u32',
    points: 'u32',
    k: 'u32',
    quads: 'u32',
  },
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
  /** Number of points, or of queries. */
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

/** Points in GPU memory, and those whose neighbours among them are wanted. */
export interface NeighbourSets {
  readonly x: readonly PointPart[];
  /** Default: x itself, in which case a point is no neighbour of itself. */
  readonly queries?: readonly PointPart[];
}

/** The sets with the squared length of each row. */
export interface MeasuredSets extends Required<NeighbourSets> {
  readonly squares: Tensor;
  readonly querySquares: Tensor;
}

/**
 * The k nearest points of every query by brute force: for a chunk of queries at a time, dot products by the GEMM, then
 * a selection.
 * @param held owns the result's tensors
 */
export async function nearestNeighbours(
  held: HeldTensors,
  sets: NeighbourSets,
  k: number,
  { signal, onProgress }: PhaseOptions = {},
): Promise<Neighbours> {
  const { gpu } = held;
  const { x, queries = x } = sets;
  const n = rowsOf(queries);
  const found = await held.allocate(() => ({
    n,
    k,
    ids: held.empty([n, k], 'u32'),
    distances: held.empty([n, k]),
  }));
  const all = await measured(held, sets);
  for (const band of planBands(gpu, all)) {
    const program = await recordBand(gpu, all, found, band);
    try {
      for (let { first } = band; first < band.end; first += band.chunk) {
        throwIfAborted(signal);
        await program.run({ first: Uint32Array.of(first) });
        const done = Math.min(first + band.chunk, band.end);
        if (done < n) onProgress?.(done, n);
      }
    } finally {
      program.destroy();
    }
  }
  if (!keepsAll(all, k)) await sortNeighbours(gpu, found, 'index');
  await refine(gpu, all, found);
  onProgress?.(n, n);
  return found;
}

export async function measured(held: HeldTensors, { x, queries = x }: NeighbourSets): Promise<MeasuredSets> {
  const [squares, own] = await squaredNorms(held, queries === x ? [x] : [x, queries]);
  if (!squares) throw new TypeError('tsne: no points');
  return { x, queries, squares, querySquares: own ?? squares };
}

/** Queries that are compared with the same points, in chunks. */
export interface NeighbourBand {
  /** The part that holds the queries. */
  readonly part: PointPart;
  readonly first: number;
  readonly end: number;
  /** How many points, from the first on: all, or if the queries are the points, those up to the band's end. */
  readonly points: number;
  /** Queries of a chunk, a multiple of 4. */
  readonly chunk: number;
}

/** Dot products held at once: few on software adapters, so that they stay in the CPU's cache. */
const DOTS = { software: 1 << 22, hardware: 1 << 25 };
/** A multiple of every GEMM tile's columns, so that no column is computed in vain. */
const COLUMN_STEP = 64;
/**
 * Bands of points among themselves: each is multiplied with those before it and itself, so 9/16 of all products are
 * computed.
 */
const BANDS = 8;
const SHORTEST_BAND = 256;

/**
 * Points among themselves are cut into bands, so that few products are computed twice; other queries are one band. A
 * band never spans two parts.
 */
function planBands(gpu: Gpu, sets: MeasuredSets): NeighbourBand[] {
  const { x, queries } = sets;
  const n = rowsOf(queries);
  const length = Math.max(SHORTEST_BAND, COLUMN_STEP * Math.ceil(n / BANDS / COLUMN_STEP));
  return queries.flatMap((part) => {
    const partEnd = part.first + part.rows;
    if (queries !== x) return [bandOf(gpu, sets, part, part.first, partEnd, rowsOf(x))];
    return Array.from({ length: Math.ceil(part.rows / length) }, (_, i) => {
      const first = part.first + i * length;
      const end = Math.min(first + length, partEnd);
      return bandOf(gpu, sets, part, first, end, end);
    });
  });
}

function bandOf(
  { info, limits }: Gpu,
  { x }: MeasuredSets,
  part: PointPart,
  first: number,
  end: number,
  points: number,
): NeighbourBand {
  const most = forAdapter({ info }, DOTS);
  const atOnce = Math.min(points, x[0]?.rows ?? points); // the first part is the largest
  const affordable = Math.min(
    Math.min(most, limits.maxStorageBufferBindingSize / 4) / atOnce,
    bindableRows(part.x.size / part.rows, limits),
  );
  const step = affordable < COLUMN_STEP ? 4 : COLUMN_STEP;
  const fitting = Math.max(4, step * Math.floor(affordable / step));
  const rows = end - first;
  const equal = Math.ceil(rows / Math.ceil(rows / fitting)); // chunks of equal length, none of them nearly empty
  const chunk = Math.min(4 * Math.ceil(rows / 4), step * Math.ceil(equal / step));
  return { part, first, end, points, chunk };
}

export type BandRecording = { inputs: { first: Tensor }; outputs: Record<never, Tensor> };

/** Records a chunk of a band. */
function recordBand(
  gpu: Gpu,
  { x, queries, squares, querySquares }: MeasuredSets,
  { k, ids, distances }: Neighbours,
  { part, first: before, end, points, chunk }: NeighbourBand,
): Promise<Program<BandRecording>> {
  const WORKGROUP = workgroupSize(gpu, 64);
  const ordered = Number(keepsAll({ x, queries }, k));
  const variant = { constants: { WORKGROUP } };
  return gpu.record('tsne: neighbours', (cmd) => {
    const first = cmd.input([1], 'u32');
    const weight = packRows(cmd, part, first, chunk);
    for (const other of x.filter((candidate) => candidate.first < points)) {
      cmd.scope(() => {
        const offset = other.first;
        const rows = Math.min(other.rows, points - offset);
        const some = makeTensor([rows, weight.cols], 'f32', other.x.storage);
        const dots = linear(cmd, some, { weight }); // [rows, R]
        cmd.dispatch(neighboursKernel, {
          bind: { dots, squares, querySquares, first, ids, distances },
          params: { offset, points: rows, queries: end, k, chunk, same: Number(queries === x), ordered },
          groups: Math.ceil(chunk / WORKGROUP),
          ...variant,
        });
        const earlier = queries === x ? Math.min(rows, before - offset) : 0;
        if (earlier <= 0) return;
        cmd.dispatch(backKernel, {
          bind: { dots, squares, first, ids, distances },
          params: { offset, before: earlier, end, k, chunk, ordered },
          groups: Math.ceil(earlier / WORKGROUP),
          ...variant,
        });
      });
    }
    return { inputs: { first }, outputs: {} };
  });
}

/** Sorts each row's neighbours: by index, or by distance with ties by index. */
export async function sortNeighbours(
  gpu: Gpu,
  { n, k, ids, distances }: Neighbours,
  by: 'index' | 'distance',
): Promise<void> {
  const WORKGROUP = workgroupSize(gpu, 64);
  await gpu.compute('tsne: sorted neighbours', (cmd) => {
    cmd.dispatch(sortKernel, {
      bind: { ids, distances },
      params: { rows: n, k },
      groups: Math.ceil(n / WORKGROUP),
      constants: { WORKGROUP, BY_DISTANCE: by === 'distance' },
    });
    return { inputs: {}, outputs: {} };
  });
}

/** Recomputes the distances of near neighbours from the differences of the points. */
export async function refine(
  gpu: Gpu,
  { x, queries, squares, querySquares }: MeasuredSets,
  { k, ids, distances }: Neighbours,
): Promise<void> {
  await gpu.compute('tsne: refine', (cmd) => {
    for (const asked of queries) {
      for (const part of x) {
        const params = {
          firstQuery: asked.first,
          queries: asked.rows,
          firstPoint: part.first,
          points: part.rows,
          k,
          quads: part.x.size / part.rows / 4,
        };
        const bind = { x: part.x, squares, queries: asked.x, querySquares, ids, distances };
        cmd.dispatch(refineKernel, { bind, params, groups: Math.ceil((asked.rows * k) / 64) });
      }
    }
    return { inputs: {}, outputs: {} };
  });
}

/** Whether every point is a neighbour of every query: they are in the order of their indices already. */
function keepsAll({ x, queries }: Pick<MeasuredSets, 'x' | 'queries'>, k: number): boolean {
  return k === rowsOf(x) - Number(queries === x);
}
