import { BiomedClipError } from '../errors.ts';
import { HostMemoryError } from '../host-memory.ts';

/** A vector with a NaN or an infinity, which would spread over a whole row and column of results. */
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

/** A vector of length 0, which has no direction and so no cosine. */
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

/** A dot product or distance that f32 cannot hold, of rows that it can. */
export class ResultRangeError extends BiomedClipError {
  constructor(
    /** Of a and of b. */
    readonly row: number,
    readonly column: number,
  ) {
    super(
      `similarityMatrix: row ${row} of a with row ${column} of b is beyond the largest f32, 3.4e38; ` +
        "scale the vectors down, or use metric 'cosine'",
    );
  }
}

/** A matrix of results that the host has no memory for. */
export class MatrixTooLargeError extends HostMemoryError {
  constructor(
    readonly rows: number,
    readonly cols: number,
    available?: number,
    options?: ErrorOptions,
  ) {
    const what = `a matrix of ${rows.toLocaleString('en')} x ${cols.toLocaleString('en')}`;
    const advice = 'ask for the nearest of each row by topK, or compare some of the rows at a time';
    super(what, rows * cols * 4, available, advice, options);
  }
}
