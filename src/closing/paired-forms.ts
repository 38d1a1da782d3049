import { eigenpairs } from '../metrics/eigenpairs.ts';
import { timesTransposed, trace, transpose } from '../metrics/linear-algebra.ts';
import { centredMap } from './affine-map.ts';
import { center, type LinearMaps } from './closed-forms.ts';
import { product, scaleRow, solveLower, solveLowerTransposed } from './matrices.ts';
import { covarianceFactor, type Moments, type PairedMoments } from './sample.ts';

/** The share of the mean variance that is added to every variance. */
const RIDGE = 0.1;

/**
 * Canonical correlation analysis (Hotelling 1936), regularised by 0.1 of the mean variance, each pair of canonical
 * variables weighted by its correlation (Gong et al. 2014): W_x = diag(d) U^T L_x^-1 and W_y = diag(d) V^T L_y^-1, with U
 * diag(d) V^T = L_x^-1 S_xy L_y^-T and L L^T = S + 0.1 tr(S) / D I.
 */
export function cca(moments: PairedMoments): LinearMaps {
  const { images, texts, cross, dim } = moments;
  const [lowerX, lowerY] = [ridgeFactor('images', images, dim), ridgeFactor('texts', texts, dim)];
  const half = solveLower(lowerX, dim, cross);
  const whitened = transpose(solveLower(lowerY, dim, transpose(half, dim, dim)), dim, dim);
  const { values, vectors } = eigenpairs(timesTransposed(whitened, whitened, dim), dim);
  const kept = [...values.keys()]
    .reverse()
    .filter((i) => (values[i] as number) > NEGLIGIBLE * (values.at(-1) as number));
  const left = new Float64Array(kept.length * dim);
  for (const [at, i] of kept.entries()) left.set(vectors.subarray(i * dim, (i + 1) * dim), at * dim);
  const right = product(left, whitened, dim); // row i is d_i v_i
  for (const [at, i] of kept.entries()) scaleRow(left, dim, at, Math.sqrt(values[i] as number));
  const mapOf = (rows: Float64Array<ArrayBuffer>, lower: Float64Array, mean: Float64Array) => {
    const columns = transpose(rows, kept.length, dim);
    return centredMap(transpose(solveLowerTransposed(lower, dim, columns), dim, kept.length), mean);
  };
  return { images: mapOf(left, lowerX, images.mean), texts: mapOf(right, lowerY, texts.mean) };
}

/** Canonical correlations below the root of this share of the largest are rounding error. */
const NEGLIGIBLE = 1e-10;

/**
 * The rotation of the texts onto the images that leaves the smallest squared distances (Schönemann 1966):
 * R = S_xy (S_yx S_xy)^-1/2. Directions in which the pairs share nothing are dropped, since no rotation follows for them.
 */
export function procrustes(moments: PairedMoments): LinearMaps {
  const { texts, cross, dim } = moments;
  const { values, vectors } = eigenpairs(product(transpose(cross, dim, dim), cross, dim), dim);
  const scaled = vectors.slice();
  for (let i = 0; i < dim; i++) {
    const value = values[i] as number;
    scaleRow(scaled, dim, i, value > NEGLIGIBLE * (values.at(-1) as number) ? 1 / Math.sqrt(value) : 0);
  }
  const inverseRoot = product(transpose(vectors, dim, dim), scaled, dim);
  return {
    images: center(moments).images,
    texts: centredMap(product(cross, inverseRoot, dim), texts.mean),
  };
}

/** Ridge regression of the images on the texts: W_y = S_xy (S_y + 0.1 tr(S_y) / D I)^-1. */
export function ridge(moments: PairedMoments): LinearMaps {
  const { texts, cross, dim } = moments;
  const lower = ridgeFactor('texts', texts, dim);
  const half = solveLower(lower, dim, transpose(cross, dim, dim));
  const weight = transpose(solveLowerTransposed(lower, dim, half), dim, dim);
  return { images: center(moments).images, texts: centredMap(weight, texts.mean) };
}

/** L with L L^T = S + 0.1 tr(S) / D I. */
function ridgeFactor(name: string, moments: Moments, dim: number): Float64Array<ArrayBuffer> {
  const added = (RIDGE * trace(moments.covariance, dim)) / dim;
  const covariance = moments.covariance.slice();
  for (let d = 0; d < dim; d++) covariance[d * dim + d] = (covariance[d * dim + d] as number) + added;
  return covarianceFactor(name, { ...moments, covariance }, dim);
}
