import type { CentredScatter } from './centred-scatter.ts';
import { symmetricEigenvalues } from './eigenvalues.ts';
import { timesTransposed, trace } from './matrix-products.ts';

/**
 * The distribution gap: what is left of the gap once both centroids lie on each other. The squared Frechet distance of
 * Dowson and Landau 1982 between normal distributions of the modalities' covariances S (divided by n - 1) and of equal
 * means: tr(S_x + S_y - 2 (S_x S_y)^(1/2)). With the squared centroid distance it adds up to what is called FID.
 * The trace of the root is the sum of the singular values of X Y^T / (n - 1), X and Y being the centred rows.
 * NaN of a single pair.
 */
export function frechetDistance({ images, texts, cross, size, n }: CentredScatter): number {
  const squares = symmetricEigenvalues(timesTransposed(cross, cross, size), size);
  const root = squares.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
  return Math.max(0, trace(images, size) + trace(texts, size) - 2 * root) / (n - 1);
}
