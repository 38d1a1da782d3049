import type { PixelFormat } from './pixel-format.ts';
import type { StoredValues } from './stored-values.ts';

/**
 * Colour as RGBA bytes. Samples of more than 8 bits keep their highest 8, as those of other formats do; YBR_FULL becomes RGB
 * by the matrix of PS3.3, C.7.6.3.1.2, and YBR_FULL_422 repeats each colour for two pixels.
 */
export function showColour(values: StoredValues, format: PixelFormat): Uint8Array {
  const { width, height, photometric, bitsStored } = format;
  const byte = bytesOf(values, bitsStored);
  const rgba = new Uint8Array(width * height * 4).fill(255);
  const at = positions(format);
  const ybr = photometric === 'YBR_FULL' || photometric === 'YBR_FULL_422';
  for (let i = 0; i < width * height; i++) {
    const [a, b, c] = [byte(at(i, 0)), byte(at(i, 1)), byte(at(i, 2))];
    if (ybr) putYbr(rgba, 4 * i, a, b, c);
    else {
      rgba[4 * i] = a;
      rgba[4 * i + 1] = b;
      rgba[4 * i + 2] = c;
    }
  }
  return rgba;
}

function bytesOf(values: StoredValues, bits: number): (i: number) => number {
  if (bits === 8) return (i) => values[i] ?? 0;
  if (bits > 8) return (i) => (values[i] ?? 0) >>> (bits - 8);
  return (i) => Math.floor(((values[i] ?? 0) * 255) / (2 ** bits - 1) + 0.5);
}

/** Where channel c of pixel i stands. Of 4:2:2, two pixels are Y, Y, Cb, Cr. */
function positions({ width, height, photometric, planar }: PixelFormat): (i: number, c: number) => number {
  const pixels = width * height;
  if (photometric === 'YBR_FULL_422') return (i, c) => 4 * (i >> 1) + (c === 0 ? i & 1 : c + 1);
  return planar ? (i, c) => c * pixels + i : (i, c) => 3 * i + c;
}

const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];

function putYbr(rgba: Uint8Array, at: number, y: number, cb: number, cr: number): void {
  const [b, r] = [(2 - 2 * BLUE) * (cb - 128), (2 - 2 * RED) * (cr - 128)];
  rgba[at] = byteOf(y + r);
  rgba[at + 1] = byteOf(y - (BLUE * b + RED * r) / GREEN);
  rgba[at + 2] = byteOf(y + b);
}

function byteOf(value: number): number {
  return Math.min(255, Math.max(0, Math.floor(value + 0.5)));
}
