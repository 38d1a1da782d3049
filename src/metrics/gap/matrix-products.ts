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
  for (let i = 0; i < rows.length / dim; i++) {
    const weight = weights[i] ?? 0;
    if (weight === 0) continue;
    const row = rows.subarray(i * dim, (i + 1) * dim);
    for (let d = 0; d < dim; d++) {
      const scaled = weight * (row[d] as number);
      const line = out.subarray(d * dim, d * dim + d + 1);
      for (let e = 0; e <= d; e++) line[e] = (line[e] as number) + scaled * (row[e] as number);
    }
  }
  return mirrored(out, dim);
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
