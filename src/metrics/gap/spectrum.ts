import { throwIfAborted } from '../../errors.ts';
import {
  centredScatter,
  choleskyFactor,
  symmetricEigenvalues,
  timesTransposed,
  trace,
  transpose,
} from '../linear-algebra.ts';
import { swappedPairs } from '../random.ts';
import { centredEstimate, withBaseline } from './estimate.ts';
import type { Pairs } from './pairing.ts';

/**
 * The statistics that need eigenvalues. Their resamples cost the cube of the smaller side, so large inputs get fewer
 * than requested, but at least 20.
 */
export async function spectrum(
  pairs: Pairs,
  counts: Float32Array,
  { permutations, seed, signal, onProgress }: SpectrumOptions,
) {
  const { n } = pairs;
  const resamples = Math.min(counts.length / n, affordable(pairs));
  const swaps = Math.min(permutations, MOST_SWAPS, affordable(pairs));
  const step = async (done: number) => {
    onProgress?.(done, resamples + swaps);
    await new Promise((resolve) => setTimeout(resolve)); // yields to the event loop
    throwIfAborted(signal);
  };
  const scatterFor = scatterOf(pairs);
  const measure = (weights: ArrayLike<number>) => {
    const scatter = scatterFor(weights);
    return {
      ...shapeGap(scatter),
      images: effectiveRank(scatter.images, scatter.size),
      texts: effectiveRank(scatter.texts, scatter.size),
    };
  };
  const whole = measure(new Float64Array(n).fill(1));
  const replicates: (typeof whole)[] = [];
  for (let r = 0; r < resamples; r++) {
    replicates.push(measure(counts.subarray(r * n, (r + 1) * n)));
    await step(r + 1);
  }
  const swapped: number[] = [];
  for (let s = 0; s < swaps; s++) {
    const sides = swapModalities(pairs, swappedPairs(seed, s, n));
    swapped.push(shapeGap(scatterOf(sides)(new Float64Array(n).fill(1))).distributionGap);
    await step(resamples + s + 1);
  }
  const of = (name: keyof typeof whole) =>
    centredEstimate(
      whole[name],
      replicates.map((replicate) => replicate[name]),
    );
  return {
    distributionGap: withBaseline(of('distributionGap'), swapped, 'larger'),
    squaredFrechet: of('squaredFrechet'),
    effectiveRank: { images: of('images'), texts: of('texts') },
  };
}

type Rows = Pick<Pairs, 'images' | 'texts' | 'n' | 'dim'>;

