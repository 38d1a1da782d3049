/**
 * Decoded pixels before any resampling, with what decides how Pillow would resample them: palette and 1-bit
 * images go by nearest neighbour, alpha is multiplied in and divided out again, CMYK is converted to RGB last.
 */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  /**
   * By the mode that Pillow opens the file in. `nearest`: `P` and `1`. `rgb`: `RGB`, `L`, and 16-bit grey after
   * its window. `rgba`: `RGBA` and `LA`. `cmyk`: `CMYK`, 255 meaning full ink.
   */
  readonly mode: 'rgb' | 'rgba' | 'cmyk' | 'nearest';
  /** Row-major `[height, width, 4]`, one byte a channel; the fourth is 255 where the mode has no use for it. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Of 16-bit grey without a window, the bits above those that its values use. */
  readonly unusedBits?: number;
}
