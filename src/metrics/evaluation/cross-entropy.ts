import source from '../../../shaders/probe/cross-entropy.wgsl';
import type { Gpu } from '../../device/gpu.ts';
import { HeldTensors } from '../../device/held-tensors.ts';
import { defineKernel } from '../../device/kernel.ts';
import { linear } from '../../kernels/gemm/gemm.ts';
import { packColumns, packRows } from '../../kernels/gemm/pack-columns.ts';
import type { Vectors } from '../vectors.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'probe-cross-entropy',
  source,
  params: { items: 'u32', classes: 'u32' },
  bind: { z: 'read', labels: 'read', gradient: 'write', loss: 'write' },
});

/** A loss, and its gradient. */
export interface LossAt {
  readonly loss: number;
  /** As long as the weights. */
  readonly gradient: Float64Array;
}

/** The sum of the cross-entropies of rows, by weights `[K, D]`, while its rows are on the GPU. */
export interface CrossEntropy {
  readonly at: (weights: Float64Array) => Promise<LossAt>;
  readonly destroy: () => void;
}

/**
 * Uploads rows `[N, D]` and records the loss of z = x W^T with its gradient: products in f32 on the GPU, the sum of the items'
 * losses in double precision.
 * @param labels `[N]`: the class of each row
 * @throws {DeviceLimitError} @throws {GpuOutOfMemoryError}
 */
export async function crossEntropy(
  gpu: Gpu,
  { data, rows, dim }: Vectors,
  labels: Uint32Array,
  classes: number,
): Promise<CrossEntropy> {
  const held = new HeldTensors(gpu, 'probe');
  try {
    const { x, right } = await held.allocate(() => ({
      x: held.upload(data, [rows, dim]),
      right: held.upload(labels),
    }));
    const program = await gpu.record('probe', (cmd) => {
      const weight = cmd.input([classes, dim]);
      const z = linear(cmd, x, { weight: packRows(cmd, weight) }); // [N, K]
      const [dz, loss] = [cmd.alloc([classes, rows]), cmd.alloc([rows])];
      cmd.dispatch(kernel, {
        bind: { z, labels: right, gradient: dz, loss },
        params: { items: rows, classes },
        groups: Math.ceil(rows / 64),
      });
      const gradient = linear(cmd, dz, { weight: packColumns(cmd, x) }); // [K, D]
      return { inputs: { weight }, outputs: { gradient, loss } };
    });
    return {
      at: async (weights) => {
        const { gradient, loss } = await program.run({ weight: Float32Array.from(weights) });
        return { loss: loss.reduce((sum, value) => sum + value, 0), gradient: Float64Array.from(gradient) };
      },
      destroy: () => {
        program.destroy();
        held.free();
      },
    };
  } catch (error) {
    held.free();
    throw error;
  }
}
