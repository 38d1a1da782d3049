/** Rows times rows, a b^T: a `[m, k]`, b `[n, k]` to `[m, n]`, in double precision. Of a a^T half is computed. */
export function timesTransposed(a: Float64Array, b: Float64Array, k: number): Float64Array<ArrayBuffer> {
  const [m, n] = [a.length / k, b.length / k];
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    const end = a === b ? i + 1 : n;
    for (let j = 0; j < end; j += 4)
      dotWithFour(a, i, b, j, k, out.subarray(i * n + j, i * n + Math.min(j + 4, n)));
  }
  return a === b ? mirrored(out, m) : out;
}

/** Row i of a with rows j to j + 3 of b, as many as `out` has room for: each value of a is loaded once for four. */
function dotWithFour(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  k: number,
  out: Float64Array,
): void {
  const row = i * k;
  const last = b.length - k;
  const b0 = j * k;
  const [b1, b2, b3] = [Math.min(b0 + k, last), Math.min(b0 + 2 * k, last), Math.min(b0 + 3 * k, last)];
  let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
  for (let c = 0; c < k; c++) {
    const value = a[row + c] as number;
    sum0 += value * (b[b0 + c] as number);
    sum1 += value * (b[b1 + c] as number);
    sum2 += value * (b[b2 + c] as number);
    sum3 += value * (b[b3 + c] as number);
  }
  out[0] = sum0; // writes beyond the end are dropped
  out[1] = sum1;
  out[2] = sum2;
  out[3] = sum3;
}

/** Sum of w_i x_i x_i^T over rows x `[n, dim]`: `[dim, dim]`, in double precision. */
export function weightedScatter(rows: Float64Array, dim: number, weights: ArrayLike<number>): Float64Array {
  const out = new Float64Array(dim * dim);
  const counted: number[] = [];
  for (let i = 0; i < rows.length / dim; i++) if ((weights[i] ?? 0) !== 0) counted.push(i);
  for (let at = 0; at < counted.length; at += 4) addFour(out, rows, dim, weights, counted.slice(at, at + 4));
  return mirrored(out, dim);
}

/** Adds up to four rows' parts to the lower triangle: each of its values is loaded and stored once for four. */
function addFour(
  out: Float64Array,
  rows: Float64Array,
  dim: number,
  weights: ArrayLike<number>,
  four: readonly number[],
): void {
  const [i0 = 0, i1 = i0, i2 = i0, i3 = i0] = four;
  const weight = (place: number) => (place < four.length ? (weights[four[place] ?? 0] ?? 0) : 0);
  const [w0, w1, w2, w3] = [weight(0), weight(1), weight(2), weight(3)];
  const [r0, r1, r2, r3] = [i0 * dim, i1 * dim, i2 * dim, i3 * dim];
  for (let d = 0; d < dim; d++) {
    const s0 = w0 * (rows[r0 + d] as number);
    const s1 = w1 * (rows[r1 + d] as number);
    const s2 = w2 * (rows[r2 + d] as number);
    const s3 = w3 * (rows[r3 + d] as number);
    const line = d * dim;
    for (let e = 0; e <= d; e++) {
      const before = s0 * (rows[r0 + e] as number) + s1 * (rows[r1 + e] as number);
      const after = s2 * (rows[r2 + e] as number) + s3 * (rows[r3 + e] as number);
      out[line + e] = (out[line + e] as number) + before + after;
    }
  }
}

/** The lower triangle copied to the upper. */
function mirrored<T extends Float64Array>(matrix: T, size: number): T {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j] as number;
  }
  return matrix;
}

export function transpose(matrix: Float64Array, rows: number, cols: number): Float64Array {
  const out = new Float64Array(matrix.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) out[j * rows + i] = matrix[i * cols + j] as number;
  }
  return out;
}

export function trace(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += matrix[i * size + i] ?? 0;
  return sum;
}
