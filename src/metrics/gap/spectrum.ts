import { throwIfAborted } from '../../errors.ts';
import { eventLoopTurns } from '../event-loop.ts';
import {
  centredScatter,
  choleskyFactor,
  symmetricEigenvalues,
  timesTransposed,
  trace,
  transpose,
} from '../linear-algebra.ts';
import { swappedPairs } from '../random.ts';
import { centredEstimate, totalOf, withBaseline } from './estimate.ts';
import type { Pairs } from './pairing.ts';

/**
 * The statistics that need eigenvalues. Their resamples cost the cube of the smaller side, so large inputs get fewer
 * than requested, but at least 20.
 */
export async function spectrum(pairs: Rows, counts: Float32Array, options: SpectrumOptions) {
  return spectrumOf(await drawScatters(pairs, counts, options, shapes));
}

function shapes(scatter: CentredScatter) {
  return {
    ...shapeGap(scatter),
    images: effectiveRank(scatter.images, scatter.size),
    texts: effectiveRank(scatter.texts, scatter.size),
  };
}

/** The same of scatter matrices `[dim, dim]` that are known, centred, of n rows each: the values alone. */
export function spectrumOfScatters(x: Float64Array, y: Float64Array, dim: number, n: number) {
  return spectrumOf({ whole: shapes(columnScatter(x, y, dim, n)), replicates: [], swapped: [] });
}

function spectrumOf({ whole, replicates, swapped }: Draws<ReturnType<typeof shapes>>) {
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

interface Draws<T> {
  readonly whole: T;
  readonly replicates: readonly T[];
  readonly swapped: readonly number[];
}

/** The distribution gap alone, with the value of each resample, and of each swap of the modalities. */
export async function distributionGapDraws(pairs: Rows, counts: Float32Array, options: SpectrumOptions) {
  const measure = (scatter: CentredScatter) => shapeGap(scatter).distributionGap;
  const { whole, replicates, swapped } = await drawScatters(pairs, counts, options, measure);
  return { value: whole, replicates: Float64Array.from(replicates), swapped };
}

/** What `measure` gives of the pairs and of each resample, and the distribution gap of each swap of the modalities. */
async function drawScatters<T>(
  pairs: Rows,
  counts: Float32Array,
  { permutations, seed, signal, onProgress }: SpectrumOptions,
  measure: (scatter: CentredScatter) => T,
): Promise<Draws<T>> {
  const { n } = pairs;
  const resamples = Math.min(counts.length / n, affordable(pairs));
  const swaps = Math.min(permutations, MOST_SWAPS, affordable(pairs));
  const turn = eventLoopTurns();
  const step = async (done: number) => {
    onProgress?.(done, resamples + swaps);
    await turn();
    throwIfAborted(signal);
  };
  const scatters = scattersOf(pairs);
  const ones = new Float64Array(n).fill(1);
  const whole = measure(scatters.of(ones));
  const replicates: T[] = [];
  for (let r = 0; r < resamples; r++) {
    replicates.push(measure(scatters.of(counts.subarray(r * n, (r + 1) * n))));
    await step(r + 1);
  }
  const swapped: number[] = [];
  for (let s = 0; s < swaps; s++) {
    swapped.push(shapeGap(scatters.swapped(swappedPairs(seed, s, n)).of(ones)).distributionGap);
    await step(resamples + s + 1);
  }
  return { whole, replicates, swapped };
}

export type Rows = Pick<Pairs, 'images' | 'texts' | 'n' | 'dim'>;

interface SpectrumOptions {
  /** Swaps of the modalities that the distribution gap is held against. */
  readonly permutations: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Budget of multiplications for all resamples, and again for all swaps: about ten seconds. */
const WORK = 1e10;
const FEWEST_RESAMPLES = 20;
/** Enough for the mean by chance, which varies little. */
const MOST_SWAPS = 100;

/** How many resamples, or swaps: a swap takes the same eigenvalues, and no products of rows but those of a resample. */
function affordable({ n, dim }: Rows): number {
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

/** The scatter of each sample of the pairs; what samples share is computed once. */
interface Scatters {
  /** @param weights how often the sample has each pair */
  of(weights: ArrayLike<number>): CentredScatter;
  /**
   * The same of pairs of which those marked have image and text exchanged: both sides then come from one distribution,
   * and the gap left between them is what so few pairs have by chance.
   */
  swapped(marked: Uint8Array): Scatters;
}

function scattersOf(pairs: Rows): Scatters {
  return pairs.n <= pairs.dim ? byRows(pairs.n, productsOf(pairs)) : byColumns(pairs);
}

/** Inner products of all rows, `[n, n]` each: x_i . x_j, y_i . y_j and x_i . y_j. */
type Products = Readonly<Record<'images' | 'texts' | 'cross', Float64Array>>;

export function productsOf({ images, texts, dim }: Rows): Products {
  return {
    images: timesTransposed(images, images, dim),
    texts: timesTransposed(texts, texts, dim),
    cross: timesTransposed(images, texts, dim),
  };
}

/** Few pairs: inner products of all rows, centred for each sample. */
function byRows(n: number, products: Products): Scatters {
  return {
    of: (weights) => {
      const total = totalOf(weights);
      return {
        size: n,
        n: total,
        images: centredProducts(products.images, n, weights, total),
        texts: centredProducts(products.texts, n, weights, total),
        cross: centredProducts(products.cross, n, weights, total),
      };
    },
    swapped: (marked) => byRows(n, swappedProducts(products, n, marked)),
  };
}

/** The products after a swap are the same numbers in other places, so no row is multiplied again. */
function swappedProducts({ images, texts, cross }: Products, n: number, marked: Uint8Array): Products {
  const swapped = {
    images: new Float64Array(n * n),
    texts: new Float64Array(n * n),
    cross: new Float64Array(n * n),
  };
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const at = i * n + j;
      const [xx, yy, xy] = [images[at] as number, texts[at] as number, cross[at] as number];
      const yx = cross[j * n + i] as number;
      const [left, right] = [marked[i] === 1, marked[j] === 1];
      swapped.images[at] = left ? (right ? yy : yx) : right ? xy : xx;
      swapped.texts[at] = left ? (right ? xx : xy) : right ? yx : yy;
      swapped.cross[at] = left ? (right ? yx : yy) : right ? xx : xy;
    }
  }
  return swapped;
}

/**
 * sqrt(w_i w_j) (x_i - mean) . (y_j - mean): as many copies of a row as its weight have the singular values of the row
 * once, scaled by the root of the weight.
 */
export function centredProducts(
  products: Float64Array,
  n: number,
  weights: ArrayLike<number>,
  total: number,
): Float64Array {
  const [rowMeans, colMeans] = [new Float64Array(n), new Float64Array(n)];
  let all = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const value = products[i * n + j] as number;
      rowMeans[i] = (rowMeans[i] as number) + (value * (weights[j] ?? 0)) / total;
      colMeans[j] = (colMeans[j] as number) + (value * (weights[i] ?? 0)) / total;
    }
    all += ((rowMeans[i] as number) * (weights[i] ?? 0)) / total;
  }
  return products.map((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const centred = value - (rowMeans[i] as number) - (colMeans[j] as number) + all;
    return Math.sqrt((weights[i] ?? 0) * (weights[j] ?? 0)) * centred;
  });
}

