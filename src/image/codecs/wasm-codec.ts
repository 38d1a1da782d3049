import { CodecError } from './codec-error.ts';

/** Beyond it a codec's memory, which never shrinks, is given back after an image. */
export const KEPT_BYTES = 2 ** 28;

/** A codec in WebAssembly, loaded at the first image and again after a failure, which may leave its memory in any state. */
export class WasmCodec<Codec extends { readonly HEAPU8: Uint8Array }> {
  #loaded: Promise<Codec> | undefined;

  constructor(
    /** For errors: `JPEG-LS`. */
    private readonly format: string,
    private readonly load: () => Promise<Codec>,
  ) {}

  /** @throws {CodecError} if `decode` throws */
  async run<T>(decode: (codec: Codec) => T): Promise<T> {
    this.#loaded ??= this.load();
    const codec = await this.#loaded;
    try {
      return decode(codec);
    } catch (cause) {
      this.#loaded = undefined;
      if (cause instanceof CodecError) throw cause;
      throw new CodecError(`the ${this.format} data is damaged or cut off`, { cause });
    } finally {
      if (codec.HEAPU8.length > KEPT_BYTES) this.#loaded = undefined;
    }
  }
}
