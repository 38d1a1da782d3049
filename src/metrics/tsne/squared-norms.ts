import source from '../../../shaders/tsne-squares.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import type { HeldTensors } from './held-tensors.ts';

const kernel = defineKernel({
  name: 'tsne-squares',
  source,
  params: { rows: 'u32', quads: 'u32' },
  bind: { x: 'read', squares: 'write' },
});

/** |row|^2 of every row of each matrix `[n, K]`, K a multiple of 4: `[n]` each. @param held gets them */
export async function squaredNorms(held: HeldTensors, matrices: readonly Tensor[]): Promise<Tensor[]> {
  const all = await held.allocate(() => matrices.map((x) => ({ x, squares: held.empty([x.shape[0] ?? 0]) })));
  await held.gpu.compute('tsne: squares', (commands) => {
    for (const { x, squares } of all) record(commands, x, squares);
    return { inputs: {}, outputs: {} };
  });
  return all.map(({ squares }) => squares);
}

function record(commands: Commands, x: Tensor, squares: Tensor): void {
  const [rows = 0, width = 1] = x.shape;
  const groups = Math.ceil(rows / 64);
  commands.run(kernel, { bind: { x, squares }, params: { rows, quads: width / 4 }, groups });
}
