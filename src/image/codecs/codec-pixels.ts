/** Pixels as a codec hands them out. */
export interface CodecPixels {
  readonly width: number;
  readonly height: number;
  /** Components a pixel. */
  readonly components: number;
  /** 1 to 16. */
  readonly bitsPerSample: number;
  readonly signed: boolean;
  /** `[height, width, components]`: bytes for up to 8 unsigned bits, else 16-bit values. */
  readonly data: Uint8Array | Uint16Array | Int16Array;
}
