import { InvalidOptionError, throwIfAborted } from '../../errors.ts';
import { eventLoopTurns } from '../event-loop.ts';
import { estimate } from '../gap/estimate.ts';
import { resampledUnits } from '../random.ts';
import { auroc, type RankedItems, rankItems } from './auroc.ts';
import { type Calibration, calibrationError, calibrationOf, reliabilityBins } from './calibration.ts';
import { confusionOf, countedMeasures, meanOfDefined } from './confusion.ts';
import { type JudgedScores, readScores } from './judged-scores.ts';
import type { ClassificationReport, EvaluationOptions, ScoredItems } from './report.ts';

/** AUROC costs a pass over all items for each class and resample: so many steps are some ten seconds. */
const AUROC_STEPS = 2e9;
const LEAST_AUROC_RESAMPLES = 20;
const TOP = 5;

/**
 * Judges a classification by its scores: accuracy, balanced accuracy, macro F1, AUROC, top-5, the confusion matrix and the
 * calibration, with percentile intervals (Efron 1979) of resamples of items, or of whole groups. On the host in double
 * precision. Many items and classes get fewer resamples of their AUROC than asked for, but at least 20.
 * @throws {ShapeError} @throws {UnknownClassError} @throws {NonFiniteVectorError} @throws {InvalidOptionError}
 * @throws {AbortedError}
 */
export async function classificationMetrics(
  scored: ScoredItems,
  options: EvaluationOptions = {},
): Promise<ClassificationReport> {
  const { resamples, seed, bins, signal } = readOptions(options);
  const judged = readScores(scored);
  const { n, k, labels, units, unitCount } = judged;
  const ones = new Float64Array(n).fill(1);
  const ranked = Array.from({ length: k }, (_, c) =>
    rankItems(judged.logOdds.subarray(c * n, (c + 1) * n), labels, c),
  );
  const parts = { judged, ranked, calibration: calibrationOf(judged, bins) };
  const value = measured(parts, ones, true);
  const drawn: Measured[] = [];
  const withAuroc = Math.max(LEAST_AUROC_RESAMPLES, Math.floor(AUROC_STEPS / (n * k)));
  const turn = eventLoopTurns();
  for (let r = 0; r < resamples; r++) {
    await turn();
    throwIfAborted(signal);
    drawn.push(measured(parts, resampledUnits(seed, r, units, unitCount), r < withAuroc));
  }
  const estimateOf = (of: (measures: Measured) => number) => estimate(of(value), drawn.map(of));
  const { confusion, reliability } = value;
  return {
    items: n,
    drawn: { units: scored.groups ? 'groups' : 'items', count: unitCount },
    ...{ seed, resamples },
    accuracy: estimateOf(({ accuracy }) => accuracy),
    balancedAccuracy: estimateOf(({ balancedAccuracy }) => balancedAccuracy),
    macroF1: estimateOf(({ macroF1 }) => macroF1),
    macroAuroc: estimateOf(({ auroc }) => meanOfDefined(auroc)),
    top5: k > TOP ? estimateOf(({ top5 }) => top5) : undefined,
    calibrationError: estimateOf(({ calibrationError }) => calibrationError),
    brier: estimateOf(({ brier }) => brier),
    reliability,
    classes: scored.classes.map((label, c) => ({
      label,
      items: sumOf(confusion.subarray(c * k, (c + 1) * k)),
      predicted: sumOf(confusion.filter((_, at) => at % k === c)),
      precision: estimateOf(({ precision }) => precision[c] ?? Number.NaN),
      recall: estimateOf(({ recall }) => recall[c] ?? Number.NaN),
      f1: estimateOf(({ f1 }) => f1[c] ?? Number.NaN),
      auroc: estimateOf(({ auroc }) => auroc[c] ?? Number.NaN),
    })),
    confusion: Array.from({ length: k }, (_, c) => [...confusion.subarray(c * k, (c + 1) * k)]),
    answers: judged.answers,
    probabilities: judged.probabilities,
  };
}

function readOptions({ resamples = 1000, seed = 0, bins = 15, signal }: EvaluationOptions) {
  if (!Number.isSafeInteger(resamples) || resamples < 0) {
    throw new InvalidOptionError('resamples', 'an integer of at least 0', resamples);
  }
  if (!Number.isSafeInteger(seed)) throw new InvalidOptionError('seed', 'an integer', seed);
  if (!Number.isSafeInteger(bins) || bins < 1) {
    throw new InvalidOptionError('bins', 'an integer of at least 1', bins);
  }
  return { resamples, seed, bins, signal };
}

interface Parts {
  readonly judged: JudgedScores;
  /** One a class. */
  readonly ranked: readonly RankedItems[];
  readonly calibration: Calibration;
}

type Measured = ReturnType<typeof measured>;

/** @param counts `[n]`: how often each item counts */
function measured({ judged, ranked, calibration }: Parts, counts: Float64Array, withAuroc: boolean) {
  const confusion = confusionOf(judged, counts);
  const reliability = reliabilityBins(calibration, counts);
  let [found, brier, all] = [0, 0, 0];
  for (let item = 0; item < counts.length; item++) {
    const count = counts[item] as number;
    if ((judged.ranks[item] as number) < TOP) found += count;
    brier += count * (calibration.brier[item] as number);
    all += count;
  }
  return {
    ...countedMeasures(confusion, judged.k),
    auroc: Float64Array.from(ranked, (items) => (withAuroc ? auroc(items, counts) : Number.NaN)),
    top5: found / all,
    brier: brier / all,
    calibrationError: calibrationError(reliability),
    ...{ confusion, reliability },
  };
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
