import type { GifFrame } from './headers/image-header.ts';

/**
 * The file with the transparency flag of its first frame cleared, since decoders otherwise lose that colour, which
 * Pillow keeps. Changed bytes are copied.
 */
export function withoutTransparency(bytes: Uint8Array, { transparencyFlagAt: at }: GifFrame): Uint8Array {
  if (at === undefined) return bytes;
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) & ~1;
  return copy;
}

/** Paints the part of the screen `[height, width, 4]` outside the first frame in Pillow's colour. */
export function paintOutside(rgba: Uint8Array, width: number, height: number, frame: GifFrame): void {
  const { left, top, outside } = frame;
  const right = left + frame.width;
  const bottom = top + frame.height;
  if (left === 0 && top === 0 && right >= width && bottom >= height) return;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x >= left && x < right && y >= top && y < bottom) continue;
      rgba.set(outside, 4 * (y * width + x));
      rgba[4 * (y * width + x) + 3] = 255;
    }
  }
}
