import { meanEstimate, medianEstimate, type PairedEstimate, withBaseline } from './estimate.ts';

/**
 * The rank of the matching item among those of the other modality, sorted by their best cosine, ties by index.
 * Intervals resample the queries only, since copies in the searched set would only tie.
 */
export interface Retrieval {
  /** The share of queries whose match comes first. */
  readonly recallAt1: PairedEstimate;
  /** The share of queries whose match is among the first 5. */
  readonly recallAt5: PairedEstimate;
  /** The share of queries whose match is among the first 10. */
  readonly recallAt10: PairedEstimate;
  /** From 1 on. */
  readonly meanRank: PairedEstimate;
  /** From 1 on. */
  readonly medianRank: PairedEstimate;
}

/** @param ranks `[n]` @param counts `[resamples, n]` */
export function retrieval(ranks: Uint32Array, counts: Float32Array, permuted: PermutedRanks): Retrieval {
  const recall = (k: number, baseline: Float64Array) =>
    withBaseline(
      meanEstimate(
        Array.from(ranks, (rank) => Number(rank <= k)),
        counts,
      ),
      baseline,
      'larger',
    );
  return {
    recallAt1: recall(1, permuted.recallAt1),
    recallAt5: recall(5, permuted.recallAt5),
    recallAt10: recall(10, permuted.recallAt10),
    meanRank: withBaseline(meanEstimate(ranks, counts), permuted.meanRank, 'smaller'),
    medianRank: withBaseline(medianEstimate(ranks, counts), permuted.medianRank, 'smaller'),
  };
}

/**
 * The best cosine of each item over its rows.
 * @param items the item of each row, from 0 on
 */
export function bestOfItems(
  cosines: Float32Array,
  items: readonly number[],
  itemCount: number,
): Float32Array {
  if (itemCount === cosines.length) return cosines; // items are numbered in order of appearance: row i is item i
  const best = new Float32Array(itemCount).fill(Number.NEGATIVE_INFINITY);
  for (const [row, item] of items.entries()) best[item] = Math.max(best[item] ?? 0, cosines[row] ?? 0);
  return best;
}

/**
 * The place, from 1 on, of candidate `wanted` when candidates are sorted by cosine, equal ones by index.
 */
export function rankOf(cosines: ArrayLike<number>, wanted: number): number {
  const cosine = cosines[wanted] ?? Number.NaN;
  let rank = 1;
  for (let i = 0; i < cosines.length; i++) {
    const other = cosines[i] ?? 0;
    if (other > cosine || (other === cosine && i < wanted)) rank++;
  }
  return rank;
}

/**
 * How many rows of the query's own modality come before a result of that cosine in a search over both; the query
 * itself is no result.
 * @param first whether the own modality's rows come first where cosines are equal: images do
 */
export function ownBefore(own: ArrayLike<number>, self: number, cosine: number, first: boolean): number {
  let before = 0;
  for (let i = 0; i < own.length; i++) {
    const other = own[i] ?? 0;
    if (i !== self && (other > cosine || (first && other === cosine))) before++;
  }
  return before;
}

const CUTOFF = 10;

/**
 * NDCG@10 (Järvelin and Kekäläinen 2002) of a search with one relevant result, at `rank` from 1 on:
 * 1 / log2(1 + rank), or 0 beyond the tenth. The ideal ranking, with it first, has 1.
 */
export function ndcgOfRank(rank: number): number {
  return rank <= CUTOFF ? 1 / Math.log2(1 + rank) : 0;
}

/** A query's cosines. */
interface QueryCosines {
  readonly query: number;
  /** With the items of its own modality. */
  readonly own: Float32Array;
  /** With the rows of the other. */
  readonly other: Float32Array;
  /** With the items of the other. */
  readonly found: Float32Array;
  /** The item of each row. */
  readonly items: readonly number[];
}

