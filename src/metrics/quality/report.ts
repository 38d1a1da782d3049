import type { Estimate, PairedEstimate } from '../gap/estimate.ts';

/** An estimate with what the paired comparison of two reports needs. */
export interface QualityEstimate extends Estimate {
  /**
   * The value in each resample; NaN where a resample does not define it. Resample r of every report of the same pairs,
   * seed and options has the same pairs. Where copies in a resample shift all of them the same way, they are moved back:
   * their mean is the value.
   */
  readonly replicates: Float64Array;
}

/** How quality is measured. */
export interface QualityOptions {
  /** Seed of resamples, swaps, sample, clusters and noise; an integer. Default 0. Unit: none. */
  readonly seed?: number;
  /** Bootstrap resamples of whole items, or groups. Default 1000; 0 for no intervals. Unit: resamples. Source: Efron 1979. */
  readonly resamples?: number;
  /**
   * At most so many of them, from 0, for the distribution gap, as each costs eigenvalues. Default: all, within some ten seconds.
   * Unit: resamples.
   */
  readonly shapeResamples?: number;
  /** Swaps of the modalities behind the floor of the distribution gap, at most 100. Default 100; 0 for no floor. Unit: swaps. */
  readonly swaps?: number;
  /** Pairs at most for mean average precision and clusters, drawn at random where there are more. Default 2000. Unit: pairs. */
  readonly sample?: number;
  /** Length of the random step that disturbs an image of length 1; from 0. Default 0.5. Unit: lengths of an embedding. */
  readonly noise?: number;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
  /** Called after some rows, starts of k-means, resamples and swaps. */
  readonly onProgress?: (progress: QualityProgress) => void;
}

/** How far a measurement is. */
export interface QualityProgress {
  /** Searches, then k-means where there are labels, then the spectrum of the distribution gap. */
  readonly stage: 'cosines' | 'clusters' | 'spectrum';
  /** Of the current stage. */
  readonly done: number;
  /** Rows of images and texts, starts of k-means, or resamples and swaps of the distribution gap. */
  readonly total: number;
}

/** Recall of a search for the matching item in the other modality. */
export interface QualityRecall {
  /** The share of queries whose match comes first. */
  readonly recallAt1: QualityEstimate;
  /** The share of queries whose match is among the first 5. */
  readonly recallAt5: QualityEstimate;
  /** The share of queries whose match is among the first 10. */
  readonly recallAt10: QualityEstimate;
}

/** How good a joint embedding of images and texts is: the gap that it leaves, and what can be done with it. */
export interface QualityReport {
  /** n, the number of pairs. */
  readonly pairs: number;
  /** Number of items: fewer than pairs if an image has several captions. */
  readonly items: number;
  /** What a resample drew whole, and how many of them there are. */
  readonly drawn: { readonly units: 'items' | 'groups'; readonly count: number };
  /** Number of different labels; undefined without labels. */
  readonly classes: number | undefined;
  /** Pairs that mean average precision and clusters were measured on. */
  readonly sampled: number;
  /** D, the length of a row. */
  readonly dim: number;
  /** What resamples, swaps, samples, clusters and noise were drawn by. */
  readonly seed: number;
  /** Bootstrap resamples that were asked for. */
  readonly resamples: number;
  /** Length of the random step that disturbed images. */
  readonly noise: number;
  /** The same for reports whose items, groups and labels are the same. */
  readonly key: number;
  /** With its floor: what modalities swapped at random within the pairs leave. */
  readonly distributionGap: QualityEstimate & PairedEstimate;
  /** || mean(images) - mean(texts) || of rows of length 1, from 0 to 2, after Liang et al. 2022. */
  readonly centroidDistance: QualityEstimate;
  /** The share of a row's ten nearest that are of its own modality: about 0.5 is mixed, 1 apart. */
  readonly modalityPurity: QualityEstimate;
  /** NDCG@10 of finding the match among all other images and texts. */
  readonly mixedNdcgAt10: QualityEstimate;
  /** Searches among the other modality for the matching item, both ways. */
  readonly retrieval: { readonly imageToText: QualityRecall; readonly textToImage: QualityRecall };
  /** Undefined without labels. */
  readonly meanAveragePrecision: QualityEstimate | undefined;
  /** Of k-means over the union of images and texts, with as many clusters as labels. Undefined without labels. */
  readonly clusters:
    | { readonly adjustedRand: QualityEstimate; readonly vMeasure: QualityEstimate }
    | undefined;
  /** Undefined without queries. */
  readonly mixedSearch:
    | { readonly ndcgAt10: QualityEstimate; readonly imagesInTop10: QualityEstimate }
    | undefined;
  /** Undefined without prompts. */
  readonly zeroShot: { readonly accuracy: QualityEstimate; readonly flips: QualityEstimate } | undefined;
  /** Undefined without a logit scale. */
  readonly logitEntropy:
    | { readonly imageToText: QualityEstimate; readonly textToImage: QualityEstimate }
    | undefined;
}

