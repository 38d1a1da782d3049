import { BiomedClipError } from '../errors.ts';
import { cut, shapeExcerpt } from '../excerpt.ts';

/** Bytes that are no .npy file, or a version of the format that is not read. */
export class NpyFormatError extends BiomedClipError {
  static override readonly name: string = 'NpyFormatError';

  constructor(
    readonly file: string,
    readonly reason: string,
  ) {
    super(`${file}: not a readable .npy file: ${reason}; write it with numpy.save`);
  }
}

/** An array of another element type or order than float32 in C order. */
export class NpyLayoutError extends BiomedClipError {
  static override readonly name: string = 'NpyLayoutError';

  constructor(
    readonly file: string,
    readonly actual: string,
  ) {
    super(
      `${file}: must hold little-endian float32 ('<f4') in C order, got ${cut(actual)}; ` +
        "convert it with numpy.ascontiguousarray(x, '<f4')",
    );
  }
}

/** A .npy file whose length does not fit its shape. */
export class NpyLengthError extends BiomedClipError {
  static override readonly name: string = 'NpyLengthError';

  constructor(
    readonly file: string,
    readonly shape: readonly number[],
    readonly expected: number,
    readonly actual: number,
  ) {
    super(
      `${file}: shape ${shapeExcerpt(shape)} needs ${expected.toLocaleString('en')} bytes of data, ` +
        `the file has ${actual.toLocaleString('en')}; write it again`,
    );
  }
}

/** A .npy file whose array is no matrix of vectors. */
export class NpyShapeError extends BiomedClipError {
  static override readonly name: string = 'NpyShapeError';

  constructor(
    readonly file: string,
    readonly shape: readonly number[],
  ) {
    super(`${file}: must hold vectors, one a row: shape [rows, dim], got ${shapeExcerpt(shape)}`);
  }
}
