import source from '../../../shaders/tsne-squares.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import type { HeldTensors } from './held-tensors.ts';
import { type PointPart, rowsOf } from './point-parts.ts';

const kernel = defineKernel({
  name: 'tsne-squares',
  source,
  params: { rows: 'u32', quads: 'u32', offset: 'u32' },
  bind: { x: 'read', squares: 'write' },
});

/** |point|^2 of every point of each matrix: `[n]` each. @param held gets them */
export async function squaredNorms(
  held: HeldTensors,
  matrices: readonly (readonly PointPart[])[],
): Promise<Tensor[]> {
  const all = await held.allocate(() =>
    matrices.map((parts) => ({ parts, squares: held.empty([rowsOf(parts)]) })),
  );
  await held.gpu.compute('tsne: squares', (commands) => {
    for (const { parts, squares } of all) for (const part of parts) record(commands, part, squares);
    return { inputs: {}, outputs: {} };
  });
  return all.map(({ squares }) => squares);
}

function record(commands: Commands, { x, rows, first }: PointPart, squares: Tensor): void {
  const params = { rows, quads: x.size / rows / 4, offset: first };
  commands.run(kernel, { bind: { x, squares }, params, groups: Math.ceil(rows / 64) });
}
