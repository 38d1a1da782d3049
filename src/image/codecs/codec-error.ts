/** What a codec says of data that it cannot decode. It knows no file: whoever calls it names that in an error of its own. */
export class CodecError extends Error {
  static override readonly name: string = 'CodecError';
}