interface SpectrumOptions {
  /** Swaps of the modalities that the distribution gap is held against. */
  readonly permutations: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Pairs of which some have image and text exchanged: both sides then come from one distribution, and the gap left between
 * them is what so few pairs have by chance.
 */
function swapModalities({ images, texts, n, dim }: Pairs, swapped: Uint8Array) {
  const [left, right] = [Float64Array.from(images), Float64Array.from(texts)];
  for (let i = 0; i < n; i++) {
    if (!swapped[i]) continue;
    left.set(texts.subarray(i * dim, (i + 1) * dim), i * dim);
    right.set(images.subarray(i * dim, (i + 1) * dim), i * dim);
  }
  return { images: left, texts: right, n, dim };
}

/** Budget of multiplications for all resamples: about ten seconds. */
const WORK = 1e10;
const FEWEST_RESAMPLES = 20;
/** Enough for the mean by chance, which varies little. A swap computes the inner products of all rows anew. */
const MOST_SWAPS = 100;

function affordable({ n, dim }: Pairs): number {
  const size = Math.min(n, dim);
  const cost = 5 * size ** 3 + (n > dim ? n * dim * dim : 0);
  return Math.max(FEWEST_RESAMPLES, Math.floor(WORK / cost));
}

/**
 * The effective rank of Roy and Vetterli 2007: exp(entropy of s_i / sum of s), with s the singular values of the
 * centred rows of a modality. From 1, all on a line, to the number of dimensions, alike in all. NaN of no spread.
 * @param scatter `[size, size]`: X^T X of the centred rows, or X X^T, whose other eigenvalues are the same
 */
function effectiveRank(scatter: Float64Array, size: number): number {
  const singular = symmetricEigenvalues(scatter, size).map((value) => Math.sqrt(Math.max(value, 0)));
  const sum = singular.reduce((a, b) => a + b, 0);
  let entropy = 0;
  for (const value of singular) {
    const share = value / sum;
    if (share !== 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/** The distance of two modalities with aligned centroids. NaN for a single pair. */
interface ShapeGap {
  /**
   * The squared Frechet distance of Dowson and Landau 1982 between normal distributions of the modalities' covariances S
   * (divided by n - 1) and of equal means: tr(S_x + S_y - 2 (S_x S_y)^(1/2)), also known as the squared Bures distance.
   * With the squared centroid distance it adds up to what is called FID.
   */
  readonly squaredFrechet: number;
  /** The same divided by tr(S_x + S_y): 0 for equal shapes, 1 for disjoint ones, independent of scale. */
  readonly distributionGap: number;
}

/** The trace of the root is the sum of the singular values of X Y^T / (n - 1), X and Y being the centred rows. */
function shapeGap({ images, texts, cross, size, n }: CentredScatter): ShapeGap {
  const squares = symmetricEigenvalues(timesTransposed(cross, cross, size), size);
  const root = squares.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
  const spread = trace(images, size) + trace(texts, size);
  const distance = Math.max(0, spread - 2 * root);
  return {
    squaredFrechet: distance / (n - 1),
    distributionGap: n > 1 && spread === 0 ? 0 : distance / spread, // two points have the same shape
  };
}

/** The spread of a sample's centred rows X and Y, in whichever form is smaller. */
interface CentredScatter {
  /** n or dim: the side of the matrices. */
  readonly size: number;
  /** X X^T `[n, n]`, or X^T X `[dim, dim]`: their eigenvalues other than 0 are the same. */
  readonly images: Float64Array;
  readonly texts: Float64Array;
  /** A matrix with the singular values of X Y^T. */
  readonly cross: Float64Array;
  /** Pairs, copies included. */
  readonly n: number;
}

/**
 * Gives a function from a sample (`weights[i]` copies of pair i) to its scatter; what samples share is computed once.
 */
function scatterOf(pairs: Rows): (weights: ArrayLike<number>) => CentredScatter {
  return pairs.n <= pairs.dim ? byRows(pairs) : byColumns(pairs);
}

/** Few pairs: inner products of all rows, centred for each sample. */
function byRows({ images, texts, n, dim }: Rows): (weights: ArrayLike<number>) => CentredScatter {
  const products = {
    images: timesTransposed(images, images, dim),
    texts: timesTransposed(texts, texts, dim),
    cross: timesTransposed(images, texts, dim),
  };
  return (weights) => ({
    size: n,
    n,
    images: centredProducts(products.images, n, weights),
    texts: centredProducts(products.texts, n, weights),
    cross: centredProducts(products.cross, n, weights),
  });
}

/**
 * sqrt(w_i w_j) (x_i - mean) . (y_j - mean): as many copies of a row as its weight have the singular values of the row
 * once, scaled by the root of the weight.
 */
function centredProducts(products: Float64Array, n: number, weights: ArrayLike<number>): Float64Array {
  const [rowMeans, colMeans] = [new Float64Array(n), new Float64Array(n)];
  let all = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const value = products[i * n + j] as number;
      rowMeans[i] = (rowMeans[i] as number) + (value * (weights[j] ?? 0)) / n;
      colMeans[j] = (colMeans[j] as number) + (value * (weights[i] ?? 0)) / n;
    }
    all += ((rowMeans[i] as number) * (weights[i] ?? 0)) / n;
  }
  return products.map((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const centred = value - (rowMeans[i] as number) - (colMeans[j] as number) + all;
    return Math.sqrt((weights[i] ?? 0) * (weights[j] ?? 0)) * centred;
  });
}

/** Many pairs: sums of outer products. With L L^T = X^T X of each, L_x^T L_y has the singular values of X Y^T. */
function byColumns({ images, texts, n, dim }: Rows): (weights: ArrayLike<number>) => CentredScatter {
  return (weights) => {
    const [x, y] = [centredScatter(images, dim, weights, n), centredScatter(texts, dim, weights, n)];
    const [left, right] = [choleskyFactor(x, dim), choleskyFactor(y, dim)];
    const cross = timesTransposed(transpose(left, dim, dim), transpose(right, dim, dim), dim);
    return { size: dim, n, images: x, texts: y, cross };
  };
}
