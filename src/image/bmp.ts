import type { DecodedImage } from './decoded-image.ts';
import { UnreadableImageError } from './errors.ts';
import { readImageHeader } from './header.ts';
import { type BmpLayout, readBmpLayout } from './headers/bmp.ts';
import { resampleModes } from './resample-mode.ts';

/**
 * Decodes a BMP (1, 4, 8, 16, 24 or 32 bits; run lengths; bottom-up or top-down) to the pixels that Pillow's `Image.open`
 * gives.
 * @throws {UnreadableImageError} if it is cut off
 * @throws {UnsupportedImageError} for JPEG and PNG inside, and masks of more than 8 bits
 * @throws {ImageTooLargeError}
 */
export async function decodeBmp(bytes: Uint8Array, name: string): Promise<DecodedImage> {
  readImageHeader(bytes, name); // with its errors
  const layout = readBmpLayout(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (typeof layout === 'string') throw new UnreadableImageError(name, layout);
  const { width, height, pillowMode } = layout;
  const stored = bytes.subarray(layout.pixelsAt);
  const cutOff = () => new UnreadableImageError(name, 'its pixels are cut off');
  if (!layout.runLengths && isCutOff(stored, layout)) throw cutOff(); // before memory is taken for them
  const rgba = new Uint8Array(4 * width * height).fill(255);
  if (!layout.palette) paintChannels(stored, layout, rgba);
  else if (!paintPalette(stored, layout, rgba)) throw cutOff();
  return { width, height, mode: resampleModes[pillowMode], data: rgba };
}

/** Rows start at multiples of four bytes. Calls `paint` with the place of a pixel in the file and in the picture. */
function eachRow(
  { width, height, bits, topDown }: BmpLayout,
  paint: (from: number, to: number) => void,
): void {
  const stride = rowBytes(width, bits);
  for (let y = 0; y < height; y++) paint(y * stride, (topDown ? y : height - 1 - y) * width);
}

const rowBytes = (width: number, bits: number) => 4 * Math.ceil((width * bits) / 32);

/** The last row may lack what fills it up. */
function isCutOff(stored: Uint8Array, { width, height, bits }: BmpLayout): boolean {
  return stored.length < (height - 1) * rowBytes(width, bits) + Math.ceil((width * bits) / 8);
}

function paintChannels(stored: Uint8Array, layout: BmpLayout, rgba: Uint8Array): void {
  const { width, bits, masks } = layout;
  const bytes = bits / 8;
  const channels = masks.filter((mask) => mask !== 0).map(channelOf);
  eachRow(layout, (from, to) => {
    for (let x = 0; x < width; x++) {
      const at = from + bytes * x;
      let value = 0;
      for (let byte = bytes - 1; byte >= 0; byte--) value = (value << 8) | (stored[at + byte] ?? 0);
      channels.forEach(({ shift, mask, levels }, c) => {
        rgba[4 * (to + x) + c] = levels[(value & mask) >>> shift] ?? 0;
      });
    }
  });
}

/** Where the bits of a channel are, and their values as bytes: v * 255 / greatest, rounded down as Pillow does it. */
function channelOf(mask: number) {
  const shift = 31 - Math.clz32(mask & -mask);
  const greatest = mask >>> shift;
  const levels = Uint8Array.from({ length: greatest + 1 }, (_, v) => Math.floor((v * 255) / greatest));
  return { shift, mask, levels };
}

/** False if pixels are missing. */
function paintPalette(stored: Uint8Array, layout: BmpLayout, rgba: Uint8Array): boolean {
  const indices = layout.runLengths ? indicesOfRuns(stored, layout) : indicesOfRows(stored, layout);
  if (!indices) return false;
  const { colours = new Uint8Array(), entry = 4 } = layout.palette ?? {};
  indices.forEach((index, i) => {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = colours[index * entry + 2 - c] ?? index; // beyond it, Pillow has greys
  });
  return true;
}

/** Palette entries `[height, width]`. */
function indicesOfRows(stored: Uint8Array, layout: BmpLayout): Uint8Array {
  const { width, height, bits } = layout;
  const indices = new Uint8Array(width * height);
  const mask = 2 ** bits - 1;
  eachRow(layout, (from, to) => {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      indices[to + x] = ((stored[from + (bit >>> 3)] ?? 0) >>> (8 - bits - (bit & 7))) & mask;
    }
  });
  return indices;
}

/** The same of run lengths, or undefined if some are missing. Pixels that a picture leaves out are entry 0. */
function indicesOfRuns(
  stored: Uint8Array,
  { width, height, bits, topDown }: BmpLayout,
): Uint8Array | undefined {
  const indices = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, 0];
  const put = (index: number) => {
    if (x < width && y < height) indices[(topDown ? y : height - 1 - y) * width + x] = index;
    x++;
  };
  /** The `i`-th entry of a run whose bytes begin at `from`. */
  const entryAt = (from: number, i: number) => {
    if (bits === 8) return stored[from + i] ?? 0;
    const byte = stored[from + (i >>> 1)] ?? 0;
    return i % 2 === 0 ? byte >>> 4 : byte & 15;
  };
  while (y < height) {
    const count = stored[at];
    const value = stored[at + 1];
    if (count === undefined || value === undefined)
      return y === height - 1 && x >= width ? indices : undefined;
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? value : entryAt(at - 1, i % 2));
    } else if (value === 0) {
      [x, y] = [0, y + 1];
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      if (at + 2 > stored.length) return undefined;
      x += stored[at] ?? 0;
      y += stored[at + 1] ?? 0;
      at += 2;
    } else {
      const bytes = Math.ceil((value * bits) / 8);
      if (at + bytes > stored.length) return undefined;
      for (let i = 0; i < value; i++) put(entryAt(at, i));
      at += bytes + (bytes % 2); // filled up to a multiple of two
    }
  }
  return indices;
}
