import type { Vectors } from '../../src/metrics/vectors.ts';

/** Repeatable standard normal numbers: a 32-bit mixing generator and Box-Muller. */
export function seededNormal(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed * 0x9e3779b9;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Repeatable f32 in [-1, 1), which test/golden/seeded.py makes too, to the bit. */
export function seededUniform(count: number, seed: number): Float32Array<ArrayBuffer> {
  const offset = Math.imul(seed, 0x9e3779b9);
  return Float32Array.from({ length: count }, (_, i) => {
    let t = (i + offset) >>> 0;
    t = Math.imul(t ^ (t >>> 16), 0x7feb352d);
    t = Math.imul(t ^ (t >>> 15), 0x846ca68b);
    return ((t ^ (t >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

/** f32 values that a golden file holds as base64. */
export function floatsFromBase64(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}

export function maxAbsDiff(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let max = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN));
    if (!(difference <= max)) max = difference; // a NaN stays
  }
  return max;
}

export { rowCosines } from '../../bench/statistics.ts';

/** The cosine of row i of a with row j of b, in double precision. */
export function cosineOfRows(a: Vectors, i: number, b: Vectors, j: number): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let c = 0; c < a.dim; c++) {
    const [x, y] = [a.data[i * a.dim + c] ?? 0, b.data[j * b.dim + c] ?? 0];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
