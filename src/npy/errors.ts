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

/** An array of elements that are no vectors' values: complex numbers, truth values, texts, structures, Python objects. */
export class NpyLayoutError extends BiomedClipError {
  static override readonly name: string = 'NpyLayoutError';

  constructor(
    readonly file: string,
    readonly actual: string,
  ) {
    super(
      `${file}: must hold floats of 16, 32 or 64 bits, or integers, got ${cut(actual)}; ` +
        "convert it with x.astype('<f4')",
    );
  }
}

/** A value that no float32 stands for: a float64 beyond 3.4e38, or an integer that is no float32. */
export class ElementRangeError extends BiomedClipError {
  static override readonly name: string = 'ElementRangeError';

  constructor(
    readonly file: string,
    /** Where it is: row and column, as counted from 0. */
    readonly indices: readonly number[],
    readonly value: number | bigint,
  ) {
    const [row, column] = indices;
    const where = indices.length === 2 ? `row ${row}, column ${column}` : `element ${shapeExcerpt(indices)}`;
    super(
      `${file}: ${where} is ${value}, which no float32 is; vectors are float32: scale the values, or leave that row out`,
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
