import { timesTransposed, transpose } from '../metrics/linear-algebra.ts';

// Small, dense, row-major, in double precision, on the host.

/** a b for a `[m, k]` and b `[k, n]`: `[m, n]` */
export function product(a: Float64Array, b: Float64Array, k: number): Float64Array<ArrayBuffer> {
  return timesTransposed(a, transpose(b, k, b.length / k), k);
}

/** x with L x = right, L lower triangular `[size, size]` without zeros on its diagonal, right `[size, cols]`. */
export function solveLower(
  factor: Float64Array,
  size: number,
  right: Float64Array,
): Float64Array<ArrayBuffer> {
  const x = Float64Array.from(right);
  const cols = right.length / size;
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) subtractRow(x, cols, i, k, factor[i * size + k] as number);
    scaleRow(x, cols, i, 1 / (factor[i * size + i] as number));
  }
  return x;
}

/** x with L^T x = right. */
export function solveLowerTransposed(
  factor: Float64Array,
  size: number,
  right: Float64Array,
): Float64Array<ArrayBuffer> {
  const x = Float64Array.from(right);
  const cols = right.length / size;
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) subtractRow(x, cols, i, k, factor[k * size + i] as number);
    scaleRow(x, cols, i, 1 / (factor[i * size + i] as number));
  }
  return x;
}

function subtractRow(x: Float64Array, cols: number, to: number, from: number, times: number): void {
  if (times === 0) return;
  const [t, f] = [to * cols, from * cols];
  for (let c = 0; c < cols; c++) x[t + c] = (x[t + c] as number) - times * (x[f + c] as number);
}

export function scaleRow(x: Float64Array, cols: number, row: number, times: number): void {
  for (let c = row * cols; c < (row + 1) * cols; c++) x[c] = (x[c] as number) * times;
}

export function identity(size: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) out[i * size + i] = 1;
  return out;
}

/** (1 - t) a + t b */
export function mixed(a: Float64Array, b: Float64Array, t: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(a, (value, i) => (1 - t) * value + t * (b[i] as number));
}
