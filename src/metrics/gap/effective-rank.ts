import { symmetricEigenvalues } from './eigenvalues.ts';

/**
 * The effective rank of Roy and Vetterli 2007: exp(entropy of s_i / sum of s), with s the singular values of the
 * centred rows of a modality. From 1, all on a line, to the number of dimensions, alike in all. NaN of no spread.
 * @param scatter `[size, size]`: X^T X of the centred rows, or X X^T, whose other eigenvalues are the same
 */
export function effectiveRank(scatter: Float64Array, size: number): number {
  const singular = symmetricEigenvalues(scatter, size).map((value) => Math.sqrt(Math.max(value, 0)));
  const sum = singular.reduce((a, b) => a + b, 0);
  let entropy = 0;
  for (const value of singular) {
    const share = value / sum;
    if (share !== 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}
