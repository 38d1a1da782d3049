import refineSource from '../../../shaders/tsne-refine.wgsl';
import type { Gpu } from '../../device/gpu.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import { throwIfAborted } from '../../errors.ts';
import type { HeldTensors } from './held-tensors.ts';
import { planBands, recordBand, sortNeighbours } from './neighbour-bands.ts';
import { type PointPart, rowsOf } from './point-parts.ts';
import { squaredNorms } from './squared-norms.ts';

const refineKernel = defineKernel({
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

/** Points in GPU memory, and those whose neighbours among them are wanted. */
export interface NeighbourSets {
  readonly x: readonly PointPart[];
  /** x itself, unless it is given: then a point is no neighbour of its own. */
  readonly queries?: readonly PointPart[];
}

/** The sets with the squared length of each row. */
export interface MeasuredSets extends Required<NeighbourSets> {
  readonly squares: Tensor;
  readonly querySquares: Tensor;
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
  await sortNeighbours(gpu, all, found);
  await refine(gpu, all, found);
  onProgress?.(n, n);
  return found;
}

async function measured(held: HeldTensors, { x, queries = x }: NeighbourSets): Promise<MeasuredSets> {
  const [squares, own] = await squaredNorms(held, queries === x ? [x] : [x, queries]);
  if (!squares) throw new TypeError('tsne: no points');
  return { x, queries, squares, querySquares: own ?? squares };
}

async function refine(
  gpu: Gpu,
  { x, queries, squares, querySquares }: MeasuredSets,
  { k, ids, distances }: Neighbours,
): Promise<void> {
  await gpu.compute('tsne: refine', (commands) => {
    for (const asked of queries) {
      for (const part of x) {
        const params = {
          ...{ firstQuery: asked.first, queries: asked.rows, firstPoint: part.first, points: part.rows, k },
          quads: part.x.size / part.rows / 4,
        };
        const bind = { x: part.x, squares, queries: asked.x, querySquares, ids, distances };
        commands.run(refineKernel, { bind, params, groups: Math.ceil((asked.rows * k) / 64) });
      }
    }
    return { inputs: {}, outputs: {} };
  });
}
