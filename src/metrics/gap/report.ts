import type { GapDimensions } from './centroids.ts';
import type { Estimate, PairedEstimate } from './estimate.ts';
import type { PairBy } from './pairing.ts';
import type { Retrieval } from './retrieval.ts';

/** How the gap is measured. */
export interface GapOptions {
  /** How images and texts are paired. Default: `ids` if ids of both correspond, else `rows`. */
  readonly pairBy?: PairBy;
  /** The model's exp(logit_scale), such as `model.info.logitScale`. Default: none, and no `logitEntropy`. Unit: none. Source: CLIP. */
  readonly logitScale?: number;
  /** Bootstrap resamples of the pairs. Default 1000; 0 for no intervals. Unit: resamples. Source: Efron 1979. */
  readonly resamples?: number;
  /** Random pairings. Default 1000; 0 for no baseline. Unit: pairings. */
  readonly permutations?: number;
  /** Seed of resamples and pairings; an integer. Default 0. Unit: none. */
  readonly seed?: number;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
  /** Called after some rows, resamples and swaps. */
  readonly onProgress?: (progress: GapProgress) => void;
}

/** How far a measurement is. */
export interface GapProgress {
  /** All cosines are read first; the spectrum takes an eigendecomposition a resample. */
  readonly stage: 'cosines' | 'spectrum';
  /** Of the current stage. */
  readonly done: number;
  /** Rows of images and texts, or resamples and the swaps of the distribution gap's baseline. */
  readonly total: number;
}

/**
 * The modality gap, measured. Each statistic's formula is documented at its function. Statistics that depend on the
 * pairing come with the baseline of random pairings, the distribution gap with its floor.
 */
export interface GapReport {
  /** n, the number of pairs. */
  readonly pairs: number;
  /** Whether rows were paired by ids or by position. */
  readonly pairedBy: PairBy;
  /** Number of items: fewer than pairs if an image has several captions, or a caption several images. */
  readonly items: number;
  /** D, the length of a row. */
  readonly dim: number;
  /** What resamples and pairings were drawn by. */
  readonly seed: number;
  /** Bootstrap resamples that were asked for. */
  readonly resamples: number;
  /** Random pairings that were asked for. */
  readonly permutations: number;
  /** Centroid of the images minus centroid of the texts, `[dim]`. */
  readonly gapVector: Float64Array;
  /** || mean(images) - mean(texts) || of rows of length 1, from 0 to 2, after Liang et al. 2022. */
  readonly centroidDistance: Estimate;
  /**
   * What is left once the centroids are aligned: the squared Bures distance of the covariances over the sum of their
   * traces, from 0 (equal shapes) to 1 (disjoint ones). Few pairs of a single distribution have some too: the baseline is
   * what is left once image and text are exchanged at random within the pairs, in up to 100 draws.
   */
  readonly distributionGap: PairedEstimate;
  /** The same without the division: plus the squared centroid distance it is the full squared Frechet distance. */
  readonly squaredFrechet: Estimate;
  /** From 0 to 1, after Schrodi et al. 2025. */
  readonly relativeGap: PairedEstimate;
  /** Mean cosines of different rows, by quadrant. */
  readonly meanCosine: {
    readonly imageImage: Estimate;
    readonly textText: Estimate;
    readonly matched: PairedEstimate;
    readonly mismatched: Estimate;
  };
  /** Searches among the other modality for the matching item, both ways. */
  readonly retrieval: { readonly imageToText: Retrieval; readonly textToImage: Retrieval };
  /**
   * NDCG@10 of finding the match among all other images and texts, over queries of both kinds. 0 if no match is among
   * the first ten results: the modalities are fully separated.
   */
  readonly mixedNdcgAt10: PairedEstimate;
  /** The share of the 10 nearest of a row that are of its own modality. */
  readonly modalityPurity: Estimate;
  /** Mean squared distance of matching pairs: smaller is better. */
  readonly alignment: PairedEstimate;
  /** log of the mean of exp(-2 ||x_i - x_j||^2) over different rows (Wang and Isola 2020): 0 if all are equal, else lower. */
  readonly uniformity: { readonly images: Estimate; readonly texts: Estimate };
  /** Cross-validated accuracy of telling the modalities apart by a plane: 0.5 is chance. */
  readonly separability: Estimate;
  /** The dimensions that make up the gap vector. */
  readonly gapDimensions: GapDimensions;
  /** exp of the entropy of the normalised singular values (Roy and Vetterli 2007): from 1 to D dimensions. */
  readonly effectiveRank: { readonly images: Estimate; readonly texts: Estimate };
  /** In nats, at the model's temperature; log n if the model cannot decide. */
  readonly logitEntropy: { readonly imageToText: Estimate; readonly textToImage: Estimate } | undefined;
}

