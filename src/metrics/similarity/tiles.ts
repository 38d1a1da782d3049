import { DeviceLimitError } from '../../device/errors.ts';
import type { Gpu } from '../../device/gpu.ts';
import { forAdapter } from '../../device/software.ts';
import { PANEL_GAP } from '../../kernels/gemm/packed-matrix.ts';
import { paddedDim } from './rows.ts';

/** How an n x m result is cut: into blocks of rows, one after the other, each over all columns in tiles. */
export interface SimilarityTiles {
  /** Rows of every block. The last block computes surplus rows rather than need a program of its own. */
  readonly rowsPerBlock: number;
  readonly blocks: number;
  readonly colsPerTile: number;
}

export interface TileLimits {
  /** The most bytes that a kernel can bind. */
  readonly bindingBytes: number;
  /** The most bytes of scores in memory at once. */
  readonly scoreBytes: number;
  /**
   * Multiplications and additions of a submission: bounds the wait for an abort, and the time before a driver's
   * watchdog.
   */
  readonly work: number;
}

/** Rows and columns are multiples of these, which are multiples of the kernels' tiles. */
const [ROW_STEP, COL_STEP] = [16, 64];

export function tileLimits({ limits, info }: Gpu): TileLimits {
  const bindingBytes = limits.maxStorageBufferBindingSize;
  return {
    bindingBytes,
    scoreBytes: Math.min(2 ** 26, bindingBytes),
    work: forAdapter({ info }, { software: 2 ** 30, hardware: 2 ** 35 }),
  };
}

/**
 * Refuses rows too long for even the smallest tile.
 * @throws {DeviceLimitError}
 */
export function expectRowsFit(what: string, dim: number, { bindingBytes }: TileLimits, advice: string): void {
  const longest = Math.floor(bindingBytes / (4 * COL_STEP)) - PANEL_GAP;
  if (paddedDim(dim) > longest) throw new DeviceLimitError(what, dim, longest, advice);
}

/** @param whole whether all of a block's scores are kept, or only one tile's at a time */
export function planTiles(
  shape: { readonly rows: number; readonly cols: number; readonly dim: number },
  { bindingBytes, scoreBytes, work }: TileLimits,
  whole: boolean,
): SimilarityTiles {
  const { rows, cols, dim } = shape;
  const affordable = Math.min(work / (cols * dim), scoreBytes / (4 * (whole ? cols : COL_STEP)));
  const most = Math.min(Math.max(ROW_STEP, down(affordable, ROW_STEP)), rows);
  const blocks = Math.ceil(rows / most);
  const rowsPerBlock = Math.ceil(rows / blocks);
  const fitting = Math.min(bindingBytes / (4 * (dim + PANEL_GAP)), scoreBytes / (4 * rowsPerBlock));
  return { rowsPerBlock, blocks, colsPerTile: Math.min(cols, Math.max(COL_STEP, down(fitting, COL_STEP))) };
}

function down(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
