import { throwIfAborted } from '../errors.ts';
import { PairCountError } from '../metrics/gap/errors.ts';
import { FewRowsError } from './errors.ts';
import { type Fold, foldsOf } from './folds.ts';
import type { ClosingHost } from './gap-closing.ts';
import { type ClosingRows, checkClosingRows } from './options.ts';
import { type JudgedSample, judgedSample, matchRows } from './pairing.ts';
import { unitRows } from './sample.ts';
import { meansOver, type SweepMeasures, type SweepWork, sweepFold } from './sweep-fold.ts';
import { checkSweepOptions, type SweepOptions } from './sweep-options.ts';
import { DEFAULT_SETTINGS, type SweepSetting } from './sweep-settings.ts';

/** Closings beside each other, each judged by folds that it was not fitted on. Plain data. */
export interface ClosingSweep {
  /** Pairs that were swept over. */
  readonly pairs: number;
  /** D, the length of a row. */
  readonly dim: number;
  /** What folds and heads were drawn by. */
  readonly seed: number;
  /** Different groups and labels, where they were given. */
  readonly groups?: number;
  /** Different labels; undefined without labels. */
  readonly classes?: number;
  /** One, or two where there are at least two groups. */
  readonly splits: readonly SweptSplit[];
}

/** All settings under one way to hold pairs out. */
export interface SweptSplit {
  /** `captions`: folds at random, so what is judged was seen with other captions; `groups`: whole groups held out. */
  readonly of: 'captions' | 'groups';
  /** Folds that were fitted and judged. */
  readonly folds: number;
  /** In the order of the settings. */
  readonly points: readonly SweepPoint[];
}

/** One setting, judged. */
export interface SweepPoint extends SweepSetting {
  /** Means over folds, weighted by their pairs. */
  readonly measures: SweepMeasures;
}

const FOLDS = 3;

/**
 * Fits and judges many closings by cross-validation: by new captions, and where there are groups by groups never seen.
 * @throws {PairCountError} @throws {PairIdsError} where rows are no pairs
 * @throws {FewRowsError} @throws {ClosedToZeroError} @throws {HeadDivergedError} @throws {LabelWithoutPromptError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {AbortedError}
 */
export async function sweepClosings(
  host: ClosingHost,
  rows: ClosingRows,
  options: SweepOptions = {},
): Promise<ClosingSweep> {
  checkClosingRows(CALL, rows);
  const { images, texts } = rows;
  checkSweepOptions(options, images);
  const { groups, labels = groups, settings = DEFAULT_SETTINGS, folds = FOLDS, seed = 0 } = options;
  const matched = matchRows(images, texts, options.pairBy);
  if (!matched.paired) throw new PairCountError(images.rows, texts.rows);
  const sample = judgedSample(matched, { groups, labels });
  const prompts = options.prompts && {
    ...options.prompts,
    vectors: unitRows('prompts', options.prompts.vectors),
  };
  const ways = waysToHoldOut(sample, folds, seed);
  if (ways.length === 0) throw new FewRowsError('a sweep', 'pairs', sample.items.length, 4);
  const total = ways.reduce((sum, way) => sum + way.folds.length * settings.length, 0);
  const work = { gpu: await host.gpu(), host, sample, prompts, seed, signal: options.signal };
  let done = 0;
  const onFold = () => {
    done += 1;
    options.onProgress?.({ done, total });
  };
  const splits: SweptSplit[] = [];
  for (const { of, folds } of ways) {
    const points: SweepPoint[] = [];
    for (const setting of settings) points.push(await sweptPoint(work, setting, folds, onFold));
    splits.push({ of, folds: folds.length, points });
  }
  return {
    pairs: sample.items.length,
    dim: images.dim,
    seed,
    ...(groups && { groups: new Set(sample.groups).size }),
    ...(labels && { classes: new Set(sample.labels).size }),
    splits,
  };
}

interface WayToHoldOut {
  readonly of: SweptSplit['of'];
  readonly folds: readonly Fold[];
}

/** Those that leave something to fit on and something to judge by. */
function waysToHoldOut({ items, groups }: JudgedSample, folds: number, seed: number): WayToHoldOut[] {
  const ways: WayToHoldOut[] = [
    { of: 'captions', folds: foldsOf(items, Math.min(folds, items.length), seed) },
  ];
  if (groups) ways.push({ of: 'groups', folds: foldsOf(groups, folds, seed) });
  return ways.filter((way) => way.folds.length > 1);
}

async function sweptPoint(
  work: SweepWork,
  setting: SweepSetting,
  folds: readonly Fold[],
  onFold: () => void,
): Promise<SweepPoint> {
  const judged = [];
  for (const fold of folds) {
    throwIfAborted(work.signal);
    judged.push(await sweepFold(work, setting, fold));
    onFold();
  }
  return { ...setting, measures: meansOver(judged) };
}

const CALL = 'sweepGapClosings';
