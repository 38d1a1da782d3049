import type { GapReport } from '../engine/types.ts';

type Estimate = GapReport['centroidDistance'];
type PairedEstimate = GapReport['relativeGap'];

/** One line of the table, in plain words. */
export interface GapRow {
  readonly name: string;
  readonly meaning: string;
  readonly of: (report: GapReport) => Estimate | PairedEstimate | undefined;
}

export const GAP_ROWS: readonly GapRow[] = [
  {
    name: 'Distance of the centroids',
    meaning: 'How far the middle of all images is from the middle of all texts. 0: no gap.',
    of: (report) => report.centroidDistance,
  },
  {
    name: 'Relative gap',
    meaning: 'Distance within pairs, compared with distances within a modality; 0 to 1.',
    of: (report) => report.relativeGap,
  },
  {
    name: 'Separability',
    meaning: 'How often a plane tells an image from a text. 0.5: it cannot, 1: always.',
    of: (report) => report.separability,
  },
  {
    name: 'Own kind among the 10 nearest',
    meaning: 'Share of a point’s ten nearest that are of its own modality. 0.5: mixed.',
    of: (report) => report.modalityPurity,
  },
  {
    name: 'NDCG@10 among images and texts',
    meaning:
      'Finding the match among both kinds. 0: never in the first ten, so wholly apart; 1: always first.',
    of: (report) => report.mixedNdcgAt10,
  },
  {
    name: 'Cosine of matching pairs',
    meaning: 'Mean over all pairs of image and own text.',
    of: (report) => report.meanCosine.matched,
  },
  {
    name: 'Cosine of other pairs',
    meaning: 'Mean over images with texts that are not theirs.',
    of: (report) => report.meanCosine.mismatched,
  },
  {
    name: 'Cosine among images',
    meaning: 'Mean over two different images. Higher than across: the modalities sit apart.',
    of: (report) => report.meanCosine.imageImage,
  },
  {
    name: 'Cosine among texts',
    meaning: 'Mean over two different texts.',
    of: (report) => report.meanCosine.textText,
  },
  {
    name: 'Distribution gap',
    meaning: 'What is left once the centroids are aligned. 0: clouds of one shape, 1: disjoint ones.',
    of: (report) => report.distributionGap,
  },
  {
    name: 'Dimensions with half of the gap',
    meaning: 'How few coordinates carry half of the squared distance of the centroids.',
    of: (report) => report.gapDimensions.forHalf,
  },
];

export const RECALL_ROWS = [1, 5, 10].flatMap((k) => {
  const name = `recallAt${k}` as 'recallAt1' | 'recallAt5' | 'recallAt10';
  return [
    { k, direction: 'image → text', of: (report: GapReport) => report.retrieval.imageToText[name] },
    { k, direction: 'text → image', of: (report: GapReport) => report.retrieval.textToImage[name] },
  ];
});
