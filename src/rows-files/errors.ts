import { BiomedClipError } from '../errors.ts';
import { cut } from '../excerpt.ts';

/** Characters of a list of names: what is looked for may be the last of many. */
const LISTED = 1000;

/** A file that is of no format of vectors, or damaged. */
export class RowsFormatError extends BiomedClipError {
  static override readonly name: string = 'RowsFormatError';

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: no readable vectors: ${cut(reason, 240)}`, options);
  }
}

/** A file without the array, tensor or column that was named, or with several, of which none was named. */
export class RowsNameError extends BiomedClipError {
  static override readonly name: string = 'RowsNameError';

  constructor(
    readonly file: string,
    /** What was asked for; undefined where nothing was named. */
    readonly asked: string | undefined,
    /** What there is. */
    readonly known: readonly string[],
  ) {
    const names = cut(known.join(', '), LISTED);
    const has = known.length === 0 ? 'has no matrix of numbers' : `has ${names}`;
    super(
      asked === undefined
        ? `${file}: ${has}${known.length === 0 ? '' : `; say which, such as ${file}#${known[0]}`}`
        : `${file}: has no rows named ${cut(asked)}, it ${has}`,
    );
  }
}

/** A row that is missing, or not as long as those before it. */
export class RowLengthError extends BiomedClipError {
  static override readonly name: string = 'RowLengthError';

  constructor(
    readonly file: string,
    /** Counted from 0. */
    readonly row: number,
    readonly expected: number,
    /** Undefined where there is none. */
    readonly actual: number | undefined,
  ) {
    const has = actual === undefined ? 'is missing' : `has ${actual} values`;
    super(
      `${file}: row ${row} ${has}, and the first row ${expected}; all must be as long: leave that row out`,
    );
  }
}

/** A row with a gap: a value or an id that is missing. */
export class RowGapError extends BiomedClipError {
  static override readonly name: string = 'RowGapError';

  constructor(
    readonly file: string,
    /** Counted from 0. */
    readonly row: number,
    /** Such as `id`, or `column 3`. */
    readonly what: string,
  ) {
    super(`${file}: row ${row} has no ${what}; fill it in, or leave that row out`);
  }
}

/** Bytes that are no whole number of rows, or not one row. */
export class RowBytesError extends BiomedClipError {
  static override readonly name: string = 'RowBytesError';

  constructor(
    readonly file: string,
    /** Bytes of the rows. */
    readonly bytes: number,
    readonly rowBytes: number,
    readonly dim: number,
    readonly dtype: string,
  ) {
    const [all, row] = [bytes, rowBytes].map((count) => count.toLocaleString('en'));
    super(
      `${file}: must be rows of ${row} bytes (${dim} values in ${dtype}), at least one, got ${all} bytes; ` +
        'check dim, dtype and offset, or write it again if it was cut short',
    );
  }
}

/** Vectors that cannot be searched as they lie in their file: of another element type, byte order or order of axes. */
export class RowLayoutError extends BiomedClipError {
  static override readonly name: string = 'RowLayoutError';

  constructor(
    readonly file: string,
    readonly actual: string,
  ) {
    super(
      `${file}: is searched in place as float16 or float32, little-endian and row by row, got ${cut(actual)}; ` +
        "save it by numpy.ascontiguousarray(x, '<f2'), or read it whole by readVectors",
    );
  }
}
