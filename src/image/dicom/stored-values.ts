import { UnreadableImageError } from '../errors.ts';
import type { PixelFormat } from './pixel-format.ts';

/** Samples as they are stored, before any table. Grey `[height, width]`, colour `[height, width, 3]`. */
export type StoredValues = Uint8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;

/** The bits that count, moved down from the high bit and with their sign. */
export function storedValues(
  bytes: Uint8Array,
  format: PixelFormat,
  { bigEndian, words }: { bigEndian: boolean; words: boolean },
  name: string,
): StoredValues {
  const { width, height, samples, photometric, bitsAllocated } = format;
  const count = width * height * (photometric === 'YBR_FULL_422' ? 2 : samples);
  if (bytes.length * 8 < count * bitsAllocated) {
    const expected = Math.ceil((count * bitsAllocated) / 8).toLocaleString('en');
    throw new UnreadableImageError(
      name,
      `a frame has ${bytes.length.toLocaleString('en')} of ${expected} bytes`,
    );
  }
  if (bitsAllocated === 1) return unpackBits(bytes, count);
  if (bitsAllocated === 8)
    return meaningful(bigEndian && words ? swapped(bytes, count) : bytes.slice(0, count), format);
  const values = bitsAllocated === 16 ? words16(bytes, count, bigEndian) : words32(bytes, count, bigEndian);
  return meaningful(values, format);
}

// Loops, since `from` with a function takes ten times as long for the millions of pixels of an X-ray.

function words16(bytes: Uint8Array, count: number, bigEndian: boolean): Uint16Array {
  const values = new Uint16Array(count);
  const [low, high] = bigEndian ? [1, 0] : [0, 1];
  for (let i = 0; i < count; i++) values[i] = (bytes[2 * i + low] ?? 0) | ((bytes[2 * i + high] ?? 0) << 8);
  return values;
}

function words32(bytes: Uint8Array, count: number, bigEndian: boolean): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Uint32Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getUint32(4 * i, !bigEndian);
  return values;
}

/** The first pixel is the lowest bit (PS3.5, 8.1.1). */
function unpackBits(bytes: Uint8Array, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => ((bytes[i >> 3] ?? 0) >> (i & 7)) & 1);
}

/** Bytes in big-endian 16-bit words: the first of two is the word's lower half. */
function swapped(bytes: Uint8Array, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => bytes[i ^ 1] ?? 0);
}

/** Keeps the bits stored. Unused ones may hold overlays of older files, or anything. */
export function meaningful(
  values: Uint8Array | Uint16Array | Uint32Array,
  {
    bitsAllocated,
    bitsStored,
    highBit,
    signed,
  }: Pick<PixelFormat, 'bitsAllocated' | 'bitsStored' | 'highBit' | 'signed'>,
): StoredValues {
  const left = 31 - highBit;
  const right = 32 - bitsStored;
  if (!signed) {
    if (bitsStored === bitsAllocated) return values;
    const result = new (values instanceof Uint32Array ? Uint32Array : Uint16Array)(values.length);
    for (let i = 0; i < values.length; i++) result[i] = ((values[i] ?? 0) << left) >>> right;
    return result;
  }
  const Signed = bitsAllocated > 16 ? Int32Array : Int16Array;
  const result = new Signed(values.length);
  for (let i = 0; i < values.length; i++) result[i] = ((values[i] ?? 0) << left) >> right;
  return result;
}
