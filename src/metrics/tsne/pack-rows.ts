import source from '../../../shaders/tsne-pack.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import { PANEL_GAP, type PackedMatrix, packedWords } from '../../kernels/packed-matrix.ts';
import type { PointPart } from './point-parts.ts';

const kernel = defineKernel({
  name: 'tsne-pack',
  source,
  params: { rows: 'u32', cols: 'u32', chunk: 'u32', offset: 'u32' },
  bind: { x: 'read', first: 'read', w: 'write' },
});

/**
 * Records points of a part, from point `first` `[1]` on, as a matrix for the GEMM.
 * @param chunk how many, a multiple of 4; rows beyond the part are zeros
 */
export function packRows(commands: Commands, part: PointPart, first: Tensor, chunk: number): PackedMatrix {
  const { x, rows, first: offset } = part;
  const cols = x.shape.at(-1) ?? 1;
  const words = commands.alloc([packedWords(chunk, cols, 'f32')]);
  commands.run(kernel, {
    bind: { x, first, w: words },
    params: { rows, cols, chunk, offset },
    groups: Math.ceil((chunk * cols) / 64),
    constants: { PANEL_GAP },
  });
  return { rows: chunk, cols, storage: 'f32', words };
}
