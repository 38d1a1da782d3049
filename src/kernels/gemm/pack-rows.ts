import source from '../../../shaders/pack-rows.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import { workgroupSize } from '../../device/software.ts';
import { expectShape, type Tensor } from '../../device/tensor.ts';
import { halfStorage, PANEL_GAP, type PackedMatrix, packedWords } from './packed-matrix.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'pack-rows',
  source,
  params: { dim: 'u32', cols: 'u32', rows: 'u32' },
  bind: { stored: 'read', range: 'read', words: 'write', scales: 'write', faults: 'write' },
});

/** In `faults` where no row is one. */
export const NO_FAULT = 0xffffffff;

/** A piece of a file of rows, as it lies in the file. */
export interface StoredPiece {
  /** u32 words: `[rows, dim]`, row by row, two values a word in `f16`. */
  readonly stored: Tensor;
  readonly dtype: 'f16' | 'f32';
  readonly dim: number;
  /** Of a whole piece. */
  readonly rows: number;
  /** `[2]`: the number of the first row, and how many rows there are. */
  readonly range: Tensor;
  /** `[2]`: becomes the number of the first row with a NaN or an infinity, and of the first of zeros, if they are less. */
  readonly faults: Tensor;
}

/** Rows for the GEMM, of any length, and the factors that make cosines of their products with unit vectors. */
export interface PackedRows {
  readonly matrix: PackedMatrix;
  /** `[rows]` */
  readonly scales: Tensor;
}

/** Records the packing of a piece; rows are padded with zeros to `cols`, a multiple of 4. @throws {ShapeError} */
export function packRows(cmd: Commands, piece: StoredPiece, cols: number): PackedRows {
  const { stored, dtype, dim, rows, range, faults } = piece;
  const bits = dtype === 'f16' ? 16 : 32;
  expectShape('packRows', { stored }, [storedWords(rows, dim, dtype)]);
  expectShape('packRows', { range, faults }, [2]);
  const storage = dtype === 'f16' ? halfStorage(cmd.gpu) : 'f32';
  const words = cmd.alloc([packedWords(rows, cols, storage)], 'u32');
  const scales = cmd.alloc([rows]);
  cmd.dispatch(kernel, {
    bind: { stored, range, words, scales, faults },
    params: { dim, cols, rows },
    groups: Math.ceil(rows / 4),
    detail: `${rows} x ${dim}`,
    constants: { WORKGROUP: workgroupSize(cmd.gpu, 32), BITS: bits, PANEL_GAP },
  });
  return { matrix: { rows, cols, storage, words }, scales };
}

/** 32-bit words of rows as they lie in a file. */
export function storedWords(rows: number, dim: number, dtype: 'f16' | 'f32'): number {
  return Math.ceil((rows * dim) / (dtype === 'f16' ? 2 : 1));
}
