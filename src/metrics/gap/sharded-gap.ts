import { statisticsOfSums } from './centroids.ts';
import type { CosineCounts } from './cosine-counts.ts';
import { PairCountError } from './errors.ts';
import { type Estimate, estimate, withBaseline } from './estimate.ts';
import { OrderedReduction } from './ordered-reduction.ts';
import type { GapReport } from './report.ts';
import { PermutedRanks } from './retrieval.ts';
import { NEIGHBOURS, type RowResults, rowStatistics } from './rows.ts';
import { mergeBlocks, mergeTotals, type ShardBlock } from './shard-block.ts';
import { centred, mergeMoments, type ShardMoments } from './shard-moments.ts';
import { spectrumOfScatters } from './spectrum.ts';

/** The gap of a set that is measured shard by shard. */
export interface ShardedGap {
  /** The statistics' values, without intervals and baselines. Separability is undefined: it takes a plane fitted to all rows. */
  readonly report: GapReport;
  /** Of the pairs. */
  readonly matched: CosineCounts;
  /** Of different rows, where all were compared with all. */
  readonly cosines?: Readonly<Record<'imageImage' | 'textText' | 'imageText', CosineCounts>>;
}

/**
 * Reduces what shards and pairs of shards give to the gap of the whole, to the same bits in whatever order they come. Where
 * no block is added, statistics that compare all rows with all are undefined.
 */
export class GapReduction {
  readonly #moments = new OrderedReduction(mergeMoments);
  readonly #sizes = new Map<number, number>();
  /** By query shard: what was compared with it. */
  readonly #blocks = new Map<number, OrderedReduction<ShardBlock>>();

  /** @param logitScale the model's exp(logit_scale), for the entropy of its logits */
  constructor(private readonly logitScale?: number) {}

  /** @param shard from 0 on, without gaps at the end */
  addMoments(shard: number, moments: ShardMoments): void {
    this.#sizes.set(shard, moments.n);
    this.#moments.add(shard, moments);
  }

  /** Shard a as queries, compared with shard b. */
  addBlock(a: number, b: number, block: ShardBlock): void {
    const merge = (left: ShardBlock, right: ShardBlock) => mergeBlocks(left, right, this.logitScale);
    const blocks = this.#blocks.get(a) ?? new OrderedReduction(merge);
    this.#blocks.set(a, blocks);
    blocks.add(b, block);
  }

  /** @throws {PairCountError} without a pair */
  finish(): ShardedGap {
    const moments = this.#moments.result();
    if (!moments || moments.n === 0) throw new PairCountError(0, 0);
    const { n, items, images, texts } = moments;
    const rows = this.#rows(n);
    const scatters = [
      centred(moments.imageScatter, images, n),
      centred(moments.textScatter, texts, n),
    ] as const;
    const report: GapReport = {
      ...{ pairs: n, pairedBy: 'ids', items, dim: images.length },
      ...{ seed: 0, resamples: 0, permutations: 0 },
      ...statisticsOfSums(moments, [], new Float64Array()),
      ...(rows
        ? rowStatistics([rows.images, rows.texts], new Float32Array(), this.logitScale !== undefined)
        : undefinedRows()),
      separability: undefinedEstimate(),
      ...spectrumOfScatters(...scatters, images.length, n),
    };
    return { report, matched: moments.matchedCounts, ...(rows && { cosines: rows.counts }) };
  }

  #rows(n: number) {
    if (this.#blocks.size === 0) return undefined;
    const [images, texts] = [new Queries(n), new Queries(n)];
    const totals = new OrderedReduction(mergeTotals);
    let first = 0;
    for (let shard = 0; shard < this.#sizes.size; shard++) {
      const size = this.#sizes.get(shard) ?? 0;
      const block = this.#blocks.get(shard)?.result();
      if (!block) throw new RangeError(`shard ${shard} was compared with no other`);
      images.take(first, block, 0, size);
      texts.take(first, block, size, size);
      totals.add(shard, block);
      first += size;
    }
    const total = totals.result();
    const [imageImage, textText, imageText] = total?.counts ?? [];
    if (!total || !imageImage || !textText || !imageText) return undefined;
    [images.kernel, texts.kernel] = total.kernel;
    return { images, texts, counts: { imageImage, textText, imageText } };
  }
}

function undefinedEstimate(): Estimate {
  return estimate(Number.NaN, []);
}

function undefinedRows(): ReturnType<typeof rowStatistics> {
  const [one, none] = [undefinedEstimate(), withBaseline(undefinedEstimate(), [], 'larger')];
  const recalls = { recallAt1: none, recallAt5: none, recallAt10: none };
  const retrieval = { ...recalls, meanRank: none, medianRank: none };
  return {
    retrieval: { imageToText: retrieval, textToImage: retrieval },
    ...{ mixedNdcgAt10: none, modalityPurity: one, logitEntropy: undefined },
    uniformity: { images: one, texts: one },
  };
}

/** One value per row of a modality. */
class Queries implements RowResults {
  readonly ranks: Uint32Array;
  readonly mixedRanks: Uint32Array;
  readonly purity: Float64Array;
  readonly entropy: Float64Array;
  readonly permuted: PermutedRanks;
  /** Sum of exp(-2 ||x - y||^2) over different rows. */
  kernel = Number.NaN;

  constructor(private readonly n: number) {
    this.ranks = new Uint32Array(n);
    this.mixedRanks = new Uint32Array(n);
    this.purity = new Float64Array(n);
    this.entropy = new Float64Array(n);
    this.permuted = new PermutedRanks(new Uint32Array(), n);
  }

  /** Takes a block's queries `from` to `from + size - 1` as the rows from `first` on. */
  take(first: number, block: ShardBlock, from: number, size: number): void {
    const k = Math.min(NEIGHBOURS, 2 * this.n - 1);
    for (let i = 0; i < size; i++) {
      const [row, query] = [first + i, from + i];
      const rank = 1 + (block.before[query] ?? 0);
      this.ranks[row] = rank;
      this.mixedRanks[row] = rank + (block.ownBefore[query] ?? 0);
      let own = 0;
      for (let at = 0; at < k; at++) own += block.nearestOwn[query * NEIGHBOURS + at] ?? 0;
      this.purity[row] = own / k;
      const [sum, weighted] = [block.entropy?.[query * 3 + 1] ?? 0, block.entropy?.[query * 3 + 2] ?? 0];
      this.entropy[row] = Math.log(sum) - weighted / sum;
    }
  }

  get uniformity() {
    return { estimate: () => estimate(Math.log(this.kernel / (this.n * this.n - this.n)), []) };
  }
}
