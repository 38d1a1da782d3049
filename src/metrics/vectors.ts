import { isFloat32Array, isObject } from '../arguments.ts';
import type { Embeddings } from '../embeddings.ts';
import { BiomedClipError, InvalidOptionError, ShapeError } from '../errors.ts';
import { concatenate } from '../platform/concatenate.ts';

/** A vector with a NaN or an infinity, which would spoil a whole row and column of results. */
export class NonFiniteVectorError extends BiomedClipError {
  static override readonly name: string = 'NonFiniteVectorError';

  constructor(
    readonly input: string,
    readonly row: number,
    readonly column: number,
    readonly actual: number,
  ) {
    super(`${input}: row ${row} must be finite, got ${actual} in column ${column}; leave that row out`);
  }
}

/** A vector of length 0, which has no cosine. */
export class ZeroVectorError extends BiomedClipError {
  static override readonly name: string = 'ZeroVectorError';

  constructor(
    readonly input: string,
    readonly row: number,
  ) {
    super(
      `${input}: row ${row} is zero, so its cosine is undefined; leave it out, or use metric 'euclidean'`,
    );
  }
}

/** Row-major vectors, one a row: `Embeddings`, or anything of that layout. */
export type Vectors = Pick<Embeddings, 'data' | 'rows' | 'dim'> & Partial<Pick<Embeddings, 'ids'>>;

/**
 * @param name the argument's name in messages
 * @throws {InvalidOptionError} if they are no vectors
 * @throws {ShapeError} unless the data is `[rows, dim]` with dim of at least 1
 * @throws {NonFiniteVectorError} naming the row and column
 */
export function checkVectors(operation: string, name: string, vectors: Vectors): void {
  checkLayout(operation, name, vectors);
  const { data, dim } = vectors;
  for (let at = 0; at < data.length; at++) {
    const value = data[at] ?? Number.NaN;
    if (!Number.isFinite(value)) throw new NonFiniteVectorError(name, Math.floor(at / dim), at % dim, value);
  }
}

/** As `checkVectors`, without a look at the values. */
function checkLayout(operation: string, name: string, vectors: Vectors): void {
  if (!isObject(vectors)) throw new InvalidOptionError(name, 'vectors: { data, rows, dim }', vectors);
  const { data, rows, dim } = vectors;
  if (!isFloat32Array(data)) throw new InvalidOptionError(`${name}.data`, 'a Float32Array', data);
  if (!Number.isSafeInteger(rows) || rows < 0 || !Number.isSafeInteger(dim) || dim < 1) {
    throw new ShapeError(operation, name, '[rows, dim] with dim of at least 1', [rows, dim]);
  }
  if (data.length !== rows * dim) {
    throw new ShapeError(operation, `${name}.data`, `[${rows} * ${dim}]`, [data.length]);
  }
}

/** @param name b's name in messages @throws {ShapeError} unless its vectors are as long as those of a */
export function checkSameDim(operation: string, name: string, a: Vectors, b: Vectors): void {
  if (a.dim !== b.dim) throw new ShapeError(operation, name, `[rows, ${a.dim}]`, [b.rows, b.dim]);
}

/**
 * 1 / ||row|| of every row, in double precision, where no square of an f32 overflows or underflows.
 * @throws {ZeroVectorError} naming the row
 */
export function inverseNorms(name: string, { data, rows, dim }: Vectors): Float64Array {
  const inverse = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let i = row * dim; i < (row + 1) * dim; i++) squares += (data[i] ?? 0) ** 2;
    if (squares === 0) throw new ZeroVectorError(name, row);
    inverse[row] = 1 / Math.sqrt(squares);
  }
  return inverse;
}

/** Some rows, in the order asked for, without ids. */
export function take({ data, dim }: Vectors, indices: ArrayLike<number>): Vectors {
  const out = new Float32Array(indices.length * dim);
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i] as number;
    out.set(data.subarray(row * dim, (row + 1) * dim), i * dim);
  }
  return { data: out, rows: indices.length, dim };
}

/**
 * Some rows, in the order asked for, each as often as asked for, with their ids: `[k, D]`, as `numpy.take(x, rows, axis=0)`.
 * @param vectors `[n, D]`, such as the `images` of a result
 * @param rows k row numbers, from 0
 * @throws {InvalidOptionError} for a row that there is not @throws {ShapeError}
 */
export function selectRows(vectors: Embeddings, rows: readonly number[]): Embeddings;
/** The same of vectors that may have no ids. Throws as for embeddings. */
export function selectRows(vectors: Vectors, rows: readonly number[]): Vectors;
export function selectRows(vectors: Vectors, rows: readonly number[]): Vectors {
  checkLayout('selectRows', 'vectors', vectors);
  if (!Array.isArray(rows)) throw new InvalidOptionError('rows', 'an array of row numbers', rows);
  const missing = rows.findIndex((row) => !Number.isInteger(row) || row < 0 || row >= vectors.rows);
  if (missing >= 0) {
    const expected = `an integer from 0, below the ${vectors.rows} rows`;
    throw new InvalidOptionError(`rows[${missing}]`, expected, rows[missing]);
  }
  const { ids } = vectors;
  return { ...take(vectors, rows), ...(ids && { ids: rows.map((row) => ids[row] ?? '') }) };
}

/**
 * All rows of the parts, one part after the other: `[n + m + ..., D]`, as `numpy.vstack`. Ids are kept where every part has
 * some; two parts may have the same.
 * @param parts each `[n, D]`, such as the `images` and the `texts` of a result
 * @throws {InvalidOptionError} without a part @throws {ShapeError} unless all have one D
 */
export function stackRows(parts: readonly Embeddings[]): Embeddings;
/** The same of vectors that may have no ids. Throws as for embeddings. */
export function stackRows(parts: readonly Vectors[]): Vectors;
export function stackRows(parts: readonly Vectors[]): Vectors {
  const [first] = Array.isArray(parts) ? parts : [];
  if (!first) throw new InvalidOptionError('parts', 'an array of vectors, at least one', parts);
  for (const [i, part] of parts.entries()) {
    checkLayout('stackRows', `parts[${i}]`, part);
    checkSameDim('stackRows', `parts[${i}]`, first, part);
  }
  const ids = parts.flatMap((part) => part.ids ?? []);
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const data = concatenate(parts.map((part) => part.data));
  return { data, rows, dim: first.dim, ...(parts.every((part) => part.ids) && { ids }) };
}
