import { GAP_STATISTICS, type GapStatistic, type GapStatisticName } from 'biomedclip-webgpu';

/** What the page shows of the statistics, in its order. */
export const GAP_ROWS = statistics(
  'centroidDistance',
  'relativeGap',
  'separability',
  'modalityPurity',
  'mixedNdcgAt10',
  'meanCosine.matched',
  'meanCosine.mismatched',
  'meanCosine.imageImage',
  'meanCosine.textText',
  'distributionGap',
  'gapDimensions.forHalf',
);

function statistics(...names: GapStatisticName[]): GapStatistic[] {
  return names.flatMap((name) => GAP_STATISTICS.filter((statistic) => statistic.name === name));
}
