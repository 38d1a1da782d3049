import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

interface Eigenpairs {
  /** Ascending. */
  readonly values: Float64Array;
  /** Row i is the vector of value i, of length 1: `[size, size]` */
  readonly vectors: Float64Array<ArrayBuffer>;
}

/** All eigenpairs of a symmetric matrix `[size, size]`. */
export function eigenpairs(matrix: Float64Array, size: number): Eigenpairs {
  const input = Matrix.from1DArray(size, size, matrix);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(input, {
    assumeSymmetric: true,
  });
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors.set(eigenvectorMatrix.getColumn(i), i * size);
  return { values: Float64Array.from(realEigenvalues), vectors };
}
