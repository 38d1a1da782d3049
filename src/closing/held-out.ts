import type { ClosingMaps, HeldOutMeasure, HeldOutReport } from '../closing-data.ts';
import type { Gpu } from '../device/gpu.ts';
import { throwIfAborted } from '../errors.ts';
import { estimate } from '../metrics/gap/estimate.ts';
import { embeddingQuality } from '../metrics/quality/embedding-quality.ts';
import { QUALITY_MEASURES, type QualityReport } from '../metrics/quality/report.ts';
import { applyMap } from './affine-map.ts';
import { type Fold, foldsOf, unlessDegenerate } from './folds.ts';
import { type ClosedPairs, fittedLogitScale } from './logit-scale.ts';
import { areOneClass, type JudgedSample, knownAt } from './pairing.ts';
import { pairsAt, type Sample } from './sample.ts';

export interface JudgingOptions {
  readonly folds: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onFold?: (done: number, total: number) => void;
}

/** The pairs of one fold that were not fitted on: judged as the model gives them and closed, and their closed rows. */
interface JudgedFold extends ClosedPairs {
  readonly before: QualityReport;
  readonly after: QualityReport;
}

/** Fewer held-out pairs leave intervals so wide that nothing can be said. */
export const FEWEST_FOR_CLAIMS = 50;

/**
 * Cross-validation: fits on all folds but one, judges by that one, for each. Figures are means over folds, weighted by their
 * pairs; intervals are of the paired bootstrap within folds.
 * @param fit a closing of the pairs it is given
 * @returns undefined where there are too few pairs or groups, or without one fold nothing is left to fit
 */
export async function judgeHeldOut(
  gpu: Gpu,
  sample: JudgedSample,
  fit: (sample: Sample) => Promise<ClosingMaps>,
  options: JudgingOptions,
): Promise<{ report: HeldOutReport; logitScale: number | undefined } | undefined> {
  const { groups, items } = sample;
  const most = Math.min(options.folds, Math.floor(items.length / 2));
  const folds = foldsOf(groups ?? items, most, options.seed);
  if (folds.length < 2) return undefined;
  const judged: JudgedFold[] = [];
  for (const [i, fold] of folds.entries()) {
    throwIfAborted(options.signal);
    const result = await unlessDegenerate(
      judgeFold(gpu, sample, fold, fit, { ...options, seed: options.seed + i }),
    );
    if (!result) return undefined;
    judged.push(result);
    options.onFold?.(i + 1, folds.length);
  }
  const pairs = judged.reduce((sum, { rows }) => sum + rows, 0);
  const measures = QUALITY_MEASURES.flatMap((measure) => combined(measure, judged) ?? []);
  return {
    report: {
      folds: folds.length,
      byGroup: groups !== undefined,
      pairs,
      measures,
      supportsClaims: pairs >= FEWEST_FOR_CLAIMS,
    },
    logitScale: fittedLogitScale(judged, MOST_JUDGED, options.seed),
  };
}

async function judgeFold(
  gpu: Gpu,
  sample: JudgedSample,
  { fit, judged }: Fold,
  fitMaps: (sample: Sample) => Promise<ClosingMaps>,
  { seed, signal }: JudgingOptions,
): Promise<JudgedFold> {
  const maps = await fitMaps(pairsAt(sample, fit));
  const { images, texts } = pairsAt(sample, judged);
  const closed = {
    images: { ...images, data: await applyMap(gpu, 'images', maps.images, images), dim: maps.images.outDim },
    texts: { ...texts, data: await applyMap(gpu, 'texts', maps.texts, texts), dim: maps.texts.outDim },
  };
  const { items, labels } = knownAt(sample, judged);
  const known = { items, labels: areOneClass(labels) ? undefined : labels };
  const shapeResamples = images.dim > WIDE ? 0 : RESAMPLES / 10;
  const options = { seed, resamples: RESAMPLES, shapeResamples, swaps: SWAPS, sample: MOST_JUDGED, signal };
  return {
    before: await embeddingQuality(gpu, { images, texts, ...known }, options),
    after: await embeddingQuality(gpu, { ...closed, ...known }, options),
    images: closed.images.data,
    texts: closed.texts.data,
    items,
    rows: judged.length,
  };
}

const RESAMPLES = 200;
const SWAPS = 5;
/** Beyond these dimensions the eigenvalues for an interval of the distribution gap take too long. */
const WIDE = 256;
/** Pairs of a fold that rankings of the whole corpus are judged by. */
const MOST_JUDGED = 500;

/** The mean of one measure over the folds that have it. */
function combined(
  { name, of }: (typeof QUALITY_MEASURES)[number],
  folds: readonly JudgedFold[],
): HeldOutMeasure | undefined {
  const parts = folds
    .map(({ before, after, rows }) => ({
      before: of(before),
      after: of(after),
      floor: after.distributionGap.baseline.mean,
      rows,
    }))
    .filter(({ before, after }) => before && after);
  if (parts.length === 0) return undefined;
  const pairs = parts.reduce((sum, { rows }) => sum + rows, 0);
  const mean = (value: (part: (typeof parts)[number]) => number | undefined) =>
    parts.reduce((sum, part) => sum + ((value(part) ?? Number.NaN) * part.rows) / pairs, 0);
  const [before, after] = [mean((part) => part.before?.value), mean((part) => part.after?.value)];
  if (!(Number.isFinite(before) && Number.isFinite(after))) return undefined;
  const draws = Math.min(
    ...parts.flatMap((part) => [part.before, part.after]).map((e) => e?.replicates.length ?? 0),
  );
  const changes = Float64Array.from({ length: draws }, (_, r) =>
    mean((part) => (part.after?.replicates[r] ?? Number.NaN) - (part.before?.replicates[r] ?? Number.NaN)),
  );
  const { low, high } = estimate(after - before, changes);
  const floor = name === 'distributionGap' ? mean((part) => part.floor) : undefined;
  return {
    name,
    before,
    after,
    difference: after - before,
    low,
    high,
    ...(floor !== undefined && { floor }),
  };
}
