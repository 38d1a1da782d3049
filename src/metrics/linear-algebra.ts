import { seededNormals } from './random.ts';

// What the gap's statistics and t-SNE's first map need, on the host in double precision. Matrices are row-major.

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

export function transpose<T extends Float32Array | Float64Array>(matrix: T, rows: number, cols: number): T {
  const out = matrix.slice() as T;
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

/** Rows times rows, a b^T: a `[m, k]`, b `[n, k]` to `[m, n]`. For a a^T only half is computed. */
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

/** Row i of a with rows j to j + 3 of b, so that each value of a is loaded once for four products. */
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
  out[0] = sum0; // writes beyond the end of a typed array are ignored
  out[1] = sum1;
  out[2] = sum2;
  out[3] = sum3;
}

/** The mean of rows x `[n, dim]` of which row i counts w_i times, `total` in all: `[dim]`. */
export function weightedMean(
  rows: Float64Array,
  dim: number,
  weights: ArrayLike<number>,
  total: number,
): Float64Array {
  const means = new Float64Array(dim);
  for (let i = 0; i < rows.length; i++) {
    means[i % dim] =
      (means[i % dim] as number) + ((rows[i] as number) * (weights[Math.floor(i / dim)] ?? 0)) / total;
  }
  return means;
}

/** Sum of w_i (x_i - mean)(x_i - mean)^T over rows x `[n, dim]`: `[dim, dim]`. */
export function centredScatter(
  rows: Float64Array,
  dim: number,
  weights: ArrayLike<number>,
  total: number,
): Float64Array {
  const means = weightedMean(rows, dim, weights, total);
  const scatter = weightedScatter(rows, dim, weights);
  return scatter.map(
    (value, at) => value - total * (means[Math.floor(at / dim)] as number) * (means[at % dim] as number),
  );
}

/** Sum of w_i x_i x_i^T: `[dim, dim]`. */
export function weightedScatter(rows: Float64Array, dim: number, weights: ArrayLike<number>): Float64Array {
  const out = new Float64Array(dim * dim);
  const counted: number[] = [];
  for (let i = 0; i < rows.length / dim; i++) if ((weights[i] ?? 0) !== 0) counted.push(i);
  for (let at = 0; at < counted.length; at += 4) addFour(out, rows, dim, weights, counted.slice(at, at + 4));
  return mirrored(out, dim);
}

/**
 * Adds the products of up to four rows to the lower triangle, two lines at a time: so each element is loaded and stored once for
 * four rows, and each value of a row once for two lines.
 */
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
  for (let d = 0; d < dim; d += 2) {
    const next = Math.min(d + 1, dim - 1); // the last line of an odd number is done once
    const [a0, b0] = [w0 * (rows[r0 + d] as number), w0 * (rows[r0 + next] as number)];
    const [a1, b1] = [w1 * (rows[r1 + d] as number), w1 * (rows[r1 + next] as number)];
    const [a2, b2] = [w2 * (rows[r2 + d] as number), w2 * (rows[r2 + next] as number)];
    const [a3, b3] = [w3 * (rows[r3 + d] as number), w3 * (rows[r3 + next] as number)];
    const [line, below] = [d * dim, (d + 1) * dim];
    for (let e = 0; e <= d; e++) {
      const v0 = rows[r0 + e] as number;
      const v1 = rows[r1 + e] as number;
      const v2 = rows[r2 + e] as number;
      const v3 = rows[r3 + e] as number;
      out[line + e] = (out[line + e] as number) + (a0 * v0 + a1 * v1) + (a2 * v2 + a3 * v3);
      if (below < out.length)
        out[below + e] = (out[below + e] as number) + (b0 * v0 + b1 * v1) + (b2 * v2 + b3 * v3);
    }
    if (next === d) continue;
    const [v0, v1] = [rows[r0 + next] as number, rows[r1 + next] as number];
    const [v2, v3] = [rows[r2 + next] as number, rows[r3 + next] as number];
    out[below + next] = (out[below + next] as number) + (b0 * v0 + b1 * v1) + (b2 * v2 + b3 * v3);
  }
}

