import type { Gpu } from '../../device/gpu.ts';
import { HeldTensors } from '../../device/held-tensors.ts';
import { linear } from '../../kernels/gemm/gemm.ts';
import { PANEL_GAP } from '../../kernels/gemm/packed-matrix.ts';
import { packRows, padded } from '../neighbours/points.ts';

/** A matrix whose columns are made on demand: `[rows, count]` from `first` on. */
export interface Columns {
  readonly rows: number;
  readonly length: number;
  read(first: number, count: number): Float32Array;
}

/** A A^T, as `[rows, rows]`, by the GEMM: summed over as many columns at a time as a kernel can bind. */
export async function gramMatrix(gpu: Gpu, a: Columns): Promise<Float32Array> {
  const { rows, length } = a;
  const values = Math.floor(gpu.limits.maxStorageBufferBindingSize / (4 * padded(rows)));
  const most = 4 * Math.floor((values - PANEL_GAP) / 4);
  const gram = new Float32Array(rows * rows);
  for (let first = 0; first < length; first += most) {
    const width = padded(Math.min(most, length - first));
    const part = await productOf(gpu, a.read(first, width), rows, width);
    for (let i = 0; i < gram.length; i++) {
      gram[i] = (gram[i] ?? 0) + (part[Math.floor(i / rows) * padded(rows) + (i % rows)] ?? 0);
    }
  }
  return gram;
}

/** A A^T of A `[rows, width]`, as `[rows, padded(rows)]`. */
async function productOf(gpu: Gpu, data: Float32Array, rows: number, width: number): Promise<Float32Array> {
  const held = new HeldTensors(gpu, 'gram matrix');
  try {
    const x = await held.allocate(() => held.upload(data, [rows, width]));
    const { gram } = await gpu.compute(
      'gram matrix',
      (cmd) => {
        const first = cmd.input([1], 'u32');
        const weight = packRows(cmd, { first: 0, rows, x }, first, padded(rows));
        return { inputs: { first }, outputs: { gram: linear(cmd, x, { weight }) } };
      },
      { first: Uint32Array.of(0) },
    );
    return gram;
  } finally {
    held.free();
  }
}
