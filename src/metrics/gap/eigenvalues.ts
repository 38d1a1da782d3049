/**
 * All eigenvalues of a symmetric matrix `[size, size]`, ascending, in double precision: Householder's reduction to
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

/** QL sweeps until the element beside `low` is negligible: `diagonal[low]` is an eigenvalue then. */
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
