import {
  abortSignal,
  callback,
  checkOptions,
  expectLength,
  integerFrom,
  isObject,
  list,
  oneOf,
  type Shape,
} from '../arguments.ts';
import { InvalidOptionError } from '../errors.ts';
import type { PairBy } from '../metrics/gap/pairing.ts';
import type { JudgedRows, RowLabel } from '../metrics/quality/judged-rows.ts';
import { checkSameDim, checkVectors, type Vectors } from '../metrics/vectors.ts';
import { METHODS } from './methods.ts';
import { rowLabels, strengthOf } from './options.ts';
import type { SweepSetting } from './sweep-settings.ts';

/** What is swept over, and how it is judged. */
export interface SweepOptions {
  /** One an image: its class, patient or concept. With them closings are judged by groups never seen, too. Default: none. */
  readonly groups?: readonly RowLabel[];
  /** One an image: what a search should find and clusters should be. Default: the groups. */
  readonly labels?: readonly RowLabel[];
  /** How images and texts are paired. Default: `ids` if ids of both correspond, else `rows`. */
  readonly pairBy?: PairBy;
  /** Texts of which the nearest names an image's label: zero-shot accuracy. Needs labels. Default: none. */
  readonly prompts?: NonNullable<JudgedRows['prompts']>;
  /** Default: shares of the gap vector, strengths of the maps, CCA, and heads over the logit scale. */
  readonly settings?: readonly SweepSetting[];
  /** Folds of each split, at least 2. Default 3. Unit: folds. */
  readonly folds?: number;
  /** Seed of the folds and of a head's batches; an integer. Default 0. Unit: none. */
  readonly seed?: number;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
  /** Called after each closing that was fitted and judged. */
  readonly onProgress?: (progress: SweepProgress) => void;
}

/** Counted in closings fitted and judged. */
export interface SweepProgress {
  /** Closings fitted and judged. */
  readonly done: number;
  /** Settings times folds, over all splits. */
  readonly total: number;
}

const CALL = 'sweepGapClosings';
const SHAPE: Shape<SweepOptions> = {
  groups: rowLabels,
  labels: rowLabels,
  pairBy: oneOf('ids', 'rows'),
  prompts: { words: 'an object with vectors, labels', holds: isObject },
  settings: list,
  folds: integerFrom(2),
  seed: { words: 'an integer', holds: Number.isSafeInteger },
  signal: abortSignal,
  onProgress: callback,
};
const PROMPTS: Shape<NonNullable<SweepOptions['prompts']>> = {
  vectors: { words: 'vectors: { data, rows, dim }', holds: isObject },
  labels: rowLabels,
};
const SETTING: Shape<SweepSetting> = {
  method: oneOf(...Object.keys(METHODS)),
  strength: { words: 'a number', holds: Number.isFinite },
  head: { words: 'an object with the options of a head', holds: isObject }, // checked where it is trained
};

/** @throws {InvalidOptionError} @throws {UnknownOptionError} @throws {ShapeError} @throws {NonFiniteVectorError} */
export function checkSweepOptions(options: SweepOptions, images: Vectors): void {
  checkOptions(CALL, 'options', options, SHAPE);
  const { groups, labels = groups, prompts, settings = [] } = options;
  if (groups) expectLength('groups', groups, images.rows);
  if (labels) expectLength('labels', labels, images.rows);
  for (const [i, setting] of settings.entries()) {
    checkOptions(CALL, `settings[${i}]`, setting, SETTING, ['method']);
    strengthOf(setting.method, setting.strength);
  }
  if (!prompts) return;
  checkOptions(CALL, 'prompts', prompts, PROMPTS, ['vectors', 'labels']);
  checkVectors(CALL, 'prompts.vectors', prompts.vectors);
  checkSameDim(CALL, 'prompts.vectors', images, prompts.vectors);
  expectLength('prompts.labels', prompts.labels, prompts.vectors.rows);
  if (!labels) throw new InvalidOptionError('labels', 'given where there are prompts', labels);
}
