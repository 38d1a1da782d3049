import { seededNormals } from './random.ts';

export interface Eigenpair {
  readonly value: number;
  /** `[m]`, of length 1 */
  readonly vector: Float64Array;
}

/** Vectors that are iterated for the two that are wanted: with more, the gap that sets the pace is wider. */
const BLOCK = 8;
const ITERATIONS = 200;
/** The length of A v - value v, over the largest value, that is small enough: PCA is a start, rescaled to 1e-4. */
const TOLERANCE = 1e-6;

/**
 * The two largest eigenvalues of a symmetric, positive semi-definite matrix `[m, m]` and their vectors, by orthogonal
 * iteration in double precision with a Rayleigh-Ritz step (Golub and Van Loan, chapter 8).
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

/** Gram-Schmidt, twice; a vector that is nothing but the others becomes zero. */
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
  return vector.map((_, r) => {
    let sum = 0;
    for (let c = 0; c < m; c++) sum += (matrix[r * m + c] ?? 0) * (vector[c] ?? 0);
    return sum;
  });
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

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += (a[c] ?? 0) * (b[c] ?? 0);
  return sum;
}
