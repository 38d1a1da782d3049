import type { MeasuredModel } from './compare.ts';
import type { Estimate } from './estimate.ts';
import type { KernelAlignment } from './kernel-alignment.ts';
import { GAP_STATISTICS, type GapStatistic, type GapStatisticName } from './report.ts';
import type { SpectralAlignment } from './spectral-alignment.ts';

/** How alike the geometries of a model's images and of its texts are. */
export interface ModelGeometry extends KernelAlignment {
  /** By the paper on modality imbalance, in both directions. */
  readonly spectralAlignment: SpectralAlignment;
}

/** The places of all estimates in a `MeasuredModel`, those of its `GapReport` without the prefix. */
export type ComparedStatisticName = GapStatisticName | `geometry.${GapStatisticName<ModelGeometry>}`;

/** Name, formula and place of a statistic that `compareGaps` compares. */
export interface ComparedStatistic extends Omit<GapStatistic, 'name' | 'of'> {
  /** Its place: of a report of the gap, or in `geometry`. */
  readonly name: ComparedStatisticName;
  /** Undefined if the model lacks it. */
  readonly of: (model: MeasuredModel) => Estimate | undefined;
}

const CKA = '||X^T Y||_F^2 / (||X^T X||_F ||Y^T Y||_F), X and Y the centred rows; Kornblith et al. 2019';
const DEBIASED =
  'the same with each HSIC by its unbiased estimator, Song et al. 2012, as in Nguyen et al. 2021; undefined below 4 pairs';
const SAS = 'sum of l_k |r_k| over sum of l_k, over the top tenth of eigenvalues l_k of the covariance of';

/** What `compareGaps` measures of each model besides `GAP_STATISTICS`. */
const GEOMETRY_STATISTICS: readonly ComparedStatistic[] = [
  {
    name: 'geometry.cka',
    title: 'CKA of images and texts',
    unit: '1',
    formula: CKA,
    meaning:
      'Whether images lie among each other as their texts do, wherever both lie. 1: the same up to turning and scaling.',
    of: ({ geometry }) => geometry.cka,
  },
  {
    name: 'geometry.debiasedCka',
    title: 'CKA of images and texts, debiased',
    unit: '1',
    formula: DEBIASED,
    meaning: 'Without what few pairs in many dimensions have by chance.',
    of: ({ geometry }) => geometry.debiasedCka,
  },
  {
    name: 'geometry.spectralAlignment.imageToText',
    title: 'spectral alignment score, image to text',
    unit: '1',
    formula: `${SAS} x, r_k the correlation of x and y along its eigenvector k; Gambetti et al. 2026`,
    meaning: 'Whether texts vary with their images where images vary most. 1: fully.',
    of: ({ geometry }) => geometry.spectralAlignment.imageToText,
  },
  {
    name: 'geometry.spectralAlignment.textToImage',
    title: 'spectral alignment score, text to image',
    unit: '1',
    formula: `${SAS} y, r_k the correlation of x and y along its eigenvector k; Gambetti et al. 2026`,
    meaning: 'Whether images vary with their texts where texts vary most.',
    of: ({ geometry }) => geometry.spectralAlignment.textToImage,
  },
  {
    name: 'geometry.spectralAlignment.imbalance',
    title: 'modality imbalance',
    unit: '1',
    formula: 'spectral alignment score image to text - text to image; Gambetti et al. 2026',
    meaning: 'Their difference, by which the paper tells which modality holds more than the other shares.',
    of: ({ geometry }) => geometry.spectralAlignment.imbalance,
  },
];

/** All statistics that `compareGaps` gives of each model and compares: those of `GAP_STATISTICS`, then the geometry's. */
export const COMPARED_STATISTICS: readonly ComparedStatistic[] = [
  ...GAP_STATISTICS.map((statistic) => ({ ...statistic, of: ({ gap }: MeasuredModel) => statistic.of(gap) })),
  ...GEOMETRY_STATISTICS,
];
