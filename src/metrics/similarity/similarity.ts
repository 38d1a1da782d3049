import type { Gpu } from '../../device/gpu.ts';
import { InvalidOptionError, throwIfAborted } from '../../errors.ts';
import { allocateOnHost, type Host, HostMemoryError } from '../../platform/host-memory.ts';
import type { NeighborSearch } from '../neighbours/approximate.ts';
import { checkSameDim, checkVectors, type Vectors } from '../vectors.ts';
import { type BlockOptions, eachScoreBlock, eachTopKBlock, type ScoreBlock } from './blocks.ts';
import { MatrixTooLargeError } from './errors.ts';

export const SIMILARITY_METRICS = ['cosine', 'euclidean', 'dot'] as const;

/** `cosine` and `dot` grow as vectors get more alike, `euclidean` distances shrink. */
export type SimilarityMetric = (typeof SIMILARITY_METRICS)[number];

/** What is compared, and how much of it is kept. */
export interface SimilarityOptions {
  /** What is computed of two rows. Default `cosine`. */
  readonly metric?: SimilarityMetric;
  /** Only the k best of each row, at least 1; the matrix is never in memory. Default: the whole matrix. Unit: rows. */
  readonly topK?: number;
  /**
   * Nearly the k best of each row, for many rows: of cosines or distances, with `topK`. The recall is measured on a sample
   * and is part of the result. Default false: exactly the k best.
   */
  readonly approximate?: boolean;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
  /** Called after each block of rows. */
  readonly onProgress?: (progress: SimilarityProgress) => void;
}

/** Of the exact comparison, which needs none of the code of the other. */
export type ExactSimilarityOptions = Omit<SimilarityOptions, 'approximate'>;

/** How far a comparison is. */
export interface SimilarityProgress {
  /** Rows of a. */
  readonly done: number;
  /** Rows of a in all. */
  readonly total: number;
}

/** Every row of a with every row of b. */
export interface SimilarityMatrix {
  /** `[rows, cols]`, row-major: the value of row i of a with row j of b at `i * cols + j`. */
  readonly data: Float32Array;
  /** Rows of a. */
  readonly rows: number;
  /** Rows of b. */
  readonly cols: number;
}

/** For each row of a, its k best rows of b. */
export interface SimilarityTopK {
  /** `[rows, k]`: rows of b, the best first, ties by index. */
  readonly indices: Uint32Array;
  /** `[rows, k]` */
  readonly values: Float32Array;
  /** Rows of a. */
  readonly rows: number;
  /** Entries a row. */
  readonly k: number;
  /** Under `approximate`: how they were found, and the share of the k best among them. */
  readonly neighbors?: NeighborSearch;
}

/**
 * Every row of a `[n, D]` with every row of b `[m, D]`, or with every row of a, on the GPU, in f32. Cosines are not
 * clipped: rounding may give 1 + 1e-7. Distances are sums of squared differences, so they are accurate for
 * near-duplicates too, and 0 for equal rows. Without `topK` the n x m matrix; with it the first k of each row in a
 * stable sort, the row itself included if b is a.
 * @throws {ShapeError} unless both are `[rows, D]`
 * @throws {NonFiniteVectorError} @throws {ZeroVectorError} under `cosine`; both name the row
 * @throws {MatrixTooLargeError}
 * @throws {HostMemoryError} before the first step, for more than the host has memory for
 * @throws {ResultRangeError} where a product or distance is beyond the range of f32
 * @throws {InvalidOptionError} @throws {DeviceLimitError} @throws {AbortedError}
 */
