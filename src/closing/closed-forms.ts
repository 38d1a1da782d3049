import type { LinearMap } from '../closing-data.ts';
import { choleskyFactor, timesTransposed, trace, transpose } from '../metrics/linear-algebra.ts';
import { centredMap, translation } from './affine-map.ts';
import { NoSpreadError } from './errors.ts';
import {
  eigenpairs,
  identity,
  mixed,
  product,
  scaleRow,
  solveLower,
  solveLowerTransposed,
} from './matrices.ts';
import type { Moments, PairedMoments, RowMoments } from './sample.ts';

/** What images and texts go through before they are scaled to length 1. */
export interface LinearMaps {
  readonly images: LinearMap;
  readonly texts: LinearMap;
  /** Where the means are once the rows have length 1 again: both at 0 by default, or as they come, or texts' at this. */
  readonly means?: 'as they come' | Float64Array<ArrayBuffer>;
}

/** Each modality's mean `[D]`. */
interface Means {
  readonly images: Pick<Moments, 'mean'>;
  readonly texts: Pick<Moments, 'mean'>;
}

/**
 * Moves both along the gap vector of Liang et al. 2022 ("Mind the Gap"), gap = mean(x) - mean(y): images by -amount / 2
 * of it, texts by + amount / 2. The common mean stays.
 */
export function shift({ images, texts }: Means, amount: number): LinearMaps {
  const gap = images.mean.map((value, d) => value - (texts.mean[d] as number));
  return {
    images: translation(gap.map((value) => (-amount / 2) * value)),
    texts: translation(gap.map((value) => (amount / 2) * value)),
    means: 'as they come',
  };
}

/** Takes each modality's own mean out: x - mean(x). GR-CLIP's calibration (Li et al. 2025). */
export function center({ images, texts }: Means): LinearMaps {
  return {
    images: translation(images.mean.map((value) => -value)),
    texts: translation(texts.mean.map((value) => -value)),
  };
}

/** Centres, and divides each dimension by its standard deviation. */
export function standardise({ images, texts, dim }: RowMoments): LinearMaps {
  const scaled = (name: string, moments: Moments) => {
    spreadOf(name, moments, dim);
    const { mean, covariance } = moments;
    const weight = identity(dim);
    for (let d = 0; d < dim; d++) scaleRow(weight, dim, d, 1 / Math.sqrt(covariance[d * dim + d] as number));
    return centredMap(weight, mean);
  };
  return { images: scaled('images', images), texts: scaled('texts', texts) };
}

/**
 * ReAlign (Yu et al. 2026, "Modality Gap-Driven Subspace Alignment"): texts take the images' mean and total variance,
 * y = mean(x) + sqrt(tr S_x / tr S_y) (y - mean(y)), and their mean is corrected after scaling to length 1. Images stay.
 */
export function realign({ images, texts, dim }: RowMoments): LinearMaps {
  const scale = Math.sqrt(spreadOf('images', images, dim) / spreadOf('texts', texts, dim));
  const weight = identity(dim).map((value) => value * scale);
  const { bias, ...map } = centredMap(weight, texts.mean);
  return {
    images: translation(new Float64Array(dim)),
    texts: { ...map, bias: bias.map((value, d) => value + (images.mean[d] as number)) },
    means: images.mean,
  };
}

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
  const lower = factorOf('images', images, dim);
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
  const halfOfInverse = () => product(lower, scaled(-1 / 4), dim);
  return {
    forward: timesTransposed(half, half, dim),
    backward: () => {
      const inverse = halfOfInverse();
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
 * @param local moments of the rows about their cells' means
 */
export function local({ images, texts }: Means, local: RowMoments, strength: number): LinearMaps {
  const { dim } = local;
  const power = powersOf(transportMatrices(local).forward, dim);
  const [forward, backward] = [power(strength / 2), power(-strength / 2)];
  const spread = sandwich(forward, local.images.covariance, dim);
  const other = sandwich(backward, local.texts.covariance, dim);
  const both = spread.map((value, i) => value + (other[i] as number));
  const scale = dim / trace(both, dim);
  const ridged = identity(dim).map((one, i) => RIDGE * one + scale * (both[i] as number));
  const stretch = powersOf(ridged, dim)(strength / 6);
  return {
    images: centredMap(timesTransposed(stretch, forward, dim), images.mean),
    texts: centredMap(timesTransposed(stretch, backward, dim), texts.mean),
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

/** The total variance. @throws {NoSpreadError} */
function spreadOf(name: string, { covariance }: Moments, dim: number): number {
  const spread = trace(covariance, dim);
  if (spread > LEAST_SPREAD) return spread;
  throw new NoSpreadError(name);
}

/** Of rows of length 1 in f32: less is rounding error. */
const LEAST_SPREAD = 1e-10;

/** L with L L^T = S. */
function factorOf(name: string, moments: Moments, dim: number): Float64Array<ArrayBuffer> {
  spreadOf(name, moments, dim);
  return Float64Array.from(choleskyFactor(moments.covariance, dim));
}

/** L with L L^T = S + 0.1 tr(S) / D I. */
function ridgeFactor(name: string, moments: Moments, dim: number): Float64Array<ArrayBuffer> {
  const added = (RIDGE * trace(moments.covariance, dim)) / dim;
  const covariance = moments.covariance.slice();
  for (let d = 0; d < dim; d++) covariance[d * dim + d] = (covariance[d * dim + d] as number) + added;
  return factorOf(name, { ...moments, covariance }, dim);
}
