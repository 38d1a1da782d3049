import type { GapDimensions } from './centroids.ts';
import type { Estimate, PairedEstimate } from './estimate.ts';
import type { PairBy } from './pairing.ts';
import type { Retrieval } from './retrieval.ts';

export interface GapOptions {
  /**
   * What tells which image belongs to which text. By default `ids` where both have some that correspond, else `rows`.
   */
  readonly pairBy?: PairBy;
  /** The model's exp(logit_scale), such as `model.info.logitScale`; without it there is no `logitEntropy`. */
  readonly logitScale?: number;
  /** Bootstrap resamples of the pairs. Default 1000; 0 for no intervals. */
  readonly resamples?: number;
  /** Random pairings. Default 1000; 0 for no baseline. */
  readonly permutations?: number;
  /** Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GapProgress) => void;
}

export interface GapProgress {
  readonly stage: 'cosines' | 'spectrum';
  readonly done: number;
  /** Rows of images and texts, or resamples. */
  readonly total: number;
}

/**
 * The modality gap, measured. Each statistic's formula stands with the function that computes it. Where a statistic
 * depends on the pairing, it has what a random pairing would give beside it; the others stay the same under any.
 */
export interface GapReport {
  readonly pairs: number;
  /** Whether their ids paired images and texts, or that they stand in the same row. */
  readonly pairedBy: PairBy;
  /** Fewer than pairs where an image has several captions, or a caption several images. */
  readonly items: number;
  readonly dim: number;
  readonly seed: number;
  readonly resamples: number;
  readonly permutations: number;
  /** Centroid of the images minus centroid of the texts, `[dim]`. */
  readonly gapVector: Float64Array;
  readonly centroidDistance: Estimate;
  /**
   * What is left once the centroids are aligned: the squared Bures distance of the covariances over the sum of their
   * traces, from 0 (equal shapes) to 1 (disjoint ones). Few pairs of one distribution have some too: about the
   * dimensions they spread over, divided by their number.
   */
  readonly distributionGap: Estimate;
  /** The same, not divided: with the squared centroid distance it adds up to the squared Frechet distance. */
  readonly squaredFrechet: Estimate;
  /** From 0 to 1, after Schrodi et al. 2025. */
  readonly relativeGap: PairedEstimate;
  /** Of different rows, by quadrant. */
  readonly meanCosine: {
    readonly imageImage: Estimate;
    readonly textText: Estimate;
    readonly matched: PairedEstimate;
    readonly mismatched: Estimate;
  };
  readonly retrieval: { readonly imageToText: Retrieval; readonly textToImage: Retrieval };
  /**
   * Of finding the match among all other images and texts, over queries of both kinds. 0 where no match is among the
   * first ten results: the modalities lie wholly apart.
   */
  readonly mixedNdcgAt10: PairedEstimate;
  /** The share of the 10 nearest of a row that are of its own modality. */
  readonly modalityPurity: Estimate;
  /** Mean squared distance of matching pairs: smaller is better. */
  readonly alignment: PairedEstimate;
  readonly uniformity: { readonly images: Estimate; readonly texts: Estimate };
  /** Cross-validated accuracy of telling the modalities apart by a plane: 0.5 is chance. */
  readonly separability: Estimate;
  readonly gapDimensions: GapDimensions;
  readonly effectiveRank: { readonly images: Estimate; readonly texts: Estimate };
  /** In nats, at the model's temperature; log n where the model cannot tell. */
  readonly logitEntropy: { readonly imageToText: Estimate; readonly textToImage: Estimate } | undefined;
}
