/** A shader file, imported as its source text. */
declare module '*.wgsl' {
  const source: string;
  export default source;
}

/** A Python script of a benchmark, likewise. */
declare module '*.py' {
  const source: string;
  export default source;
}

/** The WebAssembly of a codec, in Base64. */
declare module '@cornerstonejs/*/decodewasm' {
  const base64: string;
  export default base64;
}

/** What loads it. `print` gets what the codec says while it decodes, a line a call. */
declare module '@cornerstonejs/*/decodewasmjs' {
  export default function load<Codec>(options: {
    readonly wasmBinary: Uint8Array;
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
  }): Promise<Codec>;
}

/** The part that is used of a package whose declarations are not in it. */
declare module 'jpeg-lossless-decoder-js' {
  export class Decoder {
    decode(buffer: ArrayBuffer, offset: number, length: number): Uint8Array | Uint16Array | null;
    /** Null before `decode`. */
    readonly stream: { readonly index: number } | null;
    /** `al` is the point transform. */
    readonly scan: { readonly al: number };
  }
}

/** Likewise. */
declare module 'dicom-character-set' {
  /** @param characterSet Specific Character Set (0008,0005) */
  export function convertBytes(
    characterSet: string | undefined,
    bytes: Uint8Array,
    options: { readonly vr: string },
  ): string;
}