/** The names of all estimates in a report, or in a part of one: the places of their fields, as `meanCosine.matched`. */
export type GapStatisticName<Part = GapReport> = {
  [K in keyof Part & string]: NonNullable<Part[K]> extends Estimate
    ? K
    : NonNullable<Part[K]> extends ArrayLike<unknown> | number
      ? never
      : `${K}.${GapStatisticName<NonNullable<Part[K]>>}`;
}[keyof Part & string];

/** Name, formula and place in a report of one statistic. */
export interface GapStatistic {
  /** Its place in a report. */
  readonly name: GapStatisticName;
  /** For a table. */
  readonly title: string;
  /** The title without terms of the field, if it has any. */
  readonly plainTitle?: string;
  /** 1 for plain numbers. */
  readonly unit: string;
  /** In signs or words, with its source: x_i image and y_i text of pair i, of length 1. */
  readonly formula: string;
  /** Its meaning, for readers who do not know the formula. */
  readonly meaning?: string;
  /** The meaning of an extreme value. */
  readonly remark?: { readonly at: number; readonly text: string };
  /** Undefined if the report lacks it. */
  readonly of: (report: GapReport) => Estimate | PairedEstimate | undefined;
}

/** All statistics of a report, in reading order. */
export const GAP_STATISTICS: readonly GapStatistic[] = [
  {
    name: 'centroidDistance',
    title: 'distance of the centroids',
    plainTitle: 'Distance of the centroids',
    unit: '1',
    formula: '||mean(x) - mean(y)||, from 0 to 2; Liang et al. 2022',
    meaning: 'How far the middle of all images is from the middle of all texts. 0: no gap.',
    of: (report) => report.centroidDistance,
  },
  {
    name: 'distributionGap',
    title: 'distribution gap (0 equal, 1 disjoint)',
    plainTitle: 'Distribution gap',
    unit: '1',
    formula:
      'squaredFrechet over tr(S_x + S_y), with S the covariances; by chance: modalities swapped at random within pairs',
    meaning:
      'What remains once the centroids are aligned. 0: clouds of the same shape, 1: clouds that share nothing.',
    of: (report) => report.distributionGap,
  },
  {
    name: 'squaredFrechet',
    title: 'squared Fréchet distance of shapes',
    unit: '1',
    formula: 'tr(S_x + S_y - 2 (S_x S_y)^(1/2)), with S the covariances; Dowson and Landau 1982',
    of: (report) => report.squaredFrechet,
  },
  {
    name: 'relativeGap',
    title: 'relative modality gap',
    plainTitle: 'Relative gap',
    unit: '1',
    formula:
      'M / (W + M), means of (1 - cos) / 2 over matching pairs and within modalities; Schrodi et al. 2025',
    meaning: 'Distances within pairs, compared with distances within a modality; 0 to 1.',
    of: (report) => report.relativeGap,
  },
  {
    name: 'meanCosine.imageImage',
    title: 'mean cosine, image-image',
    plainTitle: 'Cosine among images',
    unit: 'cosine',
    formula: 'mean of x_i . x_j over i != j',
    meaning:
      'Mean over pairs of different images. If it is higher than for images with texts, the modalities lie apart.',
    of: (report) => report.meanCosine.imageImage,
  },
  {
    name: 'meanCosine.textText',
    title: 'mean cosine, text-text',
    plainTitle: 'Cosine among texts',
    unit: 'cosine',
    formula: 'mean of y_i . y_j over i != j',
    meaning: 'Mean over pairs of different texts.',
    of: (report) => report.meanCosine.textText,
  },
  {
    name: 'meanCosine.matched',
    title: 'mean cosine, matching pairs',
    plainTitle: 'Cosine of matching pairs',
    unit: 'cosine',
    formula: 'mean of x_i . y_i',
    meaning: 'Mean over all images, each with its own text.',
    of: (report) => report.meanCosine.matched,
  },
  {
    name: 'meanCosine.mismatched',
    title: 'mean cosine, other pairs',
    plainTitle: 'Cosine of other pairs',
    unit: 'cosine',
    formula: 'mean of x_i . y_j over i != j',
    meaning: 'Mean over images with texts that are not theirs.',
    of: (report) => report.meanCosine.mismatched,
  },
  ...retrievalStatistics('imageToText', 'image to text'),
  ...retrievalStatistics('textToImage', 'text to image'),
  {
    name: 'mixedNdcgAt10',
    title: 'NDCG@10 among images and texts',
    unit: '1',
    formula:
      'mean of 1 / log2(1 + rank), 0 beyond rank 10, of the match among all other rows; Järvelin and Kekäläinen 2002',
    meaning:
      'Finding the match among images and texts together. 0: never in the first ten, so the modalities are fully apart; 1: always first.',
    remark: { at: 0, text: 'no match is among the first ten results: the modalities are fully apart' },
    of: (report) => report.mixedNdcgAt10,
  },
  {
    name: 'modalityPurity',
    title: 'same modality among the 10 nearest',
    plainTitle: 'Own kind among the 10 nearest',
    unit: 'share',
    formula: 'mean share of the 10 rows of largest cosine that are of its own modality',
    meaning: 'Share of a point’s ten nearest that are of its own modality. 0.5: mixed.',
    remark: { at: 1, text: 'no near neighbour is of the other modality: they are fully apart' },
    of: (report) => report.modalityPurity,
  },
  {
    name: 'alignment',
    title: 'alignment (0 is best)',
    unit: '1',
    formula: 'mean of ||x_i - y_i||^2; Wang and Isola 2020, alpha = 2',
    of: (report) => report.alignment,
  },
  {
    name: 'uniformity.images',
    title: 'uniformity, images',
    unit: '1',
    formula: 'log of the mean of exp(-2 ||x_i - x_j||^2) over i != j; Wang and Isola 2020, t = 2',
    of: (report) => report.uniformity.images,
  },
  {
    name: 'uniformity.texts',
    title: 'uniformity, texts',
    unit: '1',
    formula: 'log of the mean of exp(-2 ||y_i - y_j||^2) over i != j; Wang and Isola 2020, t = 2',
    of: (report) => report.uniformity.texts,
  },
  {
    name: 'separability',
    title: 'linear separability',
    plainTitle: 'Separability',
    unit: 'share',
    formula: 'accuracy of linear discriminant analysis, shrinkage 0.1, over 5 folds; as scikit-learn',
    meaning: 'How often a flat boundary tells an image from a text. 0.5: no better than guessing, 1: always.',
    remark: { at: 1, text: 'a flat boundary separates the modalities without a mistake' },
    of: (report) => report.separability,
  },
  {
    name: 'gapDimensions.forHalf',
    title: 'dimensions with half of the gap',
    plainTitle: 'Dimensions with half of the gap',
    unit: 'dimensions',
    formula:
      'the fewest d whose (mean(x) - mean(y))_d^2 make up 50 % of their sum; after Schrodi et al. 2025',
    meaning:
      'The smallest number of coordinates that make up half of the squared distance between the centroids.',
    of: (report) => report.gapDimensions.forHalf,
  },
  {
    name: 'gapDimensions.for90Percent',
    title: 'dimensions with 90 % of the gap',
    unit: 'dimensions',
    formula:
      'the fewest d whose (mean(x) - mean(y))_d^2 make up 90 % of their sum; after Schrodi et al. 2025',
    of: (report) => report.gapDimensions.for90Percent,
  },
  {
    name: 'effectiveRank.images',
    title: 'effective rank, images',
    unit: 'dimensions',
    formula: 'exp(entropy of s / sum(s)), s the singular values of x - mean(x); Roy and Vetterli 2007',
    of: (report) => report.effectiveRank.images,
  },
  {
    name: 'effectiveRank.texts',
    title: 'effective rank, texts',
    unit: 'dimensions',
    formula: 'exp(entropy of s / sum(s)), s the singular values of y - mean(y); Roy and Vetterli 2007',
    of: (report) => report.effectiveRank.texts,
  },
  {
    name: 'logitEntropy.imageToText',
    title: 'logit entropy, image to text',
    unit: 'nats',
    formula: 'mean over i of the entropy of softmax over j of exp(logit_scale) x_i . y_j',
    of: (report) => report.logitEntropy?.imageToText,
  },
  {
    name: 'logitEntropy.textToImage',
    title: 'logit entropy, text to image',
    unit: 'nats',
    formula: 'mean over i of the entropy of softmax over j of exp(logit_scale) y_i . x_j',
    of: (report) => report.logitEntropy?.textToImage,
  },
];

/** The same five for either direction. */
function retrievalStatistics(direction: keyof GapReport['retrieval'], title: string): GapStatistic[] {
  const recall = (k: 1 | 5 | 10): GapStatistic => ({
    name: `retrieval.${direction}.recallAt${k}`,
    title: `${title}, recall@${k}`,
    unit: 'share',
    formula: `share of queries with rank <= ${k}, the place of the match by cosine, from 1 on`,
    of: ({ retrieval }) => retrieval[direction][`recallAt${k}`],
  });
  return [
    recall(1),
    recall(5),
    recall(10),
    {
      name: `retrieval.${direction}.meanRank`,
      title: `${title}, mean rank`,
      unit: 'rank',
      formula: 'mean over queries of the place of the match by cosine, from 1 on',
      of: ({ retrieval }) => retrieval[direction].meanRank,
    },
    {
      name: `retrieval.${direction}.medianRank`,
      title: `${title}, median rank`,
      unit: 'rank',
      formula: 'median over queries of the place of the match by cosine, from 1 on',
      of: ({ retrieval }) => retrieval[direction].medianRank,
    },
  ];
}