/** The lower triangle copied to the upper. */
function mirrored<T extends Float64Array>(matrix: T, size: number): T {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j] as number;
  }
  return matrix;
}

/**
 * The lower triangle L `[size, size]` with L L^T = the symmetric matrix, which may be singular: where the pivot is
 * zero, L's column is zero.
 */
export function choleskyFactor(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  const negligible = 1e-14 * trace(matrix, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (factor[i * size + k] ?? 0) * (factor[j * size + k] ?? 0);
      const pivot = factor[j * size + j] ?? 0;
      if (i === j) factor[i * size + i] = sum > negligible ? Math.sqrt(sum) : 0;
      else factor[i * size + j] = pivot === 0 ? 0 : sum / pivot;
    }
  }
  return factor;
}

/** x with L L^T x = right, for an L without zeros on its diagonal. */
export function choleskySolve(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const x = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    let sum = x[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= (factor[i * size + k] ?? 0) * (x[k] ?? 0);
    x[i] = sum / (factor[i * size + i] ?? 0);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = x[i] ?? 0;
    for (let k = i + 1; k < size; k++) sum -= (factor[k * size + i] ?? 0) * (x[k] ?? 0);
    x[i] = sum / (factor[i * size + i] ?? 0);
  }
  return x;
}

/**
 * All eigenvalues of a symmetric matrix `[size, size]`, ascending: Householder's reduction to
 * tridiagonal form, then implicit QL with Wilkinson's shift (Golub and Van Loan, Matrix Computations, 8.3).
 */
export function symmetricEigenvalues(matrix: Float64Array, size: number): Float64Array {
  const { diagonal, beside } = tridiagonal(Float64Array.from(matrix), size);
  for (let low = 0; low < size; low++) chaseBelow(diagonal, beside, low, size);
  return diagonal.sort();
}

/** `beside[i]` is the element between i and i + 1; its last is 0. Only the lower triangle of `a` is read. */
function tridiagonal(a: Float64Array, size: number): { diagonal: Float64Array; beside: Float64Array } {
  const beside = new Float64Array(size);
  const p = new Float64Array(size);
  for (let k = 0; k < size - 1; k++) {
    const v = new Float64Array(size); // the reflection of column k below the diagonal
    let norm = 0;
    for (let i = k + 1; i < size; i++) {
      v[i] = a[i * size + k] ?? 0;
      norm = Math.hypot(norm, v[i] ?? 0);
    }
    const head = v[k + 1] ?? 0;
    beside[k] = head > 0 ? -norm : norm;
    if (norm === 0) continue;
    v[k + 1] = head - (beside[k] ?? 0);
    const half = norm * (norm + Math.abs(head)); // v.v / 2
    reflect(a, size, k + 1, v, half, p);
  }
  return { diagonal: Float64Array.from({ length: size }, (_, i) => a[i * size + i] ?? 0), beside };
}

/** a := H a H with H = 1 - v v^T / half, for rows and columns from `first` on; the lower triangle. */
function reflect(
  a: Float64Array,
  size: number,
  first: number,
  v: Float64Array,
  half: number,
  p: Float64Array,
): void {
  p.fill(0, first);
  for (let i = first; i < size; i++) {
    let sum = 0;
    const vi = v[i] as number;
    for (let j = first; j < i; j++) {
      const element = a[i * size + j] as number;
      sum += element * (v[j] as number);
      p[j] = (p[j] as number) + element * vi;
    }
    p[i] = (p[i] as number) + sum + (a[i * size + i] as number) * vi;
  }
  let vp = 0;
  for (let i = first; i < size; i++) {
    p[i] = (p[i] as number) / half;
    vp += (p[i] as number) * (v[i] as number);
  }
  const shift = vp / (2 * half);
  for (let i = first; i < size; i++) p[i] = (p[i] as number) - shift * (v[i] as number);
  for (let i = first; i < size; i++) {
    const [vi, pi] = [v[i] as number, p[i] as number];
    for (let j = first; j <= i; j++) {
      a[i * size + j] = (a[i * size + j] as number) - vi * (p[j] as number) - pi * (v[j] as number);
    }
  }
}

