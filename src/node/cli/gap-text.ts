import { pValueText } from '../../metrics/gap/estimate.ts';
import type { GapReport } from '../../metrics/gap/report.ts';
import { measuredStatistics } from '../../metrics/gap/table.ts';

/** The report as a table for people. */
export function gapText(report: GapReport): string {
  const lines = measuredStatistics(report).map(({ title, estimate, remark = '' }) => {
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
    `${''.padEnd(38)}${'value'.padStart(9)}  ${'95 % interval'.padEnd(20)}  by chance`,
    ...lines,
    `dimensions with the most of the gap: ${largest.join(', ')}`,
  ].join('\n');
}

function shown(value: number): string {
  if (Number.isNaN(value)) return 'undefined';
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}
