import type { Gpu } from '../../device/gpu.ts';
import { dot, transpose } from '../linear-algebra.ts';
import { similarityMatrix } from '../similarity/similarity.ts';
import { type Estimate, estimate, withBaseline } from './estimate.ts';
import type { Pairs } from './pairing.ts';

/**
 * The statistics computed from sums of rows. Of these a random pairing changes the matched cosine only.
 * @param counts `[resamples, n]`: how often each resample drew each pair
 * @param permutedCosines the mean cosine of matching pairs under each random pairing
 */
export async function centroidStatistics(
  gpu: Gpu,
  pairs: Pairs,
  counts: Float32Array,
  permutedCosines: Float64Array,
  signal?: AbortSignal,
) {
  return statisticsOfSums(sumsOf(pairs), await resampledSums(gpu, pairs, counts, signal), permutedCosines);
}

/** The same, of sums that are known. */
export function statisticsOfSums(
  sums: SampleSums,
  resampled: readonly SampleSums[],
  permutedCosines: Float64Array,
) {
  const whole = quadrantMeans(sums);
  const replicates = resampled.map(quadrantMeans);
  const of = (statistic: (quadrants: Quadrants) => number) =>
    estimate(statistic(whole), replicates.map(statistic));
  const paired = (statistic: (quadrants: Quadrants) => number, better: 'larger' | 'smaller') => {
    const permuted = permutedCosines.map((matched) => statistic({ ...whole, matched }));
    return withBaseline(of(statistic), permuted, better);
  };
  return {
    gapVector: gapVector(sums),
    centroidDistance: estimate(centroidDistance(sums), resampled.map(centroidDistance)),
    gapDimensions: gapDimensions(sums, resampled),
    meanCosine: {
      imageImage: of(({ imageImage }) => imageImage),
      textText: of(({ textText }) => textText),
      matched: paired(({ matched }) => matched, 'larger'),
      mismatched: of(({ mismatched }) => mismatched),
    },
    relativeGap: paired(relativeGap, 'smaller'),
    alignment: paired(alignment, 'smaller'),
  };
}

/** The gap vector of Liang et al. 2022, "Mind the Gap": centroid of the images minus that of the texts, `[dim]`. */
function gapVector({ images, texts, n }: SampleSums): Float64Array {
  return Float64Array.from(images, (value, d) => (value - (texts[d] ?? 0)) / n);
}

/** || mean(images) - mean(texts) || of unit vectors, from 0 to 2 (Liang et al. 2022). */
function centroidDistance(sums: SampleSums): number {
  const gap = gapVector(sums);
  return Math.sqrt(dot(gap, gap));
}

/**
 * The relative modality gap of Schrodi et al. 2025 ("Two Effects, One Trigger"), from 0 to 1, with d(a, b) = (1 -
 * cos(a, b)) / 2 over N pairs (x_i, y_i): RMG = M / (W + M), M = 1/N sum_i d(x_i, y_i), W = 1/(2N(N-1)) (sum_{i != j}
 * d(x_i, x_j) + sum_{i != j} d(y_i, y_j)). Compares the distance of matching pairs with the spread within each
 * modality.
 */
function relativeGap({ imageImage, textText, matched }: Quadrants): number {
  const matching = (1 - matched) / 2;
  const within = (1 - (imageImage + textText) / 2) / 2;
  return matching / (within + matching);
}

/**
 * Alignment of Wang and Isola 2020 with alpha = 2: the mean of ||x_i - y_i||^2 over matching pairs, which of unit
 * vectors is 2 - 2 cos. 0 is best; unrelated vectors have 2.
 */
function alignment({ matched }: Quadrants): number {
  return 2 - 2 * matched;
}

/** Mean cosines of different rows, by quadrant of the cosine matrix of all images and texts. */
interface Quadrants {
  readonly imageImage: number;
  readonly textText: number;
  /** Mean cosine of each image with its own text. */
  readonly matched: number;
  /** Mean cosine of each image with other texts. */
  readonly mismatched: number;
}

/** Mean cosines by quadrant; NaN for a quadrant without a pair of different rows. */
function quadrantMeans({ n, squares, images, texts, matched, matchedSquares }: SampleSums): Quadrants {
  const pairs = n * n - squares || Number.NaN; // pairs of different rows
  return {
    imageImage: (dot(images, images) - squares) / pairs,
    textText: (dot(texts, texts) - squares) / pairs,
    matched: matched / n,
    mismatched: (dot(images, texts) - matchedSquares) / pairs,
  };
}

