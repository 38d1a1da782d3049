import { type PairedEstimate, withBaseline } from './estimate.ts';
import type { PermutedRanks } from './permuted-ranks.ts';
import { meanEstimate, medianEstimate } from './resampled.ts';

/**
 * Where the matching item comes among those of the other modality, sorted by their best cosine, equal ones by index.
 * Intervals resample the queries; what is searched stays whole, since copies in it would only tie.
 */
export interface Retrieval {
  /** The share of queries whose match comes first. */
  readonly recallAt1: PairedEstimate;
  readonly recallAt5: PairedEstimate;
  readonly recallAt10: PairedEstimate;
  /** From 1 on. */
  readonly meanRank: PairedEstimate;
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
