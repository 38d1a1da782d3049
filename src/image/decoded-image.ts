/**
 * Decoded pixels before resampling, with the mode by which Pillow would resample them: palette and 1-bit images by
 * nearest neighbour, alpha premultiplied and divided out again, CMYK converted to RGB last.
 */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  /**
   * By the mode that Pillow opens the file in. `nearest`: `P` and `1`. `rgb`: `RGB`, `L`, and 16-bit grey after
   * its window. `rgba`: `RGBA` and `LA`. `cmyk`: `CMYK`, 255 meaning full ink.
   */
  readonly mode: 'rgb' | 'rgba' | 'cmyk' | 'nearest';
  /** Row-major `[height, width, 4]`, one byte a channel; the fourth is 255 in modes that do not use it. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** For 16-bit grey without a window: the number of high bits that no value uses. */
  readonly unusedBits?: number;
  /** How many pictures the file has, where it has several and none was asked for. */
  readonly frames?: number;
}
