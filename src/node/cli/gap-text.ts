import { type Estimate, type PairedEstimate, pValueText } from '../../metrics/gap/estimate.ts';
import type { GapReport } from '../../metrics/gap/report.ts';

/** One statistic of a report, with its name and a title for people. */
export interface NamedStatistic {
  readonly name: string;
  readonly title: string;
  readonly estimate: Estimate | PairedEstimate;
  /** What an extreme value says, which the number alone does not. */
  readonly remark?: string;
}

const REMARKS: Readonly<Record<string, { readonly at: number; readonly remark: string }>> = {
  mixedNdcgAt10: { at: 0, remark: 'no match is among the first ten of both kinds: wholly apart' },
  modalityPurity: { at: 1, remark: 'no near neighbour is of the other modality: wholly apart' },
  separability: { at: 1, remark: 'a plane parts the modalities without a mistake' },
};

/** All statistics of a report in the order that they are read in. */
export function namedStatistics(report: GapReport): NamedStatistic[] {
  const { meanCosine, retrieval, uniformity, effectiveRank, gapDimensions, logitEntropy } = report;
  const list: [string, string, Estimate | PairedEstimate][] = [
    ['centroidDistance', 'distance of the centroids', report.centroidDistance],
    ['distributionGap', 'distribution gap (0 equal, 1 disjoint)', report.distributionGap],
    ['squaredFrechet', 'squared Fréchet distance of shapes', report.squaredFrechet],
    ['relativeGap', 'relative modality gap', report.relativeGap],
    ['meanCosine.imageImage', 'mean cosine, image-image', meanCosine.imageImage],
    ['meanCosine.textText', 'mean cosine, text-text', meanCosine.textText],
    ['meanCosine.matched', 'mean cosine, matching pairs', meanCosine.matched],
    ['meanCosine.mismatched', 'mean cosine, other pairs', meanCosine.mismatched],
  ];
  for (const [direction, title] of [
    ['imageToText', 'image to text'],
    ['textToImage', 'text to image'],
  ] as const) {
    const { recallAt1, recallAt5, recallAt10, meanRank, medianRank } = retrieval[direction];
    list.push(
      [`retrieval.${direction}.recallAt1`, `${title}, recall@1`, recallAt1],
      [`retrieval.${direction}.recallAt5`, `${title}, recall@5`, recallAt5],
      [`retrieval.${direction}.recallAt10`, `${title}, recall@10`, recallAt10],
      [`retrieval.${direction}.meanRank`, `${title}, mean rank`, meanRank],
      [`retrieval.${direction}.medianRank`, `${title}, median rank`, medianRank],
    );
  }
  list.push(
    ['mixedNdcgAt10', 'NDCG@10 among images and texts', report.mixedNdcgAt10],
    ['modalityPurity', 'own modality among the 10 nearest', report.modalityPurity],
    ['alignment', 'alignment (0 is best)', report.alignment],
    ['uniformity.images', 'uniformity, images', uniformity.images],
    ['uniformity.texts', 'uniformity, texts', uniformity.texts],
    ['separability', 'linear separability', report.separability],
    ['gapDimensions.forHalf', 'dimensions with half of the gap', gapDimensions.forHalf],
    ['gapDimensions.for90Percent', 'dimensions with 90 % of the gap', gapDimensions.for90Percent],
    ['effectiveRank.images', 'effective rank, images', effectiveRank.images],
    ['effectiveRank.texts', 'effective rank, texts', effectiveRank.texts],
  );
  if (logitEntropy) {
    list.push(
      ['logitEntropy.imageToText', 'logit entropy, image to text', logitEntropy.imageToText],
      ['logitEntropy.textToImage', 'logit entropy, text to image', logitEntropy.textToImage],
    );
  }
  return list.map(([name, title, estimate]) => {
    const extreme = REMARKS[name];
    return { name, title, estimate, remark: extreme?.at === estimate.value ? extreme.remark : undefined };
  });
}

/** The report as a table for people. */
export function gapText(report: GapReport): string {
  const lines = namedStatistics(report).map(({ title, estimate, remark = '' }) => {
    const { value, low, high } = estimate;
    const interval = Number.isNaN(low) ? '' : `[${shown(low)}, ${shown(high)}]`;
    const baseline =
      'baseline' in estimate && estimate.baseline.permutations > 0
        ? `${shown(estimate.baseline.mean)}, p ${pValueText(estimate.baseline)}`
        : '';
    const figures = `${title.padEnd(38)}${shown(value).padStart(9)}  ${interval.padEnd(20)}  ${baseline}`;
    return [figures.trimEnd(), ...(remark ? [`  ${remark}`] : [])].join('\n');
  });
  const largest = report.gapDimensions.largest
    .slice(0, 5)
    .map(({ dimension, share }) => `${dimension} (${(100 * share.value).toFixed(1)} %)`);
  return [
    `${report.pairs} pairs of ${report.dim} dimensions`,
    `${''.padEnd(38)}${'value'.padStart(9)}  ${'95 % interval'.padEnd(20)}  paired at random`,
    ...lines,
    `dimensions with the most of the gap: ${largest.join(', ')}`,
  ].join('\n');
}

function shown(value: number): string {
  if (Number.isNaN(value)) return 'undefined';
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

/** The report as lines of CSV: one a statistic; what is undefined is empty. */
export function gapCsv(report: GapReport): string[] {
  const cell = (value: number | undefined) =>
    value === undefined || Number.isNaN(value) ? '' : String(value);
  return [
    'statistic,value,low,high,resamples,baseline_mean,baseline_low,baseline_high,p_value,permutations',
    ...namedStatistics(report).map(({ name, estimate }) => {
      const { value, low, high, resamples } = estimate;
      const baseline = 'baseline' in estimate ? estimate.baseline : undefined;
      const { mean, low: baseLow, high: baseHigh, pValue, permutations } = baseline ?? {};
      const cells = [value, low, high, resamples, mean, baseLow, baseHigh, pValue, permutations];
      return [name, ...cells.map(cell)].join(',');
    }),
  ];
}
