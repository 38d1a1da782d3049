import wasm from '@cornerstonejs/codec-charls/decodewasm';
import load from '@cornerstonejs/codec-charls/decodewasmjs';

/** CharLS 2.4 as Cornerstone builds it. Built into a file of its own, which Node and browsers share. */
export interface CharLs {
  readonly JpegLSDecoder: new () => JpegLsDecoder;
  /** All memory of the WebAssembly. It grows, and never shrinks. */
  readonly HEAPU8: Uint8Array;
}

interface JpegLsDecoder {
  getEncodedBuffer(bytes: number): Uint8Array;
  /** Throws a number, a pointer into its memory, if it fails. */
  decode(): void;
  /** 0 none, planes behind each other, 1 by line, 2 by sample. */
  getInterleaveMode(): number;
  /** A view into its memory: bytes, or 16-bit values in little-endian bytes. */
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

/** @param print gets what the codec says, a line a call */
export function loadCharLs(print: (line: string) => void): Promise<CharLs> {
  const wasmBinary = Uint8Array.from(atob(wasm), (char) => char.charCodeAt(0));
  return load<CharLs>({ wasmBinary, print, printErr: print });
}
