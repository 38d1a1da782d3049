import type { Gpu } from '../../device/gpu.ts';
import { concatenate } from '../../platform/concatenate.ts';
import { dot } from '../linear-algebra.ts';
import { eachScoreBlock } from '../similarity/blocks.ts';
import { similarityMatrix } from '../similarity/similarity.ts';
import type { Vectors } from '../vectors.ts';
import { type Estimate, estimate, meanEstimate, totalOf, withBaseline } from './estimate.ts';
import type { Pairs } from './pairing.ts';
import { bestOfItems, ndcgOfRank, ownBefore, PermutedRanks, rankOf, retrieval } from './retrieval.ts';

/** The statistics that are means over rows as queries. */
export function rowStatistics(
  [images, texts]: readonly [RowResults, RowResults],
  counts: Float32Array,
  hasScale: boolean,
) {
  const both = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Float64Array.from(a, (value, i) => (value + (b[i] ?? 0)) / 2);
  const ndcg = (rows: RowResults) => Float64Array.from(rows.mixedRanks, ndcgOfRank);
  return {
    retrieval: {
      imageToText: retrieval(images.ranks, counts, images.permuted),
      textToImage: retrieval(texts.ranks, counts, texts.permuted),
    },
    mixedNdcgAt10: withBaseline(
      meanEstimate(both(ndcg(images), ndcg(texts)), counts),
      both(images.permuted.ndcg, texts.permuted.ndcg),
      'larger',
    ),
    modalityPurity: meanEstimate(both(images.purity, texts.purity), counts),
    uniformity: { images: images.uniformity.estimate(), texts: texts.uniformity.estimate() },
    logitEntropy: hasScale
      ? {
          imageToText: meanEstimate(images.entropy, counts),
          textToImage: meanEstimate(texts.entropy, counts),
        }
      : undefined,
  };
}

/** Results of the rows of one modality as queries: one value per row. */
export interface RowResults {
  readonly ranks: Uint32Array;
  readonly mixedRanks: Uint32Array;
  readonly purity: Float64Array;
  readonly entropy: Float64Array;
  readonly uniformity: { estimate(): Estimate };
  readonly permuted: PermutedRanks;
}

/** The same, of all pairs at once, with resamples and random pairings. */
export class ModalityRows implements RowResults {
  /** Rank of the match among the items of the other modality. */
  readonly ranks: Uint32Array;
  /** Rank of the match among all other items of both. */
  readonly mixedRanks: Uint32Array;
  readonly purity: Float64Array;
  readonly entropy: Float64Array;
  readonly uniformity: Uniformity;
  readonly permuted: PermutedRanks;
  readonly #items: readonly number[];
  readonly #itemCount: number;
  readonly #logitScale: number | undefined;

  constructor(
    { n, items, itemCount }: Pick<Pairs, 'n' | 'items' | 'itemCount'>,
    private readonly imagesFirst: boolean,
    { counts, pairing, logitScale }: { counts: Float32Array; pairing: Uint32Array; logitScale?: number },
  ) {
    this.ranks = new Uint32Array(n);
    this.mixedRanks = new Uint32Array(n);
    this.purity = new Float64Array(n);
    this.entropy = new Float64Array(n);
    this.uniformity = new Uniformity(counts, n);
    this.permuted = new PermutedRanks(pairing, n);
    this.#items = items;
    this.#itemCount = itemCount;
    this.#logitScale = logitScale;
  }

