import wasm from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm';
import load from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';

/** libjpeg-turbo as Cornerstone builds it. Built into a file of its own, which Node and browsers share. */
export interface LibJpegTurbo {
  readonly JPEGDecoder: new () => JpegDecoder;
  /** All memory of the WebAssembly. It grows, and never shrinks. */
  readonly HEAPU8: Uint8Array;
}

interface JpegDecoder {
  getEncodedBuffer(bytes: number): Uint8Array;
  /** Throws a number, a pointer into its memory, if it fails. */
  decode(): void;
  /** A view into its memory: grey, or RGB. */
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

/** @param print gets what the codec says, a line a call */
export function loadLibJpegTurbo(print: (line: string) => void): Promise<LibJpegTurbo> {
  const wasmBinary = Uint8Array.from(atob(wasm), (char) => char.charCodeAt(0));
  return load<LibJpegTurbo>({ wasmBinary, print, printErr: print });
}
