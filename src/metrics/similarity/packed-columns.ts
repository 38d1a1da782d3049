import type { Gpu } from '../../device/gpu.ts';
import { throwIfAborted } from '../../errors.ts';
import { type PackedMatrix, packedWords } from '../../kernels/gemm/packed-matrix.ts';
import { storeRows } from '../../kernels/gemm/repack.ts';
import type { PreparedRows } from './rows.ts';

/** Values uploaded at once: 8 MB. */
const PIECE_VALUES = 2 * 1024 * 1024;

/** Some columns of the result: rows of b in GPU memory, packed for the GEMM. */
export interface ColumnTile {
  readonly firstCol: number;
  readonly matrix: PackedMatrix;
}

/** Uploads b tile by tile. The caller frees the tiles, also after a failure. */
export async function packColumns(
  gpu: Gpu,
  b: PreparedRows,
  colsPerTile: number,
  tiles: ColumnTile[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const pieceRows = Math.min(b.rows, Math.max(4, Math.floor(PIECE_VALUES / b.dim / 4) * 4));
  const piece = await gpu.allocate([pieceRows, b.dim], 'f32', 'similarity: piece');
  try {
    for (let firstCol = 0; firstCol < b.rows; firstCol += colsPerTile) {
      const rows = Math.min(colsPerTile, b.rows - firstCol);
      const size = packedWords(rows, b.dim, 'f32');
      const words = await gpu.allocate([size], 'u32', 'similarity: columns');
      tiles.push({ firstCol, matrix: { rows, cols: b.dim, storage: 'f32', words } });
      for (let firstRow = 0; firstRow < rows; firstRow += pieceRows) {
        throwIfAborted(signal);
        const count = Math.min(pieceRows, rows - firstRow);
        const target = { words, storage: 'f32', order: 'panels', firstRow } as const;
        await storeRows(gpu, piece, b.read(firstCol + firstRow, count), b.dim, target);
      }
    }
  } finally {
    gpu.free(piece);
  }
}

export function freeColumns(gpu: Gpu, tiles: readonly ColumnTile[]): void {
  for (const { matrix } of tiles) gpu.free(matrix.words);
}
