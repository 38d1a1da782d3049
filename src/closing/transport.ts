import { eigenpairs } from '../metrics/eigenpairs.ts';
import { timesTransposed, trace, transpose } from '../metrics/linear-algebra.ts';
import { centredMap } from './affine-map.ts';
import type { LinearMaps, Means } from './closed-forms.ts';
import { identity, mixed, product, scaleRow, solveLowerTransposed } from './matrices.ts';
import { covarianceFactor, type RowMoments, spreadOf } from './sample.ts';

/**
 * Optimal transport between the normal distributions of both modalities' means and covariances, to the midpoint
 * (Bures-Wasserstein barycentre; Knott and Smith 1984, Takatsu 2011): W = (1 - s) I + s (I + A) / 2, where A, and
 * for the texts its inverse, carries one covariance to the other: A = S_x^-1/2 (S_x^1/2 S_y S_x^1/2)^1/2 S_x^-1/2. Pairs are
 * not looked at. Strength 0 is centring, 1 the midpoint.
 */
export function transport(moments: RowMoments, strength: number): LinearMaps {
  const { images, texts, dim } = moments;
  const { forward, backward } = transportMatrices(moments);
  const toMidpoint = (matrix: Float64Array) => mixed(identity(dim), matrix, strength / 2);
  return {
    images: centredMap(toMidpoint(forward), images.mean),
    texts: centredMap(toMidpoint(backward()), texts.mean),
  };
}

/**
 * A with A S_x A = S_y, symmetric and positive, and its inverse. With S_x = L L^T and L^T S_y L = V diag(v) V^T
 * it is A = L^-T V diag(v^1/2) V^T L^-1, so one eigenvalue problem gives both.
 */
function transportMatrices({ images, texts, dim }: RowMoments) {
  const lower = covarianceFactor('images', images, dim);
  const upper = transpose(lower, dim, dim);
  const between = product(product(upper, texts.covariance, dim), lower, dim);
  const { values, vectors } = eigenpairs(between, dim);
  spreadOf('texts', texts, dim);
  const least = Number.EPSILON * (values.at(-1) as number);
  const scaled = (power: number) => {
    const rows = vectors.slice();
    for (let i = 0; i < dim; i++) scaleRow(rows, dim, i, Math.max(values[i] as number, least) ** power);
    return transpose(rows, dim, dim); // its columns are the vectors
  };
  const half = solveLowerTransposed(lower, dim, scaled(1 / 4));
  return {
    forward: timesTransposed(half, half, dim),
    backward: () => {
      const inverse = product(lower, scaled(-1 / 4), dim);
      return timesTransposed(inverse, inverse, dim);
    },
  };
}

/**
 * Reciprocal transport: W_x = A^(s/2) and W_y = A^(-s/2) with the A of `transport`. Since W_x^T W_y = I, no inner product of a
 * centred image with a centred text changes: what is taken away is scatter within a modality that says nothing about the
 * other. At strength 1 both covariances are the same, and A makes tr(A S_x) + tr(A^-1 S_y) least; at 0 it is centring.
 */
export function reciprocal(moments: RowMoments, strength: number): LinearMaps {
  const { images, texts, dim } = moments;
  const power = powersOf(transportMatrices(moments).forward, dim);
  return {
    images: centredMap(power(strength / 2), images.mean),
    texts: centredMap(power(-strength / 2), texts.mean),
  };
}

/**
 * Reciprocal transport between *local* covariances, those of rows about the mean of their cell (`withinCells`): what subjects
 * differ in is left alone, since a map would learn the few it sees by heart. Both modalities then go through one
 * matrix N = (P / (tr P / D) + 0.1 I)^(s/6), with P the sum of both local covariances after transport, which stretches
 * the directions in which neighbours differ.
 * @param means of all rows @param within moments of the rows about their cells' means
 */
export function local(means: Means, within: RowMoments, strength: number): LinearMaps {
  const { dim } = within;
  const power = powersOf(transportMatrices(within).forward, dim);
  const [forward, backward] = [power(strength / 2), power(-strength / 2)];
  const ofImages = sandwich(forward, within.images.covariance, dim);
  const ofTexts = sandwich(backward, within.texts.covariance, dim);
  const both = ofImages.map((value, i) => value + (ofTexts[i] as number));
  const scale = dim / trace(both, dim);
  const ridged = identity(dim).map((one, i) => RIDGE * one + scale * (both[i] as number));
  const stretch = powersOf(ridged, dim)(strength / 6);
  return {
    images: centredMap(timesTransposed(stretch, forward, dim), means.images.mean),
    texts: centredMap(timesTransposed(stretch, backward, dim), means.texts.mean),
  };
}

/** Powers of a symmetric, positive matrix `[size, size]`. */
function powersOf(matrix: Float64Array, size: number): (exponent: number) => Float64Array<ArrayBuffer> {
  const { values, vectors } = eigenpairs(matrix, size);
  const least = Number.EPSILON * (values.at(-1) as number);
  return (exponent) => {
    const scaled = vectors.slice();
    for (let i = 0; i < size; i++) {
      scaleRow(scaled, size, i, Math.max(values[i] as number, least) ** (exponent / 2));
    }
    const half = transpose(scaled, size, size);
    return timesTransposed(half, half, size);
  };
}

/** W S W for symmetric W and S `[size, size]`. */
function sandwich(w: Float64Array, s: Float64Array, size: number): Float64Array<ArrayBuffer> {
  return timesTransposed(timesTransposed(w, s, size), w, size);
}

/** The share of the mean that is added to every eigenvalue of what stretches. */
const RIDGE = 0.1;
