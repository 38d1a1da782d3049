import { GAP_STATISTICS, type GapReport } from './report.ts';

/**
 * A report as lines of CSV, the first with the names of the columns, then one a statistic: what `gap -o gap.csv` writes. A value
 * that is undefined is an empty cell.
 */
export function gapCsv(report: GapReport): string[] {
  const cell = (value: number | undefined) =>
    value === undefined || Number.isNaN(value) ? '' : String(value);
  return [
    'statistic,value,low,high,resamples,baseline_mean,baseline_low,baseline_high,p_value,permutations',
    ...measuredStatistics(report).map(({ name, estimate }) => {
      const { value, low, high, resamples } = estimate;
      const baseline = 'baseline' in estimate ? estimate.baseline : undefined;
      const { mean, low: baseLow, high: baseHigh, pValue, permutations } = baseline ?? {};
      const cells = [value, low, high, resamples, mean, baseLow, baseHigh, pValue, permutations];
      return [name, ...cells.map(cell)].join(',');
    }),
  ];
}

/** The statistics of a report, with the remark for the value. */
export function measuredStatistics(report: GapReport) {
  return GAP_STATISTICS.flatMap(({ name, title, remark, of }) => {
    const estimate = of(report);
    if (!estimate) return [];
    return [{ name, title, estimate, remark: remark?.at === estimate.value ? remark.text : undefined }];
  });
}