/** Many pairs: sums of outer products. With L L^T = X^T X of each, L_x^T L_y has the singular values of X Y^T. */
function byColumns(rows: Rows): Scatters {
  const { images, texts, dim } = rows;
  return {
    of: (weights) => {
      const total = totalOf(weights);
      const [x, y] = [
        centredScatter(images, dim, weights, total),
        centredScatter(texts, dim, weights, total),
      ];
      return columnScatter(x, y, dim, total);
    },
    swapped: (marked) => byColumns(swapRows(rows, marked)),
  };
}

function columnScatter(x: Float64Array, y: Float64Array, dim: number, n: number): CentredScatter {
  const [left, right] = [choleskyFactor(x, dim), choleskyFactor(y, dim)];
  const cross = timesTransposed(transpose(left, dim, dim), transpose(right, dim, dim), dim);
  return { size: dim, n, images: x, texts: y, cross };
}

function swapRows({ images, texts, n, dim }: Rows, marked: Uint8Array): Rows {
  const [left, right] = [Float64Array.from(images), Float64Array.from(texts)];
  for (let i = 0; i < n; i++) {
    if (!marked[i]) continue;
    left.set(texts.subarray(i * dim, (i + 1) * dim), i * dim);
    right.set(images.subarray(i * dim, (i + 1) * dim), i * dim);
  }
  return { images: left, texts: right, n, dim };
}
