import { centredScatter, choleskyFactor, choleskySolve, trace, weightedMean } from '../linear-algebra.ts';
import { meanEstimate } from './estimate.ts';
import type { Pairs } from './pairing.ts';

/** @param counts `[resamples, n]` */
export function separability(pairs: Pairs, counts: Float32Array) {
  return { separability: meanEstimate(correctSides(pairs), counts) };
}

const FOLDS = 5;
/** Of scikit-learn's LinearDiscriminantAnalysis(solver='lsqr', shrinkage=0.1). */
const SHRINKAGE = 0.1;
/** Below this, differences of unit vectors are rounding errors. */
const NEGLIGIBLE = 1e-12;

/**
 * How well a plane separates images from texts: for each pair, the share of its two rows on the right side, 0, 0.5 or
 * 1; chance is a mean of 0.5. Cross-validated over 5 folds (n, if fewer), pair i in fold i mod 5, by linear
 * discriminant analysis with the covariance of each class (biased) shrunk by 0.1 towards its mean variance, as
 * scikit-learn does it. Deterministic. NaN of a single pair, which leaves nothing to train on.
 */
function correctSides(pairs: Pairs): Float64Array {
  const { n, dim, images, texts } = pairs;
  const folds = Math.min(FOLDS, n);
  const correct = new Float64Array(n).fill(Number.NaN);
  if (folds < 2) return correct;
  for (let fold = 0; fold < folds; fold++) {
    const side = trainPlane(
      pairs,
      Float64Array.from({ length: n }, (_, i) => Number(i % folds !== fold)),
    );
    for (let i = fold; i < n; i += folds) {
      const image = side(images.subarray(i * dim, (i + 1) * dim)) > 0;
      const text = side(texts.subarray(i * dim, (i + 1) * dim)) <= 0;
      correct[i] = (Number(image) + Number(text)) / 2;
    }
  }
  return correct;
}

/** A function that is positive on the images' side, from the pairs of weight 1. */
function trainPlane({ images, texts, dim }: Pairs, chosen: Float64Array): (row: Float64Array) => number {
  const count = chosen.reduce((a, b) => a + b, 0);
  const [x, y] = [classOf(images, dim, chosen, count), classOf(texts, dim, chosen, count)];
  const covariance = x.covariance.map((value, i) => (value + (y.covariance[i] as number)) / 2);
  const difference = x.mean.map((value, d) => value - (y.mean[d] as number));
  if (difference.every((value) => Math.abs(value) < NEGLIGIBLE)) return () => 0; // no plane: all are texts
  if (trace(covariance, dim) < NEGLIGIBLE) {
    for (let d = 0; d < dim; d++) covariance[d * dim + d] = 1; // no spread: the nearest centroid
  }
  const normal = choleskySolve(choleskyFactor(covariance, dim), dim, difference);
  const offset = normal.reduce(
    (sum, value, d) => sum + (value * ((x.mean[d] as number) + (y.mean[d] as number))) / 2,
    0,
  );
  return (row) => row.reduce((sum, value, d) => sum + value * (normal[d] as number), -offset);
}

function classOf(rows: Float64Array, dim: number, chosen: Float64Array, count: number) {
  const mean = weightedMean(rows, dim, chosen, count);
  const covariance = centredScatter(rows, dim, chosen, count).map((value) => value / count);
  const variance = trace(covariance, dim) / dim;
  const shrunk = covariance.map((value) => (1 - SHRINKAGE) * value);
  for (let d = 0; d < dim; d++) shrunk[d * dim + d] = (shrunk[d * dim + d] as number) + SHRINKAGE * variance;
  return { mean, covariance: shrunk };
}