/** The dimensions of the embedding that make up the gap vector: few, according to Schrodi et al. 2025. */
export interface GapDimensions {
  /** How many dimensions, the largest first, make up half of the squared gap. */
  readonly forHalf: Estimate;
  /** How many make up 90 % of it. */
  readonly for90Percent: Estimate;
  /** The ten largest shares of the squared gap. */
  readonly largest: readonly { readonly dimension: number; readonly share: Estimate }[];
}

const LISTED = 10;

function gapDimensions(sums: SampleSums, resampled: readonly SampleSums[]): GapDimensions {
  const shares = gapShares(sums);
  const replicates = resampled.map(gapShares);
  const order = [...shares.keys()].sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0));
  const needed = (share: number) =>
    estimate(
      dimensionsFor(shares, share),
      replicates.map((replicate) => dimensionsFor(replicate, share)),
    );
  return {
    forHalf: needed(0.5),
    for90Percent: needed(0.9),
    largest: order.slice(0, LISTED).map((dimension) => ({
      dimension,
      share: estimate(
        shares[dimension] ?? Number.NaN,
        replicates.map((replicate) => replicate[dimension] ?? Number.NaN),
      ),
    })),
  };
}

/** gap_d^2 / ||gap||^2; NaN if the gap is zero. */
function gapShares(sums: SampleSums): Float64Array {
  const squares = gapVector(sums).map((value) => value * value);
  const total = squares.reduce((a, b) => a + b, 0);
  return squares.map((square) => square / total);
}

function dimensionsFor(shares: Float64Array, part: number): number {
  const descending = Float64Array.from(shares).sort().reverse();
  let sum = 0;
  for (const [i, share] of descending.entries()) {
    sum += share;
    if (sum >= part - 1e-12) return i + 1;
  }
  return Number.NaN; // no gap
}

/**
 * Sums from which centroids and mean cosines of a sample follow: the sum of x_i . x_j over all pairs of rows is the
 * square of the sum of rows, so no n x n matrix is needed. A pair drawn w times counts w times; a row and its copy are
 * not different rows.
 */
export interface SampleSums {
  /** Pairs drawn, copies included. */
  readonly n: number;
  /** sum of w^2 */
  readonly squares: number;
  /** sum of w x_i: `[dim]` */
  readonly images: ArrayLike<number>;
  readonly texts: ArrayLike<number>;
  /** sum of w cos(image i, text i) */
  readonly matched: number;
  /** sum of w^2 cos(image i, text i) */
  readonly matchedSquares: number;
}

/** The sums of the pairs themselves, in double precision. */
export function sumsOf(pairs: Pairs): SampleSums {
  const { n, dim } = pairs;
  const matched = matchedCosines(pairs).reduce((a, b) => a + b, 0);
  return {
    n,
    squares: n,
    images: columnSums(pairs.images, dim),
    texts: columnSums(pairs.texts, dim),
    matched,
    matchedSquares: matched,
  };
}

/** The sums of each resample: two products of `[resamples, n]` counts with the rows, on the GPU. */
async function resampledSums(
  gpu: Gpu,
  pairs: Pairs,
  counts: Float32Array,
  signal?: AbortSignal,
): Promise<SampleSums[]> {
  const { n, dim } = pairs;
  const resamples = counts.length / n;
  if (resamples === 0) return [];
  const weights = { data: counts, rows: resamples, dim: n };
  const sums = async (rows: Float64Array) => {
    const columns = { data: transpose(new Float32Array(rows), n, dim), rows: dim, dim: n };
    return (await similarityMatrix(gpu, weights, columns, { metric: 'dot', signal })).data;
  };
  const [images, texts] = [await sums(pairs.images), await sums(pairs.texts)];
  const cosines = matchedCosines(pairs);
  return Array.from({ length: resamples }, (_, r) => {
    let [drawn, squares, matched, matchedSquares] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const [w, cosine] = [counts[r * n + i] ?? 0, cosines[i] ?? 0];
      drawn += w;
      squares += w * w;
      matched += w * cosine;
      matchedSquares += w * w * cosine;
    }
    return {
      n: drawn,
      squares,
      images: images.subarray(r * dim, (r + 1) * dim),
      texts: texts.subarray(r * dim, (r + 1) * dim),
      matched,
      matchedSquares,
    };
  });
}

function columnSums(rows: Float64Array, dim: number): Float64Array {
  const sums = new Float64Array(dim);
  for (let i = 0; i < rows.length; i++) sums[i % dim] = (sums[i % dim] ?? 0) + (rows[i] ?? 0);
  return sums;
}

/** cos(image i, text i) of every pair. */
export function matchedCosines({ images, texts, n, dim }: Pairs): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    const [from, to] = [i * dim, (i + 1) * dim];
    return dot(images.subarray(from, to), texts.subarray(from, to));
  });
}
