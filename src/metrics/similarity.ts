import type { Gpu } from '../device/gpu.ts';
import { InvalidOptionError, throwIfAborted } from '../errors.ts';
import { type BlockOptions, eachScoreBlock, eachTopKBlock } from './similarity-blocks.ts';
import { MatrixTooLargeError } from './similarity-errors.ts';
import { checkSameDim, checkVectors, type Vectors } from './vectors.ts';

export const SIMILARITY_METRICS = ['cosine', 'euclidean', 'dot'] as const;

/** `cosine` and `dot` grow as vectors get more alike, `euclidean` distances shrink. */
export type SimilarityMetric = (typeof SIMILARITY_METRICS)[number];

export interface SimilarityOptions {
  /** Default `cosine`. */
  readonly metric?: SimilarityMetric;
  /** Only the k best of each row, without the matrix ever being in memory. */
  readonly topK?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SimilarityProgress) => void;
}

export interface SimilarityProgress {
  /** Rows of a. */
  readonly done: number;
  readonly total: number;
}

export interface SimilarityMatrix {
  /** `[rows, cols]`, row-major: the value of row i of a with row j of b at `i * cols + j`. */
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

export interface SimilarityTopK {
  /** `[rows, k]`: rows of b, the best first, equal ones by index. */
  readonly indices: Uint32Array;
  /** `[rows, k]` */
  readonly values: Float32Array;
  readonly rows: number;
  readonly k: number;
}

/**
 * Every row of a `[n, D]` with every row of b `[m, D]`, or with every row of a, on the GPU, in f32. Cosines are of the
 * rows scaled to length 1 and not clipped: rounding may take one 1e-7 past 1. Distances are summed from differences,
 * so those of near-duplicates are as accurate as any, and equal rows are at 0. Without `topK` the n x m matrix; with
 * it the first k of each row as a stable sort would give them, the row itself included where b is a.
 * @throws {ShapeError} unless both are `[rows, D]`
 * @throws {NonFiniteVectorError} @throws {ZeroVectorError} under `cosine`; both name the row
 * @throws {InvalidOptionError} @throws {MatrixTooLargeError} @throws {AbortedError}
 */
export function similarityMatrixOn(
  gpu: Gpu,
  a: Vectors,
  b: Vectors | undefined,
  options: SimilarityOptions & { readonly topK: number },
): Promise<SimilarityTopK>;
export function similarityMatrixOn(
  gpu: Gpu,
  a: Vectors,
  b?: Vectors,
  options?: SimilarityOptions & { readonly topK?: undefined },
): Promise<SimilarityMatrix>;
export function similarityMatrixOn(
  gpu: Gpu,
  a: Vectors,
  b: Vectors | undefined,
  options: SimilarityOptions,
): Promise<SimilarityMatrix | SimilarityTopK>;
export async function similarityMatrixOn(
  gpu: Gpu,
  a: Vectors,
  b: Vectors = a,
  options: SimilarityOptions = {},
): Promise<SimilarityMatrix | SimilarityTopK> {
  const { metric = 'cosine', topK, signal, onProgress } = options;
  if (!SIMILARITY_METRICS.includes(metric)) {
    throw new InvalidOptionError('metric', "'cosine', 'euclidean' or 'dot'", metric);
  }
  throwIfAborted(signal);
  checkVectors('similarityMatrix', 'a', a);
  if (b !== a) checkVectors('similarityMatrix', 'b', b);
  checkSameDim('similarityMatrix', a, b);
  const blocks: BlockOptions = {
    metric,
    signal,
    onProgress: (done, total) => onProgress?.({ done, total }),
  };
  return topK === undefined ? matrix(gpu, a, b, blocks) : nearest(gpu, a, b, topK, blocks);
}

async function matrix(gpu: Gpu, a: Vectors, b: Vectors, options: BlockOptions): Promise<SimilarityMatrix> {
  const data = allocate(a.rows, b.rows);
  await eachScoreBlock(gpu, a, b, options, ({ firstRow, scores }) => data.set(scores, firstRow * b.rows));
  return { data, rows: a.rows, cols: b.rows };
}

function allocate(rows: number, cols: number): Float32Array {
  try {
    return new Float32Array(rows * cols);
  } catch (cause) {
    throw new MatrixTooLargeError(rows, cols, { cause });
  }
}

async function nearest(
  gpu: Gpu,
  a: Vectors,
  b: Vectors,
  k: number,
  options: BlockOptions,
): Promise<SimilarityTopK> {
  if (!Number.isSafeInteger(k) || k < 1 || k > b.rows) {
    throw new InvalidOptionError('topK', `an integer from 1 to ${b.rows}, the rows to choose from`, k);
  }
  const indices = new Uint32Array(a.rows * k);
  const values = new Float32Array(a.rows * k);
  await eachTopKBlock(gpu, a, b, k, options, (block) => {
    indices.set(block.indices, block.firstRow * k);
    values.set(block.values, block.firstRow * k);
  });
  return { indices, values, rows: a.rows, k };
}