export function similarityMatrix(
  gpu: Gpu,
  a: Vectors,
  b: Vectors | undefined,
  options: ExactSimilarityOptions & { readonly topK: number },
  host?: Host,
): Promise<SimilarityTopK>;
export function similarityMatrix(
  gpu: Gpu,
  a: Vectors,
  b?: Vectors,
  options?: ExactSimilarityOptions & { readonly topK?: undefined },
  host?: Host,
): Promise<SimilarityMatrix>;
export function similarityMatrix(
  gpu: Gpu,
  a: Vectors,
  b: Vectors | undefined,
  options: ExactSimilarityOptions,
  host?: Host,
): Promise<SimilarityMatrix | SimilarityTopK>;
export async function similarityMatrix(
  gpu: Gpu,
  a: Vectors,
  b: Vectors = a,
  options: ExactSimilarityOptions = {},
  host: Host = {},
): Promise<SimilarityMatrix | SimilarityTopK> {
  const blocks = blockOptions(a, b, options);
  const { topK } = options;
  return topK === undefined ? matrix(gpu, a, b, blocks, host) : nearest(gpu, a, b, topK, blocks, host);
}

/**
 * Gives the n x m matrix some rows at a time, in order, with only those in memory.
 * @throws what `similarityMatrix` throws, {MatrixTooLargeError} apart
 */
export async function eachSimilarityBlock(
  gpu: Gpu,
  a: Vectors,
  b: Vectors | undefined,
  options: Omit<ExactSimilarityOptions, 'topK'>,
  use: (block: ScoreBlock) => void | Promise<void>,
): Promise<void> {
  await eachScoreBlock(gpu, a, b ?? a, blockOptions(a, b ?? a, options), use);
}

/** Checks the options and the vectors. */
export function blockOptions(a: Vectors, b: Vectors, options: ExactSimilarityOptions): BlockOptions {
  const { metric = 'cosine', signal, onProgress } = options;
  if (!SIMILARITY_METRICS.includes(metric)) {
    throw new InvalidOptionError('metric', "'cosine', 'euclidean' or 'dot'", metric);
  }
  throwIfAborted(signal);
  checkVectors('similarityMatrix', 'a', a);
  if (b !== a) checkVectors('similarityMatrix', 'b', b);
  checkSameDim('similarityMatrix', 'b', a, b);
  return { metric, signal, onProgress: (done, total) => onProgress?.({ done, total }) };
}

async function matrix(
  gpu: Gpu,
  a: Vectors,
  b: Vectors,
  options: BlockOptions,
  host: Host,
): Promise<SimilarityMatrix> {
  const [rows, cols] = [a.rows, b.rows];
  const data = allocateOnHost(
    host,
    rows * cols * 4,
    () => new Float32Array(rows * cols),
    (available, cause) => new MatrixTooLargeError(rows, cols, available, cause),
  );
  await eachScoreBlock(gpu, a, b, options, ({ firstRow, scores }) => data.set(scores, firstRow * cols));
  return { data, rows, cols };
}

/** @throws {InvalidOptionError} */
export function expectTopK(k: number, b: Vectors): void {
  if (Number.isSafeInteger(k) && k >= 1 && k <= b.rows) return;
  throw new InvalidOptionError('topK', `an integer from 1 to ${b.rows}, the rows to choose from`, k);
}

async function nearest(
  gpu: Gpu,
  a: Vectors,
  b: Vectors,
  k: number,
  options: BlockOptions,
  host: Host,
): Promise<SimilarityTopK> {
  expectTopK(k, b);
  const { rows } = a;
  const bytes = rows * k * 8;
  const what = `a list of the ${k.toLocaleString('en')} nearest of each of ${rows.toLocaleString('en')} rows`;
  const advice = 'ask for a smaller topK, or compare some of the rows at a time';
  const { indices, values } = allocateOnHost(
    host,
    bytes,
    () => ({ indices: new Uint32Array(rows * k), values: new Float32Array(rows * k) }),
    (available, cause) => new HostMemoryError(what, bytes, available, advice, cause),
  );
  await eachTopKBlock(gpu, a, b, k, options, (block) => {
    indices.set(block.indices, block.firstRow * k);
    values.set(block.values, block.firstRow * k);
  });
  return { indices, values, rows, k };
}
