import wasm from '@cornerstonejs/codec-openjpeg/decodewasm';
import load from '@cornerstonejs/codec-openjpeg/decodewasmjs';

/** OpenJPEG 2.5 as Cornerstone builds it. Built into a file of its own, which Node and browsers share. */
export interface OpenJpeg {
  readonly J2KDecoder: new () => J2kDecoder;
  /** All memory of the WebAssembly. It grows, and never shrinks. */
  readonly HEAPU8: Uint8Array;
}

interface J2kDecoder {
  getEncodedBuffer(bytes: number): Uint8Array;
  /** Leaves a frame of 0 x 0 pixels behind, and lines that start with `[ERROR]`, if it fails. */
  decode(): void;
  getFrameInfo(): { readonly width: number; readonly height: number };
  /** A copy: bytes, or 16-bit values in little-endian bytes. */
  getDecodedBuffer(): Uint8ClampedArray;
  delete(): void;
}

/** @param print gets what the codec says, a line a call */
export function loadOpenJpeg(print: (line: string) => void): Promise<OpenJpeg> {
  const wasmBinary = Uint8Array.from(atob(wasm), (char) => char.charCodeAt(0));
  return load<OpenJpeg>({ wasmBinary, print, printErr: print });
}
