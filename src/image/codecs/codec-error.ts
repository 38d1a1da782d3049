/** What a codec says of data that it cannot decode. It knows no file: whoever calls it names that in an error of its own. */
export class CodecError extends Error {
  static override readonly name: string = 'CodecError';
}

/** A variant of a codec's format that is not read. */
export class CodecVariantError extends CodecError {
  static override readonly name: string = 'CodecVariantError';

  constructor(
    /** Such as `JPEG of 12 bits a sample`. */
    readonly variant: string,
  ) {
    super(`${variant} is not read`);
  }
}