const MOST_SWEEPS = 60;

/** QL sweeps until the off-diagonal element at `low` is negligible: `diagonal[low]` is an eigenvalue then. */
function chaseBelow(d: Float64Array, e: Float64Array, low: number, size: number): void {
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let end = low;
    while (end < size - 1 && !isNegligible(d, e, end)) end++;
    if (end === low) return;
    sweepQl(d, e, low, end);
  }
}

function isNegligible(d: Float64Array, e: Float64Array, i: number): boolean {
  const scale = Math.abs(d[i] ?? 0) + Math.abs(d[i + 1] ?? 0);
  return Math.abs(e[i] ?? 0) <= Number.EPSILON * scale || Math.abs(e[i] ?? 0) < 1e-300;
}

/** One implicit QL step on the block from `low` to `end`, as a row of rotations from the bottom up. */
function sweepQl(d: Float64Array, e: Float64Array, low: number, end: number): void {
  const [first, next, beside] = [d[low] ?? 0, d[low + 1] ?? 0, e[low] ?? 0];
  const slope = (next - first) / (2 * beside);
  const root = Math.hypot(slope, 1);
  let g = (d[end] ?? 0) - first + beside / (slope + (slope >= 0 ? root : -root));
  let [sine, cosine, shift] = [1, 1, 0];
  for (let i = end - 1; i >= low; i--) {
    const f = sine * (e[i] ?? 0);
    const b = cosine * (e[i] ?? 0);
    const radius = Math.hypot(f, g);
    e[i + 1] = radius;
    if (radius === 0) {
      d[i + 1] = (d[i + 1] ?? 0) - shift;
      e[end] = 0;
      return;
    }
    sine = f / radius;
    cosine = g / radius;
    g = (d[i + 1] ?? 0) - shift;
    const turned = ((d[i] ?? 0) - g) * sine + 2 * cosine * b;
    shift = sine * turned;
    d[i + 1] = g + shift;
    g = cosine * turned - b;
  }
  d[low] = (d[low] ?? 0) - shift;
  e[low] = g;
  e[end] = 0;
}

interface Eigenpair {
  readonly value: number;
  /** `[m]`, of length 1 */
  readonly vector: Float64Array;
}

/** Vectors that are iterated to find the leading two: more vectors widen the eigenvalue gap, and so the convergence. */
const BLOCK = 8;
const ITERATIONS = 200;
/** The length of A v - value v, over the largest value, that is small enough: PCA is a start, rescaled to 1e-4. */
const TOLERANCE = 1e-6;

/**
 * The two largest eigenvalues of a symmetric, positive semi-definite matrix `[m, m]` and their vectors, by orthogonal
 * iteration with a Rayleigh-Ritz step (Golub and Van Loan, chapter 8). Unlike `symmetricEigenvalues` it costs m^2 a
 * step, not m^3, which many dimensions need.
 */
export function leadingEigenpairs(matrix: Float32Array, m: number): [Eigenpair, Eigenpair] {
  const size = Math.min(BLOCK, m);
  const random = seededNormals(size * m, 1, 1);
  let basis: Float64Array[] = Array.from({ length: size }, (_, b) =>
    Float64Array.from(random.subarray(b * m, (b + 1) * m)),
  );
  let pairs: Eigenpair[] = [];
  for (let i = 0; i < ITERATIONS; i++) {
    orthonormalize(basis);
    const images = basis.map((vector) => product(matrix, vector));
    const ritz = rotated(basis, images);
    pairs = ritz.map(({ value, vector }) => ({ value, vector }));
    const largest = pairs[0]?.value ?? 0;
    const wanted = ritz.slice(0, 2);
    if (wanted.every((pair) => residual(pair) <= TOLERANCE * largest)) break;
    basis = ritz.map(({ image }) => image);
  }
  const none = { value: 0, vector: new Float64Array(m) };
  return [pairs[0] ?? none, pairs[1] ?? none];
}

