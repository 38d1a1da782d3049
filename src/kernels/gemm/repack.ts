import source from '../../../shaders/repack.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import { PANEL_GAP, type WeightStorage } from './packed-matrix.ts';

const kernel = defineKernel({
  name: 'repack',
  source,
  params: { rows: 'u32', cols: 'u32', firstQuad: 'u32' },
  bind: { piece: 'read', words: 'write' },
});

export interface RepackTarget {
  /** The whole weight. */
  readonly words: Tensor;
  readonly storage: WeightStorage;
  /** `panels`: `[ceil(rows / 4), cols + gap, 4]` for the GEMM; `rows`: row-major, for tables. */
  readonly order: 'panels' | 'rows';
  /** The piece's first row within the weight; in `panels` a multiple of 4. */
  readonly firstRow: number;
}

/** Records the storing of `rows` rows of a weight from `piece` `[rows, cols]`, f32; in `rows` order cols % 4 is 0. */
export function repack(cmd: Commands, piece: Tensor, rows: number, cols: number, target: RepackTarget): void {
  const panels = target.order === 'panels';
  const quads = panels ? Math.ceil(rows / 4) * cols : (rows * cols) / 4;
  const firstQuad = (target.firstRow / 4) * (panels ? cols + PANEL_GAP : cols);
  cmd.dispatch(kernel, {
    bind: { piece, words: target.words },
    params: { rows, cols, firstQuad },
    groups: Math.ceil(quads / 64),
    constants: { PANELS: panels, HALF: target.storage !== 'f32', PANEL_GAP },
  });
}
