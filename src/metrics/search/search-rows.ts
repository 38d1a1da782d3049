import type { Gpu } from '../../device/gpu.ts';
import { InvalidOptionError, ShapeError, throwIfAborted } from '../../errors.ts';
import { readTopK } from '../../kernels/top-k.ts';
import type { Host } from '../../platform/host-memory.ts';
import { PreparedRows } from '../similarity/rows.ts';
import type { SimilarityTopK } from '../similarity/similarity.ts';
import { type TileLimits, tileLimits } from '../similarity/tiles.ts';
import { checkVectors, type Vectors } from '../vectors.ts';
import { nearestOnHost } from './best-rows.ts';
import { PiecePass } from './piece-pass.ts';
import { planPieces } from './piece-plan.ts';
import type { RowSource } from './row-source.ts';

/** How the rows of a file are searched. */
export interface SearchRowsOptions {
  /**
   * The tensor of a `.safetensors` with several; or `images` or `texts` of what `export` wrote. Default: the only matrix in the
   * file.
   */
  readonly name?: string;
  /** How many rows are found for each query: an integer from 1 to the rows of the file. Default: 10, or all of fewer. Unit: rows. */
  readonly topK?: number;
  /**
   * Rows that are read, uploaded and compared at once, at least 1; rounded up to a multiple of 64, and lowered to what the
   * device allows. Default: 8 MiB of them, or what a submission has time for. Unit: rows.
   */
  readonly pieceRows?: number;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
  /** Called after each piece. */
  readonly onProgress?: (progress: SearchRowsProgress) => void;
}

/** How far a search through a file is. */
export interface SearchRowsProgress {
  /** Cosines computed. */
  readonly done: number;
  /** Cosines in all: queries times rows. */
  readonly total: number;
}

const DEFAULT_TOP_K = 10;

/**
 * The rows of a file with the greatest cosines for each query `[q, D]`, the best first, ties by row: what `similarityMatrix` finds
 * with `topK`, of rows that are never in memory together. Two pieces of the file are on their way at once, and the lists stay
 * on the GPU.
 * @throws {ShapeError} @throws {InvalidOptionError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {FileReadError} @throws {FileModifiedError} @throws {HostMemoryError} @throws {DeviceLimitError} @throws {AbortedError}
 */
export async function searchRows(
  gpu: Gpu,
  queries: Vectors,
  rows: RowSource,
  options: Omit<SearchRowsOptions, 'name'>,
  host: Host = {},
  limits: TileLimits = tileLimits(gpu),
): Promise<SimilarityTopK> {
  const { topK: k = Math.min(DEFAULT_TOP_K, rows.rows), signal, onProgress } = options;
  throwIfAborted(signal);
  checkVectors('searchRows', 'queries', queries);
  if (queries.dim !== rows.dim)
    throw new ShapeError('searchRows', 'queries', `[rows, ${rows.dim}]`, [queries.rows, queries.dim]);
  if (!Number.isSafeInteger(k) || k < 1 || k > rows.rows)
    throw new InvalidOptionError('topK', `an integer from 1 to ${rows.rows}, the rows of ${rows.name}`, k);
  const prepared = new PreparedRows('queries', queries, 'cosine', 1);
  const result = { ...nearestOnHost(host, queries.rows, k), rows: queries.rows, k };
  if (queries.rows === 0) return result;
  const plan = planPieces(rows, queries.rows, k, limits, options.pieceRows);
  const total = queries.rows * rows.rows;
  for (let first = 0; first < queries.rows; first += plan.queriesAPass) {
    const count = Math.min(plan.queriesAPass, queries.rows - first);
    const x = prepared.read(first, count);
    const done = first * rows.rows;
    const bits = await PiecePass.through(gpu, rows, x, { k, count, ...plan }, signal, (searched) =>
      onProgress?.({ done: done + count * searched, total }),
    );
    const [from, to] = [first * k, (first + count) * k];
    readTopK(bits, false, result.indices.subarray(from, to), result.values.subarray(from, to));
  }
  await rows.expectUnchanged();
  return result;
}
