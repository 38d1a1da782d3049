import { QUALITY_MEASURES, type QualityMeasure, type QualityMeasureName } from 'biomedclip-webgpu';
import { percent, shown } from '../parts/number.ts';

/** What the page shows of the measures of a closing, in its order. */
const NAMES: readonly QualityMeasureName[] = [
  'centroidDistance',
  'distributionGap',
  'modalityPurity',
  'retrieval.imageToText.recallAt1',
  'retrieval.textToImage.recallAt1',
  'retrieval.imageToText.recallAt10',
  'retrieval.textToImage.recallAt10',
  'meanAveragePrecision',
  'clusters.adjustedRand',
];

/** The last two need labels. */
export const FIGURE_ROWS: readonly QualityMeasure[] = NAMES.flatMap((name) =>
  QUALITY_MEASURES.filter((measure) => measure.name === name),
);

export function titleOf({ title }: QualityMeasure): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}

export function figure({ unit }: QualityMeasure, value: number | undefined): string {
  return unit === 'share' ? percent(value) : shown(value, 3);
}
