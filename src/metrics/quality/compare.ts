import { isObject } from '../../arguments.ts';
import { InvalidOptionError } from '../../errors.ts';
import { estimate } from '../gap/estimate.ts';
import { UnpairedReportsError } from './errors.ts';
import { QUALITY_MEASURES, type QualityMeasureName, type QualityReport } from './report.ts';

/** By how much a measure changed, with the 95 % interval of the change over the same resamples. */
export interface QualityDifference {
  /** Its place in a report. */
  readonly name: QualityMeasureName;
  /** Of the first report. */
  readonly before: number;
  /** Of the second report. */
  readonly after: number;
  /** after - before */
  readonly difference: number;
  /** 2.5 % quantile of the difference over resamples. */
  readonly low: number;
  /** 97.5 % quantile of the difference over resamples. */
  readonly high: number;
  /** Resamples that define the measure in both reports. */
  readonly resamples: number;
}

/**
 * The paired bootstrap (Efron 1979) of two embeddings of the same pairs: each resample has the same pairs before and
 * after, so what makes pairs easy or hard cancels. Measures that a report lacks are left out.
 * @throws {InvalidOptionError} for what is no report
 * @throws {UnpairedReportsError} if pairs, items, groups, labels, seed or draws differ; dimensions may
 */
export function compareQuality(before: QualityReport, after: QualityReport): QualityDifference[] {
  for (const [name, report] of Object.entries({ before, after })) {
    if (isObject(report) && isObject(report.centroidDistance)) continue;
    throw new InvalidOptionError(name, 'a report of embeddingQuality', report);
  }
  for (const field of ['pairs', 'items', 'sampled', 'seed', 'resamples', 'noise', 'key'] as const) {
    if (before[field] !== after[field]) throw new UnpairedReportsError(field, before[field], after[field]);
  }
  return QUALITY_MEASURES.flatMap(({ name, of }) => {
    const [old, now] = [of(before), of(after)];
    if (!old || !now) return [];
    const shared = Math.min(old.replicates.length, now.replicates.length); // more dimensions afford fewer
    const changes = now.replicates
      .subarray(0, shared)
      .map((value, r) => value - (old.replicates[r] ?? Number.NaN));
    const { value: difference, low, high, resamples } = estimate(now.value - old.value, changes);
    return [{ name, before: old.value, after: now.value, difference, low, high, resamples }];
  });
}