interface RitzPair extends Eigenpair {
  /** A times the vector. */
  readonly image: Float64Array;
}

/** The basis turned so that the matrix is diagonal in it, largest value first. */
function rotated(basis: readonly Float64Array[], images: readonly Float64Array[]): RitzPair[] {
  const projected = basis.map((v) => images.map((image) => dot(v, image)));
  return jacobi(projected)
    .map(({ value, weights }) => ({
      value,
      vector: combine(basis, weights),
      image: combine(images, weights),
    }))
    .sort((a, b) => b.value - a.value);
}

/** All eigenpairs of a small symmetric matrix by Jacobi's rotations. */
function jacobi(symmetric: readonly (readonly number[])[]): { value: number; weights: number[] }[] {
  const size = symmetric.length;
  const a = symmetric.map((row, r) => row.map((value, c) => (value + (symmetric[c]?.[r] ?? value)) / 2));
  const v = a.map((_, r) => a.map((_, c) => Number(r === c)));
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, v, p, q);
  }
  return a.map((row, c) => ({ value: row[c] ?? 0, weights: v.map((vRow) => vRow[c] ?? 0) }));
}

function rotate(a: number[][], v: number[][], p: number, q: number): void {
  const [rowP = [], rowQ = []] = [a[p], a[q]];
  const [app = 0, aqq = 0, apq = 0] = [rowP[p], rowQ[q], rowP[q]];
  if (apq === 0) return;
  const tau = (aqq - app) / (2 * apq);
  const t = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const cos = 1 / Math.sqrt(1 + t * t);
  const turn = (row: number[]) => {
    const [x = 0, y = 0] = [row[p], row[q]];
    row[p] = cos * x - t * cos * y;
    row[q] = t * cos * x + cos * y;
  };
  for (const row of a) turn(row);
  for (let c = 0; c < a.length; c++) {
    const [x = 0, y = 0] = [rowP[c], rowQ[c]];
    rowP[c] = cos * x - t * cos * y;
    rowQ[c] = t * cos * x + cos * y;
  }
  for (const row of v) turn(row);
}

/** Gram-Schmidt, twice; a linearly dependent vector becomes zero. */
function orthonormalize(basis: readonly Float64Array[]): void {
  for (const [i, vector] of basis.entries()) {
    const before = Math.sqrt(dot(vector, vector));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of basis.slice(0, i)) subtract(vector, other, dot(vector, other));
    }
    const length = Math.sqrt(dot(vector, vector));
    const scale = length > 1e-12 * before ? 1 / length : 0;
    for (let c = 0; c < vector.length; c++) vector[c] = (vector[c] ?? 0) * scale;
  }
}

function product(matrix: Float32Array, vector: Float64Array): Float64Array {
  const m = vector.length;
  return vector.map((_, r) => dot(matrix.subarray(r * m, (r + 1) * m), vector));
}

function combine(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const [i, vector] of vectors.entries()) subtract(sum, vector, -(weights[i] ?? 0));
  return sum;
}

function residual({ value, vector, image }: RitzPair): number {
  let sum = 0;
  for (let c = 0; c < vector.length; c++) sum += ((image[c] ?? 0) - value * (vector[c] ?? 0)) ** 2;
  return Math.sqrt(sum);
}

function subtract(from: Float64Array, vector: Float64Array, times: number): void {
  for (let c = 0; c < from.length; c++) from[c] = (from[c] ?? 0) - times * (vector[c] ?? 0);
}
