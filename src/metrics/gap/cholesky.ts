/**
 * The lower triangle L `[size, size]` with L L^T = the symmetric matrix, which may be singular: where nothing is left
 * on the diagonal, nothing is left in the column either, and L's column is zero.
 */
export function choleskyFactor(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i] ?? 0;
  const negligible = 1e-14 * trace;
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
