import { DeviceLimitError } from '../../device/errors.ts';
import { paddedDim } from '../similarity/rows.ts';
import { expectRowsFit, type TileLimits } from '../similarity/tiles.ts';
import { bytesPerValue, type RowSource } from './row-source.ts';

/** Bytes of a piece as it lies in the file, at most. Two are on their way at once. */
const PIECE_BYTES = 2 ** 23;
/** Rows of a piece are a multiple of this, which is a multiple of the kernels' tiles. */
const ROW_STEP = 64;
/** Queries of a pass over the file, at most. */
const MOST_QUERIES = 4096;

/** How a file is searched: some queries at a time, each time through the whole file, piece by piece. */
export interface PiecePlan {
  readonly queriesAPass: number;
  readonly passes: number;
  readonly pieceRows: number;
  readonly pieces: number;
}

/**
 * Memory of the GPU and of the host depends on the queries, on k and on the width of a row, and not on how many rows there are.
 * @param asked rows of a piece; rounded up to a multiple of 64, and lowered to what the device allows
 * @throws {DeviceLimitError} for rows or lists too long for a kernel
 */
export function planPieces(
  { rows, dim, dtype }: Pick<RowSource, 'rows' | 'dim' | 'dtype'>,
  queries: number,
  k: number,
  { bindingBytes, scoreBytes, work }: TileLimits,
  asked = Number.POSITIVE_INFINITY,
): PiecePlan {
  const width = paddedDim(dim);
  expectRowsFit(
    'searchRows: a row (values)',
    dim,
    { bindingBytes, scoreBytes, work },
    'search shorter vectors',
  );
  const mostK = Math.floor(bindingBytes / 8);
  if (k > mostK) throw new DeviceLimitError('searchRows: topK', k, mostK, 'ask for fewer rows');
  const fitting = Math.min(bindingBytes / (8 * k), bindingBytes / (4 * width), scoreBytes / (4 * ROW_STEP));
  const passes = Math.ceil(queries / Math.max(1, Math.min(MOST_QUERIES, Math.floor(fitting))));
  const queriesAPass = Math.ceil(queries / passes);
  const most = Math.min(
    PIECE_BYTES / (dim * bytesPerValue(dtype)),
    work / (queriesAPass * width),
    scoreBytes / (4 * queriesAPass),
    bindingBytes / (8 * width), // of its panels, with their gaps
    up(asked),
    up(rows),
  );
  const pieceRows = Math.max(ROW_STEP, Math.floor(most / ROW_STEP) * ROW_STEP);
  return { queriesAPass, passes, pieceRows, pieces: Math.ceil(rows / pieceRows) };
}

function up(rows: number): number {
  return Math.ceil(rows / ROW_STEP) * ROW_STEP;
}
