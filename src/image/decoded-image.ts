/**
 * Decoded pixels before any resampling, in the mode that Pillow would open the file with: the mode decides how
 * Pillow resamples (palette and 1-bit by nearest neighbour, alpha premultiplied, CMYK before conversion to RGB).
 */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  /** `nearest`: Pillow modes `P` and `1`. `rgba`: premultiplied while resampling. `cmyk`: converted afterwards. */
  readonly mode: 'rgb' | 'rgba' | 'cmyk' | 'nearest';
  /** Row-major `[height, width, 4]`, one byte a channel; the fourth is 255 where the mode has no use for it. */
  readonly data: Uint8Array | Uint8ClampedArray;
}
