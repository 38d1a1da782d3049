import type { Gpu } from '../../device/gpu.ts';
import { linear } from '../../kernels/gemm.ts';
import { HeldTensors } from './held-tensors.ts';
import { packRows } from './pack-rows.ts';
import type { PaddedPoints } from './points.ts';

/** A A^T of A `[m, width]`, as `[m, m]`, by the GEMM. */
export async function gramMatrix(gpu: Gpu, { data, rows, width }: PaddedPoints): Promise<Float32Array> {
  const padded = Math.ceil(rows / 4) * 4;
  const held = new HeldTensors(gpu, 'tsne: pca');
  try {
    const x = await held.allocate(() => held.upload(data, [rows, width]));
    const { gram } = await gpu.compute(
      'tsne: pca',
      (commands) => {
        const first = commands.input([1], 'u32');
        const weight = packRows(commands, x, first, padded);
        return { inputs: { first }, outputs: { gram: linear(commands, x, { weight }) } };
      },
      { first: Uint32Array.of(0) },
    );
    if (padded === rows) return gram;
    return Float32Array.from(
      { length: rows * rows },
      (_, i) => gram[Math.floor(i / rows) * padded + (i % rows)] ?? 0,
    );
  } finally {
    held.free();
  }
}
