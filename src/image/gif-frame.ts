import type { GifFrame } from './headers/image-header.ts';

/**
 * The file with its first frame's transparent index made an ordinary colour, as Pillow reads it; decoders
 * otherwise lose that colour. The bytes are copied where they change.
 */
export function withoutTransparency(bytes: Uint8Array, { transparencyFlagAt: at }: GifFrame): Uint8Array {
  if (at === undefined) return bytes;
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) & ~1;
  return copy;
}

/** Paints what the first frame leaves free of the screen `[height, width, 4]` in Pillow's colour. */
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
