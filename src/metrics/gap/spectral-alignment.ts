import { throwIfAborted } from '../../errors.ts';
import { eigenpairs } from '../eigenpairs.ts';
import { eventLoopTurns } from '../event-loop.ts';
import { centredScatter, dot, timesTransposed, trace, transpose, weightedMean } from '../linear-algebra.ts';
import { centredEstimate, type Estimate, totalOf } from './estimate.ts';
import { centredProducts, productsOf, type Rows } from './spectrum.ts';

/** How much of one modality's structure the other shares, in each direction (Gambetti et al. 2026). */
export interface SpectralAlignment {
  /** Along the directions in which images vary most: from 0 to 1. */
  readonly imageToText: Estimate;
  /** Along those of the texts. */
  readonly textToImage: Estimate;
  /** imageToText - textToImage: above 0 if images have structure that texts lack. */
  readonly imbalance: Estimate;
}

/** The share of the spectrum that counts, as the paper's released code has it. */
const TOP = 0.1;
/** Added under the root as there, so that no direction without variance divides by 0. */
const EPSILON = 1e-8;

/**
 * The Spectral Alignment Score of Gambetti et al. 2026, as their released code computes it. With v_k and l_k the
 * eigenvectors and eigenvalues of the anchor's covariance (divided by n), and r_k = cov(x v_k, y v_k) / sqrt(l_k var(y v_k) +
 * 1e-8), it is the sum of l_k |r_k| over the sum of l_k, over the k whose l_k are in the top tenth. Both modalities need the
 * same axes, so it is defined within a model, not between two. Each resample takes two eigendecompositions, so large inputs
 * get fewer than requested, but at least 20.
 * @param counts `[resamples, n]`
 */
export async function spectralAlignment(
  pairs: Rows,
  counts: Float32Array,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void } = {},
): Promise<SpectralAlignment> {
  const { n } = pairs;
  const resamples = Math.min(counts.length / n, affordable(pairs));
  const scoresOf = scorer(pairs);
  const whole = scoresOf(new Float32Array(n).fill(1));
  const turn = eventLoopTurns();
  const replicates: Scores[] = [];
  for (let r = 0; r < resamples; r++) {
    replicates.push(scoresOf(counts.subarray(r * n, (r + 1) * n)));
    onProgress?.(r + 1, resamples);
    await turn();
    throwIfAborted(signal);
  }
  const of = (score: (scores: Scores) => number, least: number) =>
    centredEstimate(score(whole), replicates.map(score), [least, 1]);
  return {
    imageToText: of(({ imageToText }) => imageToText, 0),
    textToImage: of(({ textToImage }) => textToImage, 0),
    imbalance: of(({ imageToText, textToImage }) => imageToText - textToImage, -1),
  };
}

type Scores = Readonly<Record<'imageToText' | 'textToImage', number>>;

const WORK = 4e9;
const FEWEST_RESAMPLES = 20;

function affordable({ n, dim }: Rows): number {
  const size = Math.min(n, dim);
  return Math.max(FEWEST_RESAMPLES, Math.floor(WORK / (12 * size ** 3 + (n > dim ? 3 * n * dim * dim : 0))));
}

/** Both scores of a sample, given how often it has each pair. */
function scorer(pairs: Rows): (weights: Float32Array) => Scores {
  const scatterOf = pairs.n <= pairs.dim ? byRows(pairs) : byColumns(pairs);
  const modes = Math.floor(TOP * (pairs.dim - 1) + 1e-9) + 1; // the l_k from their 90 % quantile on
  return (weights) => {
    const { images, texts, cross, size } = scatterOf(weights);
    const sample = { size, total: totalOf(weights), modes, inRows: pairs.n <= pairs.dim };
    const back = transpose(cross, size, size);
    return {
      imageToText: scoreOf({ anchor: images, other: texts, cross: back, ...sample }),
      textToImage: scoreOf({ anchor: texts, other: images, cross, ...sample }),
    };
  };
}

/** Scatter of a sample's centred rows X and Y: inner products of rows, or of columns, whichever are fewer. */
interface Scatter {
  readonly size: number;
  /** X X^T `[n, n]`, or X^T X `[dim, dim]` */
  readonly images: Float64Array;
  readonly texts: Float64Array;
  /** X Y^T, or X^T Y */
  readonly cross: Float64Array;
}

function byRows(pairs: Rows): (weights: Float32Array) => Scatter {
  const { images, texts, cross } = productsOf(pairs);
  const { n } = pairs;
  return (weights) => {
    const total = totalOf(weights);
    const centred = (products: Float64Array) => centredProducts(products, n, weights, total);
    return { size: n, images: centred(images), texts: centred(texts), cross: centred(cross) };
  };
}

function byColumns({ images, texts, n, dim }: Rows): (weights: Float32Array) => Scatter {
  return (weights) => {
    const total = totalOf(weights);
    const columns = (rows: Float64Array) => transpose(centredRows(rows, dim, weights), n, dim);
    return {
      size: dim,
      images: centredScatter(images, dim, weights, total),
      texts: centredScatter(texts, dim, weights, total),
      cross: timesTransposed(columns(images), columns(texts), n),
    };
  };
}

/** sqrt(w_i) (x_i - mean) of every row, w being 1 if left out. */
export function centredRows(
  rows: Float64Array,
  dim: number,
  weights: ArrayLike<number> = new Float32Array(rows.length / dim).fill(1),
): Float64Array {
  const means = weightedMean(rows, dim, weights, totalOf(weights));
  return rows.map(
    (value, at) => Math.sqrt(weights[Math.floor(at / dim)] ?? 0) * (value - (means[at % dim] ?? 0)),
  );
}

interface Anchored {
  readonly anchor: Float64Array;
  readonly other: Float64Array;
  /** The other's by the anchor's. */
  readonly cross: Float64Array;
  readonly size: number;
  readonly total: number;
  readonly modes: number;
  readonly inRows: boolean;
}

/**
 * In columns v is an eigenvector and cov(x v, y v) = v^T Y^T X v / n. In rows an eigenvector u of X X^T stands for
 * v = X^T u / sqrt(n l), whence x v = sqrt(n l) u and y v = Y X^T u / sqrt(n l).
 */
function scoreOf({ anchor, other, cross, size, total, modes, inRows }: Anchored): number {
  const { values, vectors } = eigenpairs(anchor, size);
  const least = 1e-12 * trace(anchor, size); // an eigenvalue of 0 weighs nothing
  let [weighted, weight] = [0, 0];
  for (let k = size - 1; k >= Math.max(0, size - modes); k--) {
    const value = values[k] ?? 0;
    if (value <= least) break;
    const vector = vectors.subarray(k * size, (k + 1) * size);
    const toOther = timesTransposed(vector, cross, size); // cross v
    const variance = inRows
      ? dot(toOther, toOther) / (value * total)
      : dot(vector, timesTransposed(vector, other, size)) / total;
    const correlation = dot(vector, toOther) / total / Math.sqrt((value / total) * variance + EPSILON);
    weighted += value * Math.abs(correlation);
    weight += value;
  }
  return Math.min(1, weighted / weight); // NaN without any variance
}
