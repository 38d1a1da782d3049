import { floatsFromBytes } from '../../weights/floats.ts';

type Values = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array;
type Bytes = Uint8Array<ArrayBuffer>;

/** Numbers that a file may hold, little-endian, by NumPy's codes; `bf` is bfloat16, which NumPy has not. */
const READERS = {
  f2: (bytes: Bytes) => floatsFromBytes(bytes, 'F16'),
  bf: (bytes: Bytes) => floatsFromBytes(bytes, 'BF16'),
  f4: (bytes: Bytes) => floatsFromBytes(bytes, 'F32'),
  f8: ({ buffer, byteOffset, length }: Bytes) => new Float64Array(buffer, byteOffset, length / 8),
  i1: ({ buffer, byteOffset, length }: Bytes) => new Int8Array(buffer, byteOffset, length),
  u1: (bytes: Bytes) => bytes,
  i2: ({ buffer, byteOffset, length }: Bytes) => new Int16Array(buffer, byteOffset, length / 2),
  u2: ({ buffer, byteOffset, length }: Bytes) => new Uint16Array(buffer, byteOffset, length / 2),
  i4: ({ buffer, byteOffset, length }: Bytes) => new Int32Array(buffer, byteOffset, length / 4),
  u4: ({ buffer, byteOffset, length }: Bytes) => new Uint32Array(buffer, byteOffset, length / 4),
  i8: ({ buffer, byteOffset, length }: Bytes) => new BigInt64Array(buffer, byteOffset, length / 8),
  u8: ({ buffer, byteOffset, length }: Bytes) => new BigUint64Array(buffer, byteOffset, length / 8),
} satisfies Record<string, (bytes: Bytes) => Values | Uint32Array | BigInt64Array | BigUint64Array>;

export type ElementCode = keyof typeof READERS;

/** How elements are stored. */
export interface ElementType {
  readonly code: ElementCode;
  readonly bigEndian: boolean;
  /** Bytes an element. */
  readonly bytes: number;
}

export function isElementCode(code: string): code is ElementCode {
  return Object.hasOwn(READERS, code);
}

export function elementType(code: ElementCode, bigEndian = false): ElementType {
  return { code, bigEndian, bytes: code === 'bf' ? 2 : Number(code[1]) };
}

/** A value that no float32 stands for, and its place among the elements. */
export interface UnfitValue {
  readonly index: number;
  readonly value: number | bigint;
}

/**
 * Elements as float32 into `target` from `at` on: float16 and bfloat16 exactly, float64 rounded to the nearest, integers where
 * one is equal. NaN and infinities stay what they are.
 * @returns the first value that does not fit: a finite one beyond float32, an integer that is no float32
 */
export function toFloat32(
  bytes: Uint8Array,
  { code, bigEndian, bytes: size }: ElementType,
  target: Float32Array,
  at: number,
): UnfitValue | undefined {
  const own: Bytes = new Uint8Array(bytes.length);
  own.set(bytes);
  if (bigEndian) for (let i = 0; i < own.length; i += size) own.subarray(i, i + size).reverse();
  const values = READERS[code](own);
  if (values instanceof Float32Array) {
    target.set(values, at);
    return undefined;
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const float = Math.fround(Number(value));
    if (!isFit(value, float, code)) return { index: at + i, value };
    target[at + i] = float;
  }
  return undefined;
}

function isFit(value: number | bigint, float: number, code: ElementCode): boolean {
  if (typeof value === 'bigint') return BigInt(float) === value;
  return code === 'f8' ? Number.isFinite(float) || !Number.isFinite(value) : float === value;
}
