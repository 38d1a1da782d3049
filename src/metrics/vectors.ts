import { isFloat32Array, isObject } from '../arguments.ts';
import type { Embeddings } from '../embeddings.ts';
import { BiomedClipError, InvalidOptionError, ShapeError } from '../errors.ts';

/** A vector with a NaN or an infinity, which would spoil a whole row and column of results. */
export class NonFiniteVectorError extends BiomedClipError {
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
  if (!isObject(vectors)) throw new InvalidOptionError(name, 'vectors: { data, rows, dim }', vectors);
  const { data, rows, dim } = vectors;
  if (!isFloat32Array(data)) throw new InvalidOptionError(`${name}.data`, 'a Float32Array', data);
  if (!Number.isSafeInteger(rows) || rows < 0 || !Number.isSafeInteger(dim) || dim < 1) {
    throw new ShapeError(operation, name, '[rows, dim] with dim of at least 1', [rows, dim]);
  }
  if (data.length !== rows * dim) {
    throw new ShapeError(operation, `${name}.data`, `[${rows} * ${dim}]`, [data.length]);
  }
  for (let at = 0; at < data.length; at++) {
    const value = data[at] ?? Number.NaN;
    if (!Number.isFinite(value)) throw new NonFiniteVectorError(name, Math.floor(at / dim), at % dim, value);
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

/** Some rows of embeddings, in the order asked for. */
export function selectRows(embeddings: Embeddings, rows: readonly number[]): Embeddings {
  return { ...take(embeddings, rows), ids: rows.map((row) => embeddings.ids[row] ?? '') };
}
