import type { CentredScatter } from './centred-scatter.ts';
import { symmetricEigenvalues } from './eigenvalues.ts';
import { timesTransposed, trace } from './matrix-products.ts';

/** How far apart two modalities are once their centroids lie on each other. NaN of a single pair. */
export interface ShapeGap {
  /**
   * The squared Frechet distance of Dowson and Landau 1982 between normal distributions of the modalities' covariances S
   * (divided by n - 1) and of equal means: tr(S_x + S_y - 2 (S_x S_y)^(1/2)), also known as the squared Bures distance.
   * With the squared centroid distance it adds up to what is called FID.
   */
  readonly squaredFrechet: number;
  /** That over tr(S_x + S_y): 0 for equal shapes, 1 for disjoint ones, whatever room they take. */
  readonly normalized: number;
}

/** The trace of the root is the sum of the singular values of X Y^T / (n - 1), X and Y being the centred rows. */
export function shapeGap({ images, texts, cross, size, n }: CentredScatter): ShapeGap {
  const squares = symmetricEigenvalues(timesTransposed(cross, cross, size), size);
  const root = squares.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
  const spread = trace(images, size) + trace(texts, size);
  const distance = Math.max(0, spread - 2 * root);
  return {
    squaredFrechet: distance / (n - 1),
    normalized: n > 1 && spread === 0 ? 0 : distance / spread, // two points are of one shape
  };
}
