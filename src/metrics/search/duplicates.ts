import type { Gpu } from '../../device/gpu.ts';
import { InvalidOptionError, throwIfAborted } from '../../errors.ts';
import { PreparedRows } from '../similarity/rows.ts';
import { tileLimits } from '../similarity/tiles.ts';
import { checkSameDim, checkVectors, type Vectors } from '../vectors.ts';
import { type DuplicatePair, DuplicatePass } from './duplicate-pass.ts';
import { TooManyDuplicatesError } from './errors.ts';
import { allocTile, fillTile, matrixOf, type TileFormat, tileFormat } from './row-tile.ts';
import type { SearchLimits } from './search-index.ts';

/** What counts as a duplicate, and where it is looked for. */
export interface DuplicatesOptions {
  /** Pairs of at least this cosine, from -1 to 1, are found. Unit: none. */
  readonly threshold: number;
  /** The other set `[m, D]`. Default: pairs within the first set, each once. */
  readonly b?: Vectors;
  /** The most pairs, an integer from 1; more are a `TooManyDuplicatesError`. Default 1,000,000. Unit: pairs. */
  readonly limit?: number;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
  /** Called after each pass over some of the rows. */
  readonly onProgress?: (progress: DuplicatesProgress) => void;
}

/** How far a search for duplicates is. */
export interface DuplicatesProgress {
  /** Cosines looked at. */
  readonly done: number;
  /** Cosines in all. */
  readonly total: number;
}

const DEFAULT_LIMIT = 1_000_000;
/** Pairs that a pass has places for; where it finds more, its scores are read back. */
const PLACES = 65_536;
const MOST_ROWS = 1024;

/** What tests make smaller. */
export type DuplicateLimits = SearchLimits & { readonly places?: number; readonly rows?: number };

/**
 * All pairs of rows with a cosine of at least the threshold, within a `[n, D]` or of a with b `[m, D]`: by a, then b. One tile of
 * the cosines is in memory at a time.
 * @throws {TooManyDuplicatesError} @throws {InvalidOptionError} @throws {ShapeError}
 * @throws {NonFiniteVectorError} @throws {ZeroVectorError} @throws {DeviceLimitError} @throws {AbortedError}
 */
export async function duplicates(
  gpu: Gpu,
  a: Vectors,
  { threshold, b = a, limit = DEFAULT_LIMIT, signal, onProgress }: DuplicatesOptions,
  limits: DuplicateLimits = tileLimits(gpu),
): Promise<DuplicatePair[]> {
  checkNumbers(threshold, limit);
  throwIfAborted(signal);
  checkVectors('duplicates', 'a', a);
  if (b !== a) checkVectors('duplicates', 'b', b);
  checkSameDim('duplicates', 'b', a, b);
  const rows = new PreparedRows('a', a, 'cosine', 1);
  const others = b === a ? rows : new PreparedRows('b', b, 'cosine', 1);
  if (a.rows === 0 || b.rows === 0) return [];
  const format = tileFormat('duplicates', rows.dim, 'f32', limits);
  const { places = PLACES } = limits;
  const passes = { format, size: rowsAPass(format, a.rows, limits), places };
  const job = { gpu, rows, others, within: b === a, threshold, ...passes };
  const pairs: DuplicatePair[] = [];
  let done = 0;
  const total = a.rows * b.rows;
  for (let firstCol = 0; firstCol < b.rows; firstCol += format.rows) {
    await eachFound(job, firstCol, signal, (found, cosines) => {
      done += cosines;
      for (const pair of found) pairs.push(pair);
      if (pairs.length > limit) throw new TooManyDuplicatesError(limit, threshold, pairs.length, done, total);
      onProgress?.({ done, total });
    });
  }
  return pairs.sort((one, other) => one.a - other.a || one.b - other.b);
}

/** @throws {InvalidOptionError} */
function checkNumbers(threshold: number, limit: number): void {
  if (!(threshold >= -1 && threshold <= 1))
    throw new InvalidOptionError('threshold', 'a cosine from -1 to 1', threshold);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new InvalidOptionError('limit', 'an integer from 1', limit);
}

function rowsAPass(
  { rows, dim }: TileFormat,
  all: number,
  { scoreBytes, work, rows: most = MOST_ROWS }: DuplicateLimits,
): number {
  return Math.max(1, Math.min(all, most, Math.floor(Math.min(scoreBytes / (4 * rows), work / (rows * dim)))));
}

interface Job {
  readonly gpu: Gpu;
  readonly rows: PreparedRows;
  readonly others: PreparedRows;
  /** Both are the same. */
  readonly within: boolean;
  readonly threshold: number;
  readonly format: TileFormat;
  /** Rows of a pass. */
  readonly size: number;
  readonly places: number;
}

/** Gives the pairs of one tile of the other set with all rows, with the cosines looked at. */
async function eachFound(
  job: Job,
  firstCol: number,
  signal: AbortSignal | undefined,
  use: (found: readonly DuplicatePair[], cosines: number) => void,
): Promise<void> {
  const { gpu, rows, others, within, format, size, threshold, places } = job;
  const cols = Math.min(format.rows, others.rows - firstCol);
  const words = await allocTile(gpu, format, cols);
  try {
    await fillTile(gpu, format, words, others.read(firstCol, cols));
    const options = { triangular: within, threshold, size, places };
    const pass = await DuplicatePass.record(gpu, matrixOf(format, cols, words), firstCol, options);
    try {
      for (let first = 0; first < rows.rows; first += size) {
        throwIfAborted(signal);
        const count = Math.min(size, rows.rows - first);
        const beyond = within && firstCol + cols <= first + 1; // no column is after the row
        use(beyond ? [] : await pass.run(rows, first, count), count * cols);
      }
    } finally {
      pass.destroy();
    }
  } finally {
    gpu.free(words);
  }
}
