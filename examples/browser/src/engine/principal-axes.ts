import { similarityMatrix } from 'biomedclip-webgpu';
import { EigenvalueDecomposition, Matrix, QrDecomposition } from 'ml-matrix';
import type { Vectors } from './types.ts';

/** The first two principal components of points. */
export interface PrincipalAxes {
  /** `[D]` */
  readonly mean: Float64Array;
  /** Each `[D]`, of length 1; its largest entry is positive, as in scikit-learn. */
  readonly axes: readonly [Float64Array, Float64Array];
  /** The share of the variance along each. */
  readonly explained: readonly [number, number];
}

/** Vectors that are iterated to find the leading two: more widen the gap between eigenvalues, and so the convergence. */
const BLOCK = 8;
const ITERATIONS = 200;
/** Of the residual, over the largest eigenvalue: finer than a pixel. */
const TOLERANCE = 1e-5;

/** PCA: the scatter matrix is computed on the GPU, its leading eigenvectors by orthogonal iteration (Golub and Van Loan, chapter 8). */
export async function principalAxes(points: Vectors): Promise<PrincipalAxes> {
  const { rows, dim } = points;
  const mean = meanOf(points);
  const scatter = await similarityMatrix(centredColumns(points, mean), undefined, { metric: 'dot' });
  const matrix = new Matrix(
    Array.from({ length: dim }, (_, r) => scatter.data.subarray(r * dim, (r + 1) * dim)),
  );
  const variance = matrix.trace();
  const leading = variance > 1e-9 * rows ? leadingTwo(matrix) : [];
  const axis = (i: number) => withPositivePeak(leading[i]?.vector ?? new Float64Array(dim));
  const share = (i: number) => Math.max(0, leading[i]?.value ?? 0) / (variance || 1);
  return { mean, axes: [axis(0), axis(1)], explained: [share(0), share(1)] };
}

/** Where rows lie along both axes: `[rows, 2]` */
export function alongAxes(
  { data, rows, dim }: Vectors,
  { mean, axes }: PrincipalAxes,
): Float32Array<ArrayBuffer> {
  const places = new Float32Array(2 * rows);
  for (let row = 0; row < rows; row++) {
    for (const [a, axis] of axes.entries()) {
      let sum = 0;
      for (let d = 0; d < dim; d++) sum += ((data[row * dim + d] ?? 0) - (mean[d] ?? 0)) * (axis[d] ?? 0);
      places[2 * row + a] = sum;
    }
  }
  return places;
}

function meanOf({ data, rows, dim }: Vectors): Float64Array {
  const mean = new Float64Array(dim);
  for (let i = 0; i < data.length; i++) mean[i % dim] = (mean[i % dim] ?? 0) + (data[i] ?? 0) / rows;
  return mean;
}

/** Each dimension as a row: `[D, rows]` */
function centredColumns({ data, rows, dim }: Vectors, mean: Float64Array): Vectors {
  const columns = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let d = 0; d < dim; d++) columns[d * rows + row] = (data[row * dim + d] ?? 0) - (mean[d] ?? 0);
  }
  return { data: columns, rows: dim, dim: rows };
}

interface Eigenpair {
  readonly value: number;
  readonly vector: Float64Array;
}

function leadingTwo(matrix: Matrix): Eigenpair[] {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // the same start each time, and so the same map
    return state / 2 ** 32 - 0.5;
  };
  let basis = Matrix.random(matrix.rows, Math.min(BLOCK, matrix.rows), { random });
  let found: Eigenpair[] = [];
  for (let i = 0; i < ITERATIONS; i++) {
    const orthogonal = new QrDecomposition(basis).orthogonalMatrix;
    const image = matrix.mmul(orthogonal);
    const small = new EigenvalueDecomposition(orthogonal.transpose().mmul(image), { assumeSymmetric: true });
    const order = small.realEigenvalues.map((_, k) => k).reverse(); // they come in ascending order
    const turn = small.eigenvectorMatrix.subMatrixColumn(order);
    const [vectors, images] = [orthogonal.mmul(turn), image.mmul(turn)];
    const pairs = order.map((k, column) => ({ value: small.realEigenvalues[k] ?? 0, column }));
    found = pairs
      .slice(0, 2)
      .map(({ value, column }) => ({ value, vector: Float64Array.from(vectors.getColumn(column)) }));
    const largest = found[0]?.value ?? 0;
    const residual = (column: number, value: number) =>
      Math.hypot(...images.getColumn(column).map((at, d) => at - value * vectors.get(d, column)));
    if (pairs.slice(0, 2).every(({ value, column }) => residual(column, value) <= TOLERANCE * largest)) break;
    basis = image;
  }
  return found;
}

function withPositivePeak(axis: Float64Array): Float64Array {
  const peak = axis.reduce((max, v) => (Math.abs(v) > Math.abs(max) ? v : max), 0);
  return peak < 0 ? axis.map((v) => -v) : axis;
}
