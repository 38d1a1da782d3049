import squaresSource from '../../../shaders/neighbours/squares.wgsl';
import type { Commands } from '../../device/commands.ts';
import type { MemoryLimits } from '../../device/gpu.ts';
import type { HeldTensors } from '../../device/held-tensors.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import { PANEL_GAP, type PackedMatrix, packedWords } from '../../kernels/gemm/packed-matrix.ts';
import { repack } from '../../kernels/gemm/repack.ts';
import { inverseNorms, type Vectors } from '../vectors.ts';
import { PointScaleError } from './errors.ts';

/** Points as the GPU reads them: rows padded with zeros to whole vectors of four. */
export interface PaddedPoints {
  /** `[rows, width]` */
  readonly data: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly width: number;
}

/** Where |a|^2 + |b|^2 + 2 |a.b| of any two rows still fits in f32. */
const LARGEST_SQUARE = 5e37;

export function columnMeans({ data, rows, dim }: Vectors): Float64Array {
  const means = new Float64Array(dim);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < dim; c++) means[c] = (means[c] ?? 0) + (data[r * dim + c] ?? 0);
  }
  return means.map((sum) => sum / rows);
}

/**
 * The points minus their mean: distances are unchanged, and |a|^2 + |b|^2 - 2 a.b cancels less.
 * @throws {PointScaleError}
 */
export function centred(points: Vectors, means: Float64Array = columnMeans(points)): PaddedPoints {
  const { data, rows, dim } = points;
  const width = padded(dim);
  const out = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) {
    let squares = 0;
    for (let c = 0; c < dim; c++) {
      const value = (data[r * dim + c] ?? 0) - (means[c] ?? 0);
      out[r * width + c] = value;
      squares += value * value;
    }
    if (squares > LARGEST_SQUARE) throw new PointScaleError(r);
  }
  return { data: out, rows, width };
}

/** The points scaled to length 1. @throws {ZeroVectorError} */
export function unitLength(points: Vectors): PaddedPoints {
  const { data, rows, dim } = points;
  const width = padded(dim);
  const out = new Float32Array(rows * width);
  for (const [r, inverse] of inverseNorms('x', points).entries()) {
    for (let c = 0; c < dim; c++) out[r * width + c] = (data[r * dim + c] ?? 0) * inverse;
  }
  return { data: out, rows, width };
}

/** Consecutive points in GPU memory, as many as a kernel can bind. */
export interface PointPart {
  readonly first: number;
  readonly rows: number;
  /** `[rows, K]`, K a multiple of 4 */
  readonly x: Tensor;
}

/** Rows of a part are a multiple of this, which is a multiple of the GEMM's tiles. */
const ROW_STEP = 64;

/** The most rows of K values that a kernel can bind as the GEMM's packed matrix. */
export function bindableRows(width: number, { maxStorageBufferBindingSize }: MemoryLimits): number {
  return Math.floor(maxStorageBufferBindingSize / (4 * (width + PANEL_GAP)));
}

/** Uploads points. @param held owns the tensors */
export function uploadParts(held: HeldTensors, { data, rows, width }: PaddedPoints): Promise<PointPart[]> {
  const bindable = bindableRows(width, held.gpu.limits);
  const step = bindable < ROW_STEP ? 1 : ROW_STEP;
  const most = step * Math.floor(bindable / step);
  return held.allocate(() =>
    Array.from({ length: Math.ceil(rows / most) }, (_, i) => {
      const first = i * most;
      const count = Math.min(most, rows - first);
      const part = data.subarray(first * width, (first + count) * width);
      return { first, rows: count, x: held.upload(part, [count, width]) };
    }),
  );
}

/** The number of rows of all parts. */
export function rowsOf(parts: readonly PointPart[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}

/**
 * Records points of a part, from point `first` `[1]` on, as a matrix for the GEMM.
 * @param chunk how many, a multiple of 4; rows beyond the part are zeros
 */
export function packRows(cmd: Commands, part: PointPart, first: Tensor, chunk: number): PackedMatrix {
  const { x, rows, first: offset } = part;
  const cols = x.shape.at(-1) ?? 1;
  const words = cmd.alloc([packedWords(chunk, cols, 'f32')]);
  const target = { words, storage: 'f32', order: 'panels', firstRow: 0 } as const;
  repack(cmd, { x, available: rows, cols, rows: chunk, first, offset }, target);
  return { rows: chunk, cols, storage: 'f32', words };
}

const squaresKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-squares',
  source: squaresSource,
  params: { rows: 'u32', quads: 'u32', offset: 'u32' },
  bind: { x: 'read', squares: 'write' },
});

/** |point|^2 of every point of each matrix: `[n]` each. @param held owns them */
export async function squaredNorms(
  held: HeldTensors,
  matrices: readonly (readonly PointPart[])[],
): Promise<Tensor[]> {
  const all = await held.allocate(() =>
    matrices.map((parts) => ({ parts, squares: held.empty([rowsOf(parts)]) })),
  );
  await held.gpu.compute('tsne: squares', (cmd) => {
    for (const { parts, squares } of all) for (const part of parts) record(cmd, part, squares);
    return { inputs: {}, outputs: {} };
  });
  return all.map(({ squares }) => squares);
}

function record(cmd: Commands, { x, rows, first }: PointPart, squares: Tensor): void {
  const params = { rows, quads: x.size / rows / 4, offset: first };
  cmd.dispatch(squaresKernel, { bind: { x, squares }, params, groups: Math.ceil(rows / 64) });
}

/** Columns are padded with zeros to a multiple of 4, which changes no product. */
export function padded(count: number): number {
  return Math.ceil(count / 4) * 4;
}
