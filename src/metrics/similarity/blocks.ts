import type { Commands } from '../../device/commands.ts';
import type { Gpu } from '../../device/gpu.ts';
import type { Recording } from '../../device/program.ts';
import type { Tensor } from '../../device/tensor.ts';
import { throwIfAborted } from '../../errors.ts';
import { distances } from '../../kernels/gemm/distance.ts';
import { linear } from '../../kernels/gemm/gemm.ts';
import type { PackedMatrix } from '../../kernels/gemm/packed-matrix.ts';
import { allocTopK, mergeTopK, readTopK } from '../../kernels/top-k.ts';
import type { Vectors } from '../vectors.ts';
import { ResultRangeError } from './errors.ts';
import { type ColumnTile, freeColumns, packColumns } from './packed-columns.ts';
import { PreparedRows, type Units, unitsOf } from './rows.ts';
import type { SimilarityMetric } from './similarity.ts';
import { expectRowsFit, planTiles, type TileLimits, tileLimits } from './tiles.ts';

export interface BlockOptions {
  readonly metric: SimilarityMetric;
  readonly signal?: AbortSignal;
  /** Called with the rows done and all rows. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Override the device's limits; for tests. */
  readonly limits?: TileLimits;
}

/** Some rows of a result. */
export interface ScoreBlock {
  readonly firstRow: number;
  readonly rows: number;
  /** `[rows, cols]`; reused for the next block */
  readonly scores: Float32Array;
}

export interface TopKBlock {
  readonly firstRow: number;
  /** `[rows, k]` */
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/** Gives every row of the n x m matrix, some rows at a time, in order. */
export async function eachScoreBlock(
  gpu: Gpu,
  a: Vectors,
  b: Vectors,
  options: BlockOptions,
  use: (block: ScoreBlock) => void | Promise<void>,
): Promise<void> {
  const units = unitsOf(options.metric, a, b);
  let block: Float32Array = new Float32Array();
  await runBlocks(
    gpu,
    { a, b, units, whole: true, options },
    (cmd, x, tiles) =>
      Object.fromEntries(tiles.map((tile, i) => [String(i), scoreTile(cmd, x, tile.matrix, options.metric)])),
    (outputs, tiles, firstRow, rows) => {
      block = joinTiles(outputs, tiles, rows, b.rows, block);
      const overflow = rescale(block, units.result);
      if (overflow !== undefined) {
        throw new ResultRangeError(firstRow + Math.floor(overflow / b.rows), overflow % b.rows);
      }
      return use({ firstRow, rows, scores: block });
    },
  );
}

/** Joins a block's tiles side by side, into `into` if its length fits; a single tile is returned as it is. */
function joinTiles(
  outputs: Readonly<Record<string, Float32Array>>,
  tiles: readonly ColumnTile[],
  rows: number,
  cols: number,
  into: Float32Array,
): Float32Array {
  const only = outputs['0'];
  if (only && tiles.length === 1) return only.subarray(0, rows * cols);
  const block = into.length === rows * cols ? into : new Float32Array(rows * cols);
  for (const [i, { firstCol, matrix }] of tiles.entries()) {
    const part = outputs[String(i)] ?? new Float32Array();
    for (let row = 0; row < rows; row++) {
      block.set(part.subarray(row * matrix.rows, (row + 1) * matrix.rows), row * cols + firstCol);
    }
  }
  return block;
}

/** Gives the k best of every row, some rows at a time, in order. At most one tile of the n x m matrix is in memory. */
export async function eachTopKBlock(
  gpu: Gpu,
  a: Vectors,
  b: Vectors,
  k: number,
  options: BlockOptions,
  use: (block: TopKBlock) => void | Promise<void>,
): Promise<void> {
  const smallest = options.metric === 'euclidean';
  const units = unitsOf(options.metric, a, b);
  await runBlocks(
    gpu,
    { a, b, units, whole: false, options },
    (cmd, x, tiles) => {
      const lists = allocTopK(cmd, x.shape[0] ?? 0, k);
      for (const { firstCol, matrix } of tiles) {
        cmd.scope(() => {
          const scores = scoreTile(cmd, x, matrix, options.metric);
          mergeTopK(cmd, scores, lists, { firstCol, smallest });
        });
      }
      return { best: lists.best };
    },
    ({ best = new Float32Array() }, _tiles, firstRow, rows) => {
      const indices = new Uint32Array(rows * k);
      const values = new Float32Array(rows * k);
      readTopK(new Uint32Array(best.buffer, best.byteOffset, rows * k * 2), smallest, indices, values);
      const overflow = rescale(values, units.result);
      if (overflow !== undefined) {
        throw new ResultRangeError(firstRow + Math.floor(overflow / k), indices[overflow] ?? 0);
      }
      return use({ firstRow, indices, values });
    },
  );
}

/** Multiplies results by their unit, in place. @returns the index of a result beyond the range of f32 */
function rescale(results: Float32Array, unit: number): number | undefined {
  if (unit === 1) return undefined;
  for (let i = 0; i < results.length; i++) results[i] = (results[i] ?? 0) * unit;
  const overflow = results.findIndex((value) => !Number.isFinite(value));
  return overflow < 0 ? undefined : overflow;
}

function scoreTile(cmd: Commands, x: Tensor, weight: PackedMatrix, metric: SimilarityMetric): Tensor {
  return metric === 'euclidean' ? distances(cmd, x, weight) : linear(cmd, x, { weight });
}

interface BlockRun {
  readonly a: Vectors;
  readonly b: Vectors;
  readonly units: Units;
  readonly whole: boolean;
  readonly options: BlockOptions;
}

/** Packs b once, records the program of a block once, and runs it for each block of rows of a. */
async function runBlocks(
  gpu: Gpu,
  { a, b, units, whole, options }: BlockRun,
  build: (cmd: Commands, x: Tensor, tiles: readonly ColumnTile[]) => Recording['outputs'],
  take: (
    outputs: Readonly<Record<string, Float32Array>>,
    tiles: readonly ColumnTile[],
    firstRow: number,
    rows: number,
  ) => void | Promise<void>,
): Promise<void> {
  const { metric, signal, onProgress } = options;
  const left = new PreparedRows('a', a, metric, units.a);
  const right = b === a ? left : new PreparedRows('b', b, metric, units.b);
  if (a.rows === 0 || b.rows === 0) return;
  const shape = { rows: a.rows, cols: b.rows, dim: left.dim };
  const limits = options.limits ?? tileLimits(gpu);
  expectRowsFit('similarityMatrix: a row (values)', left.dim, limits, 'compare shorter vectors');
  const { rowsPerBlock, colsPerTile } = planTiles(shape, limits, whole);
  const tiles: ColumnTile[] = [];
  try {
    await packColumns(gpu, right, colsPerTile, tiles, signal);
    const program = await gpu.record('similarity', (cmd) => {
      const x = cmd.input([rowsPerBlock, left.dim]);
      return { inputs: { x }, outputs: build(cmd, x, tiles) };
    });
    try {
      for (let firstRow = 0; firstRow < a.rows; firstRow += rowsPerBlock) {
        throwIfAborted(signal);
        const rows = Math.min(rowsPerBlock, a.rows - firstRow);
        await take(await program.run({ x: left.read(firstRow, rows) }), tiles, firstRow, rows);
        onProgress?.(firstRow + rows, a.rows);
      }
    } finally {
      program.destroy();
    }
  } finally {
    freeColumns(gpu, tiles);
  }
}
