import source from '../../../shaders/pack-columns.wgsl';
import rowsByQuads from '../../../shaders/parts/gemm-rows-quads.wgsl';
import rowsByScalars from '../../../shaders/parts/gemm-rows-scalars.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import { ShapeError } from '../../errors.ts';
import { PANEL_GAP, type PackedMatrix, packedWords } from './packed-matrix.ts';
import { repack } from './repack.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'pack-columns',
  source,
  params: { M: 'u32', K: 'u32' },
  bind: { x: 'read', quads: 'write' },
});

/** Records x `[M, K]` as the weight `[K, M]` of `linear`, which then multiplies by x itself. @throws {ShapeError} */
export function packColumns(cmd: Commands, x: Tensor): PackedMatrix {
  const [rows, cols] = matrixShape('packColumns', x);
  const words = cmd.alloc([packedWords(cols, rows, 'f32')], 'u32');
  cmd.dispatch(kernel, {
    bind: { x, quads: words },
    params: { M: rows, K: cols },
    parts: [cols % 4 === 0 ? rowsByQuads : rowsByScalars],
    groups: Math.ceil((rows * Math.ceil(cols / 4)) / 64),
    constants: { PANEL_GAP },
  });
  return { rows: cols, cols: rows, storage: 'f32', words };
}

/** Records x `[N, K]` as the weight of `linear`, which multiplies by its transpose. @throws {ShapeError} */
export function packRows(cmd: Commands, x: Tensor): PackedMatrix {
  const [rows, cols] = matrixShape('packRows', x);
  const words = cmd.alloc([packedWords(rows, cols, 'f32')], 'u32');
  const target = { words, storage: 'f32', order: 'panels', firstRow: 0 } as const;
  repack(cmd, { x, available: rows, cols, rows }, target);
  return { rows, cols, storage: 'f32', words };
}

function matrixShape(operation: string, { shape }: Tensor): readonly [number, number] {
  const [rows, cols] = shape;
  if (shape.length !== 2 || rows === undefined || cols === undefined) {
    throw new ShapeError(operation, 'x', '[rows, cols]', shape);
  }
  return [rows, cols];
}