/** The names of all estimates in a report: the places of their fields, as `clusters.vMeasure`. */
export type QualityMeasureName<Part = QualityReport> = {
  [K in keyof Part & string]: NonNullable<Part[K]> extends Estimate
    ? K
    : NonNullable<Part[K]> extends string | number
      ? never
      : NonNullable<Part[K]> extends { readonly units: string }
        ? never
        : `${K}.${QualityMeasureName<NonNullable<Part[K]>>}`;
}[keyof Part & string];

/** Name, formula and place in a report of one measure. */
export interface QualityMeasure {
  /** Its place in a report. */
  readonly name: QualityMeasureName;
  /** For a table. */
  readonly title: string;
  /** 1 for plain numbers. */
  readonly unit: string;
  /** In signs or words, with its source: x_i image and y_i text of pair i, of length 1. */
  readonly formula: string;
  /** Its meaning, for readers who do not know the formula. */
  readonly meaning: string;
  /** What is good. */
  readonly better: 'larger' | 'smaller' | 'neither';
  /** Undefined if the report lacks it. */
  readonly of: (report: QualityReport) => QualityEstimate | undefined;
}

/** All measures of a report, in reading order. */
export const QUALITY_MEASURES: readonly QualityMeasure[] = [
  {
    name: 'distributionGap',
    title: 'distribution gap (0 equal, 1 disjoint)',
    unit: '1',
    formula:
      'tr(S_x + S_y - 2 (S_x S_y)^(1/2)) / tr(S_x + S_y), with S the covariances; Dowson and Landau 1982',
    meaning:
      'What is left once the centroids are aligned. 0: clouds of one shape; few pairs have a floor above it.',
    better: 'smaller',
    of: (report) => report.distributionGap,
  },
  {
    name: 'centroidDistance',
    title: 'distance of the centroids',
    unit: '1',
    formula: '||mean(x) - mean(y)||, from 0 to 2; Liang et al. 2022',
    meaning: 'How far the middle of all images is from the middle of all texts.',
    better: 'smaller',
    of: (report) => report.centroidDistance,
  },
  {
    name: 'modalityPurity',
    title: 'same modality among the 10 nearest',
    unit: 'share',
    formula: 'mean share of the 10 rows of largest cosine that are of the same modality',
    meaning: 'Share of a point’s ten nearest that are of its own modality. About 0.5: mixed, 1: apart.',
    better: 'smaller',
    of: (report) => report.modalityPurity,
  },
  {
    name: 'mixedNdcgAt10',
    title: 'NDCG@10 of the match among both',
    unit: '1',
    formula:
      'mean of 1 / log2(1 + rank), 0 beyond rank 10, of the match among all other rows; Järvelin and Kekäläinen 2002',
    meaning: 'Finding the match among images and texts. 0: never in the first ten, 1: always first.',
    better: 'larger',
    of: (report) => report.mixedNdcgAt10,
  },
  {
    name: 'meanAveragePrecision',
    title: 'mean average precision among both',
    unit: '1',
    formula:
      'mean over images and texts as queries of the average precision among all other rows, relevant: of the same label; as scikit-learn',
    meaning: 'Whether images and texts of a class come before all others. 1: always.',
    better: 'larger',
    of: (report) => report.meanAveragePrecision,
  },
  {
    name: 'clusters.adjustedRand',
    title: 'adjusted Rand index of clusters',
    unit: '1',
    formula: 'of k-means over all rows, k the number of labels, with the labels; Hubert and Arabie 1985',
    meaning: 'Whether clusters of images and texts are the classes. 0: by chance, 1: they are.',
    better: 'larger',
    of: (report) => report.clusters?.adjustedRand,
  },
  {
    name: 'clusters.vMeasure',
    title: 'V-measure of clusters',
    unit: '1',
    formula:
      'of k-means over all rows, k the number of labels, with the labels; Rosenberg and Hirschberg 2007',
    meaning: 'The same by information shared. Not adjusted for chance: many classes raise it.',
    better: 'larger',
    of: (report) => report.clusters?.vMeasure,
  },
  {
    name: 'mixedSearch.ndcgAt10',
    title: 'NDCG@10 of a mixed search',
    unit: '1',
    formula:
      'DCG of the first 10 over that of all relevant rows first, relevant: image and text of the query; Järvelin and Kekäläinen 2002',
    meaning: 'A search of images and texts together finds both that belong to the query. 1: always first.',
    better: 'larger',
    of: (report) => report.mixedSearch?.ndcgAt10,
  },
  {
    name: 'mixedSearch.imagesInTop10',
    title: 'images among the first 10 of a mixed search',
    unit: 'share',
    formula: 'mean share of images among the 10 rows of largest cosine to the query',
    meaning: 'Whether a search by text returns pictures at all. Half of what is searched are images.',
    better: 'larger',
    of: (report) => report.mixedSearch?.imagesInTop10,
  },
  {
    name: 'zeroShot.accuracy',
    title: 'zero-shot accuracy',
    unit: 'share',
    formula: 'share of images whose prompt of largest cosine has their label; Radford et al. 2021',
    meaning: 'How often the nearest prompt names the image’s class.',
    better: 'larger',
    of: (report) => report.zeroShot?.accuracy,
  },
  {
    name: 'zeroShot.flips',
    title: 'answers changed by a small step',
    unit: 'share',
    formula: 'share of images whose zero-shot answer is another after a random step',
    meaning: 'How often a small disturbance of an image changes its answer.',
    better: 'smaller',
    of: (report) => report.zeroShot?.flips,
  },
  ...recallMeasures('imageToText', 'image to text'),
  ...recallMeasures('textToImage', 'text to image'),
  ...entropyMeasures('imageToText', 'image to text'),
  ...entropyMeasures('textToImage', 'text to image'),
];

function recallMeasures(direction: keyof QualityReport['retrieval'], title: string): QualityMeasure[] {
  return ([1, 5, 10] as const).map((k) => ({
    name: `retrieval.${direction}.recallAt${k}`,
    title: `${title}, recall@${k}`,
    unit: 'share',
    formula: `share of queries with rank <= ${k}, the place of the matching item by cosine, from 1 on`,
    meaning: k === 1 ? 'How often the match comes first.' : `How often the match is among the first ${k}.`,
    better: 'larger',
    of: ({ retrieval }) => retrieval[direction][`recallAt${k}`],
  }));
}

function entropyMeasures(direction: keyof QualityReport['retrieval'], title: string): QualityMeasure[] {
  return [
    {
      name: `logitEntropy.${direction}`,
      title: `logit entropy, ${title}`,
      unit: 'nats',
      formula: 'mean over queries of the entropy of softmax of exp(logit_scale) cosine',
      meaning: 'How undecided the model’s probabilities are. 0: sure, log n: no idea.',
      better: 'neither',
      of: (report) => report.logitEntropy?.[direction],
    },
  ];
}
