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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values =
    bitsAllocated === 16
      ? Uint16Array.from({ length: count }, (_, i) => view.getUint16(2 * i, !bigEndian))
      : Uint32Array.from({ length: count }, (_, i) => view.getUint32(4 * i, !bigEndian));
  return meaningful(values, format);
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
    return values.map((value) => (value << left) >>> right);
  }
  const Signed = bitsAllocated > 16 ? Int32Array : Int16Array;
  const result = new Signed(values.length);
  for (let i = 0; i < values.length; i++) result[i] = ((values[i] ?? 0) << left) >> right;
  return result;
}
