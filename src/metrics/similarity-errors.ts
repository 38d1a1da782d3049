import { BiomedClipError } from '../errors.ts';

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

/** A matrix of results that does not fit in memory. */
export class MatrixTooLargeError extends BiomedClipError {
  constructor(
    readonly rows: number,
    readonly cols: number,
    options?: ErrorOptions,
  ) {
    const gigabytes = ((rows * cols * 4) / 1e9).toFixed(1);
    super(
      `a matrix of ${rows.toLocaleString('en')} x ${cols.toLocaleString('en')} takes ${gigabytes} GB, ` +
        'which cannot be allocated; ask for the nearest of each row by topK',
      options,
    );
  }
}