type Sum = 'hit1' | 'hit5' | 'hit10' | 'rank' | 'ndcg' | 'cosine';

/** Retrieval in one direction under random pairings; each array has one value per pairing. */
export class PermutedRanks {
  /** Sums over the queries. */
  readonly #sums: Readonly<Record<Sum, Float64Array>>;
  /** Histogram of the ranks: `[permutations, n]`. */
  readonly #histogram: Uint32Array;

  /** @param pairing `[permutations, n]`: the partner of query i */
  constructor(
    private readonly pairing: Uint32Array,
    private readonly n: number,
  ) {
    const sums = () => new Float64Array(pairing.length / n);
    this.#sums = { hit1: sums(), hit5: sums(), hit10: sums(), rank: sums(), ndcg: sums(), cosine: sums() };
    this.#histogram = new Uint32Array(pairing.length);
  }

  /** Adds a query. Ties share their mean rank. */
  add({ query, own, other, found, items }: QueryCosines): void {
    const { n, pairing } = this;
    if (pairing.length === 0) return;
    const { rank: ranks, cosine: cosines } = this.#sums;
    const sorted = Float32Array.from(found).sort();
    const item = items[query] ?? 0;
    for (let p = 0; p < ranks.length; p++) {
      const partner = pairing[p * n + query] as number;
      const cosine = found[items[partner] as number] as number;
      const upTo = countUpTo(sorted, cosine);
      let equal = 1;
      while (equal < upTo && sorted[upTo - 1 - equal] === cosine) equal++;
      const rank = 1 + (sorted.length - upTo) + (equal - 1) / 2;
      ranks[p] = (ranks[p] as number) + rank;
      cosines[p] = (cosines[p] as number) + (other[partner] as number);
      const at = p * n + Math.floor(rank) - 1;
      this.#histogram[at] = (this.#histogram[at] as number) + 1;
      if (rank <= CUTOFF) this.#addHit(p, rank, rank + ownBefore(own, item, cosine, false));
    }
  }

  /** A random partner is rarely among the first, and what its place is in a search over both matters only there. */
  #addHit(p: number, rank: number, mixedRank: number): void {
    const { hit1, hit5, hit10, ndcg } = this.#sums;
    const add = (to: Float64Array, value: number) => {
      to[p] = (to[p] ?? 0) + value;
    };
    add(hit1, Number(rank <= 1));
    add(hit5, Number(rank <= 5));
    add(hit10, Number(rank <= 10));
    add(ndcg, ndcgOfRank(mixedRank));
  }

  get recallAt1(): Float64Array {
    return this.#mean('hit1');
  }
  get recallAt5(): Float64Array {
    return this.#mean('hit5');
  }
  get recallAt10(): Float64Array {
    return this.#mean('hit10');
  }
  get meanRank(): Float64Array {
    return this.#mean('rank');
  }
  /** NDCG@10 in a search over both modalities. */
  get ndcg(): Float64Array {
    return this.#mean('ndcg');
  }
  /** Of the pairs. */
  get meanCosine(): Float64Array {
    return this.#mean('cosine');
  }

  get medianRank(): Float64Array {
    const { n } = this;
    return this.#sums.rank.map((_, p) => {
      const ranks = this.#histogram.subarray(p * n, (p + 1) * n);
      return (rankAt(ranks, Math.floor((n - 1) / 2)) + rankAt(ranks, Math.floor(n / 2))) / 2;
    });
  }

  #mean(of: Sum): Float64Array {
    return this.#sums[of].map((sum) => sum / this.n);
  }
}

/** The rank at a place of the sorted ranks. */
function rankAt(histogram: Uint32Array, place: number): number {
  let seen = 0;
  for (const [i, count] of histogram.entries()) {
    seen += count;
    if (seen > place) return i + 1;
  }
  return Number.NaN;
}

/** Values of an ascending array that are at most `limit`. */
function countUpTo(sorted: Float32Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
