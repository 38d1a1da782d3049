import { F16OverflowError, TensorDtypeError } from './errors.ts';
import type { TensorDtype } from './tensor-info.ts';

// Bit layouts: IEEE 754 binary32 (8 exponent bits, 23 fraction bits), binary16 (5, 10), bfloat16 (8, 7).
// Everything here, as WebGPU itself, assumes a little-endian machine.

/** The float types that weights may be stored in. */
export const FLOAT_DTYPES = ['F32', 'F16', 'BF16'] as const;
export type FloatDtype = (typeof FLOAT_DTYPES)[number];

export function isFloatDtype(dtype: TensorDtype): dtype is FloatDtype {
  return (FLOAT_DTYPES as readonly TensorDtype[]).includes(dtype);
}

/** The largest f32 that rounds to a finite f16: half way from 65504 to 65536 rounds to even, which is infinity. */
const F16_ROUNDS_TO_INFINITY = 65520;

/**
 * Bytes of a float tensor as f32; exact for every dtype. F32 that is aligned is a view of `bytes`, not a copy.
 */
export function floatsFromBytes(bytes: Uint8Array, dtype: FloatDtype): Float32Array {
  if (dtype === 'F32') {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
  }
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
  const bits = new Uint32Array(halves.length);
  if (dtype === 'BF16') for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16;
  else for (let i = 0; i < halves.length; i++) bits[i] = f32BitsFromF16(halves[i] as number);
  return new Float32Array(bits.buffer);
}

function f32BitsFromF16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13); // infinity, NaN
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // subnormal: f32 has the range to make it normal
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** f16 bits of f32 values, rounded to nearest, ties to even. Values past the range become infinite. */
export function f16FromFloats(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) halves[i] = f16FromF32Bits(bits[i] as number);
  return halves;
}

function f16FromF32Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65536 and above
  if (magnitude >= 0x38800000) {
    // Normal in f16: drop 13 fraction bits; a carry moves on into the exponent, up to infinity.
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  const exponent = magnitude >>> 23;
  if (exponent < 102) return sign; // below half of the least subnormal, 2^-25
  const drop = 126 - exponent; // 14 to 24 bits, so that what is left counts units of 2^-24
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> drop;
  const rest = fraction & ((1 << drop) - 1);
  const half = 1 << (drop - 1);
  return sign | (kept + Number(rest > half || (rest === half && (kept & 1) === 1)));
}

/** The index of the first value that is NaN or infinite, or -1. */
export function firstNonFinite(values: Float32Array): number {
  if (allFinite(values)) return -1;
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) if (((bits[i] as number) & 0x7f800000) === 0x7f800000) return i;
  return -1;
}

/** Sums 0 x value, which is 0 unless a value is not finite: three times as fast as testing each value. */
function allFinite(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    a += (values[i] as number) * 0;
    b += (values[i + 1] as number) * 0;
    c += (values[i + 2] as number) * 0;
    d += (values[i + 3] as number) * 0;
  }
  for (let i = whole; i < values.length; i++) a += (values[i] as number) * 0;
  return a + b + c + d === 0;
}

/** @throws {TensorDtypeError} unless the tensor holds floats */
export function expectFloatDtype(file: string, tensor: string, dtype: TensorDtype): FloatDtype {
  if (isFloatDtype(dtype)) return dtype;
  throw new TensorDtypeError(file, [{ tensor, expected: FLOAT_DTYPES, actual: dtype }]);
}

/** @throws {F16OverflowError} for the first value that f16 would turn into infinity; `start` is the first one's index */
export function expectF16Range(file: string, tensor: string, start: number, values: Float32Array): void {
  const bad = values.findIndex((value) => Math.abs(value) >= F16_ROUNDS_TO_INFINITY);
  if (bad >= 0) throw new F16OverflowError(file, tensor, start + bad, values[bad] as number);
}