  /** Adds row i, given its cosines with its own modality and with the other; writes its kernel with rows before it to `kernel`. */
  take(i: number, own: Float32Array, other: Float32Array, kernel: Float32Array): void {
    const item = this.#items[i] ?? i;
    const found = bestOfItems(other, this.#items, this.#itemCount);
    const ownItems = bestOfItems(own, this.#items, this.#itemCount);
    const rank = rankOf(found, item);
    this.ranks[i] = rank;
    this.mixedRanks[i] = rank + ownBefore(ownItems, item, found[item] ?? 0, this.imagesFirst);
    this.purity[i] = modalityPurity(own, i, other);
    if (this.#logitScale !== undefined) this.entropy[i] = logitEntropy(other, this.#logitScale);
    this.permuted.add({ query: i, own: ownItems, other, found, items: this.#items });
    for (let j = 0; j < i; j++) kernel[j] = gaussianKernel(own[j] ?? 0);
  }
}

interface PassOptions {
  readonly signal?: AbortSignal;
  /** Called with the rows done, of 2n. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Computes the 2n x 2n matrix of cosines, images then texts, some rows at a time. */
export async function cosinePass(
  gpu: Gpu,
  { images, texts, n, dim }: Pairs,
  modalities: readonly [ModalityRows, ModalityRows],
  { signal, onProgress }: PassOptions,
): Promise<void> {
  const all: Vectors = {
    data: concatenate([Float32Array.from(images), Float32Array.from(texts)]),
    rows: 2 * n,
    dim,
  };
  const options = { metric: 'dot', signal, onProgress } as const;
  await eachScoreBlock(gpu, all, all, options, async ({ firstRow, rows, scores }) => {
    for (const [m, modality] of modalities.entries()) {
      const [first, end] = [Math.max(firstRow, m * n), Math.min(firstRow + rows, (m + 1) * n)];
      if (first >= end) continue;
      const width = end - m * n; // the kernel is symmetric: each row with those before it
      const kernel = new Float32Array((end - first) * width);
      for (let row = first; row < end; row++) {
        const cosines = scores.subarray((row - firstRow) * 2 * n, (row - firstRow + 1) * 2 * n);
        const [ofImages, ofTexts] = [cosines.subarray(0, n), cosines.subarray(n)];
        const [own, other] = m === 0 ? [ofImages, ofTexts] : [ofTexts, ofImages];
        const ofRow = kernel.subarray((row - first) * width, (row - first + 1) * width);
        modality.take(row - m * n, own, other, ofRow);
      }
      await modality.uniformity.add(gpu, kernel, width, signal);
    }
  });
}

/** Neighbours counted for the purity. */
export const NEIGHBOURS = 10;

/**
 * The share of a row's nearest neighbours, by cosine, that are of its own modality: 1 if the modalities are separated,
 * about 1/2 if they mix. Over 10 neighbours, or all others if there are fewer.
 * @param own cosines with its own modality, itself at `self`, which is left out
 * @param other cosines with the other modality; of equal cosines the own modality's count first
 */
export function modalityPurity(own: ArrayLike<number>, self: number, other: ArrayLike<number>): number {
  const k = Math.min(NEIGHBOURS, own.length + other.length - 1);
  const nearest: { cosine: number; isOwn: boolean }[] = [];
  const offer = (cosine: number, isOwn: boolean) => {
    if (nearest.length === k && cosine <= (nearest.at(-1)?.cosine ?? 0)) return;
    let at = nearest.length;
    while (at > 0 && cosine > (nearest[at - 1]?.cosine ?? 0)) at--;
    nearest.splice(at, 0, { cosine, isOwn });
    if (nearest.length > k) nearest.pop();
  };
  for (let i = 0; i < own.length; i++) if (i !== self) offer(own[i] ?? 0, true);
  for (let i = 0; i < other.length; i++) offer(other[i] ?? 0, false);
  return nearest.filter(({ isOwn }) => isOwn).length / k;
}

/**
 * Entropy in nats of softmax(scale x cosines): 0 if the model is sure of one candidate, log n if it cannot decide.
 * @param scale the model's exp(logit_scale)
 */
export function logitEntropy(cosines: ArrayLike<number>, scale: number): number {
  const [, sum, weighted] = entropyParts(cosines, scale);
  return Math.log(sum) - weighted / sum;
}

/** The largest cosine m, the sum of e^(s (c - m)), and that of s (c - m) e^(s (c - m)): what entropies are merged by. */
export type EntropyParts = readonly [largest: number, sum: number, weighted: number];

export function entropyParts(cosines: ArrayLike<number>, scale: number): EntropyParts {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < cosines.length; i++) largest = Math.max(largest, cosines[i] ?? 0);
  let [sum, weighted] = [0, 0];
  for (let i = 0; i < cosines.length; i++) {
    const logit = scale * ((cosines[i] ?? 0) - largest);
    const weight = Math.exp(logit);
    sum += weight;
    weighted += weight * logit;
  }
  return [largest, sum, weighted];
}

/** exp(-2 ||x - y||^2), from the cosine of unit vectors. */
export function gaussianKernel(cosine: number): number {
  return Math.exp(4 * cosine - 4);
}

/**
 * Uniformity of Wang and Isola 2020 with t = 2, of one modality: log of the mean of exp(-t ||x_i - x_j||^2) over pairs
 * of different rows. 0 if all are equal; the lower, the more evenly they cover the sphere.
 */
class Uniformity {
  #sum = 0;
  readonly #resampled: Float64Array;

  constructor(
    private readonly counts: Float32Array,
    private readonly n: number,
  ) {
    this.#resampled = new Float64Array(counts.length / n);
  }

  /**
   * Adds the last rows of the kernel matrix's lower triangle: `[rows, width]`, 0 from the diagonal on. Resamples need
   * counts x kernel x counts, n^2 products each, of which the GPU does the first.
   */
  async add(gpu: Gpu, kernel: Float32Array, width: number, signal?: AbortSignal): Promise<void> {
    for (let i = 0; i < kernel.length; i++) this.#sum += 2 * (kernel[i] ?? 0);
    const resamples = this.#resampled.length;
    if (resamples === 0) return;
    const rows = kernel.length / width;
    const counts = this.#countsUpTo(width);
    const products = await similarityMatrix(
      gpu,
      { data: counts, rows: resamples, dim: width },
      { data: kernel, rows, dim: width },
      { metric: 'dot', signal },
    );
    for (let r = 0; r < resamples; r++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) {
        sum += (counts[(r + 1) * width - rows + row] ?? 0) * (products.data[r * rows + row] ?? 0);
      }
      this.#resampled[r] = (this.#resampled[r] ?? 0) + 2 * sum;
    }
  }

  /** The counts of the first pairs: `[resamples, width]`. */
  #countsUpTo(width: number): Float32Array {
    const { counts, n } = this;
    const cut = new Float32Array(this.#resampled.length * width);
    for (let r = 0; r < this.#resampled.length; r++)
      cut.set(counts.subarray(r * n, r * n + width), r * width);
    return cut;
  }

  estimate(): Estimate {
    const { n, counts } = this;
    const replicates = this.#resampled.map((sum, r) => {
      const drawn = counts.subarray(r * n, (r + 1) * n);
      const [total, squares] = [totalOf(drawn), dot(drawn, drawn)];
      return Math.log(sum / (total * total - squares)); // NaN where only one pair was drawn
    });
    return estimate(Math.log(this.#sum / (n * n - n)), replicates);
  }
}
