import type { MemoryLimits } from '../../device/gpu.ts';
import type { Tensor } from '../../device/tensor.ts';
import { PANEL_GAP } from '../../kernels/packed-matrix.ts';
import type { HeldTensors } from './held-tensors.ts';
import type { PaddedPoints } from './points.ts';

/** Points in GPU memory from one of them on, as many as a kernel can bind. */
export interface PointPart {
  readonly first: number;
  readonly rows: number;
  /** `[rows, K]`, K a multiple of 4 */
  readonly x: Tensor;
}

/** Rows of a part come in multiples of this, which the GEMM's tiles divide. */
const ROW_STEP = 64;

/** Rows of K values that a kernel can bind as the GEMM's second matrix, panels and all. */
export function bindableRows(width: number, { maxStorageBufferBindingSize }: MemoryLimits): number {
  return Math.floor(maxStorageBufferBindingSize / (4 * (width + PANEL_GAP)));
}

/** Brings points into GPU memory. @param held gets the tensors */
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

/** Of all parts. */
export function rowsOf(parts: readonly PointPart[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}
