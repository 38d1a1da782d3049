import { BiomedClipError } from '../../src/errors.ts';
import { byteCount, cut } from '../../src/excerpt.ts';

/** The header's length makes no sense: larger than the file or than any real header. */
export class HeaderLengthError extends BiomedClipError {
  static override readonly name: string = 'HeaderLengthError';

  constructor(
    readonly file: string,
    readonly headerLength: bigint,
    readonly limit: number,
    why: string,
  ) {
    super(
      `${file}: header says ${headerLength.toLocaleString('en-US')} bytes, ${why} ${limit.toLocaleString('en-US')}; ` +
        'not a safetensors file, or a damaged one: download it again',
    );
  }
}

/** The header is not UTF-8, not JSON or not an object. */
export class HeaderFormatError extends BiomedClipError {
  static override readonly name: string = 'HeaderFormatError';

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: the safetensors header ${cut(reason, 240)}; download it again`, options);
  }
}

/** One tensor's entry in a safetensors header is malformed. */
export class TensorEntryError extends BiomedClipError {
  static override readonly name: string = 'TensorEntryError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly field: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`${file}: ${cut(tensor)}: ${field} must be ${expected}, got ${actual}`);
  }
}

/** Tensors that overlap, leave a hole, or do not fill the data section. */
export class TensorOffsetsError extends BiomedClipError {
  static override readonly name: string = 'TensorOffsetsError';

  constructor(
    readonly file: string,
    readonly tensor: string,
    readonly expectedStart: number,
    readonly actualStart: number,
  ) {
    const fault = actualStart < expectedStart ? 'overlaps the tensor before it' : 'leaves a hole before it';
    super(
      `${file}: ${cut(tensor)} ${fault}: data must start at byte ${expectedStart}, starts at ${actualStart}`,
    );
  }
}

/** The data section goes on after the last tensor. */
export class TrailingDataError extends BiomedClipError {
  static override readonly name: string = 'TrailingDataError';

  constructor(
    readonly file: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(
      `${file}: the tensors end at byte ${expected}, the file has ${byteCount(actual)}; download it again`,
    );
  }
}

/** A tensor handed to a writer has more or fewer bytes than its shape says. */
export class TensorDataLengthError extends BiomedClipError {
  static override readonly name: string = 'TensorDataLengthError';

  constructor(
    readonly tensor: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`${cut(tensor)}: its shape needs ${byteCount(expected)}, its data has ${actual}`);
  }
}
