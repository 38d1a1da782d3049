import { BiomedClipError } from '../../errors.ts';
import { HostMemoryError } from '../../platform/host-memory.ts';

/** A dot product or distance beyond the range of f32. */
export class ResultRangeError extends BiomedClipError {
  static override readonly name: string = 'ResultRangeError';

  constructor(
    /** Row of a, and column: the row of b. */
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
  static override readonly name: string = 'MatrixTooLargeError';

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
