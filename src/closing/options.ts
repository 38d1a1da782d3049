import {
  abortSignal,
  callback,
  checkOptions,
  type Expected,
  expectLength,
  integerFrom,
  isObject,
  oneOf,
  type Shape,
} from '../arguments.ts';
import type { ClosingMethod } from '../closing-data.ts';
import { InvalidOptionError } from '../errors.ts';
import type { PairBy } from '../metrics/gap/pairing.ts';
import { checkSameDim, checkVectors, type Vectors } from '../metrics/vectors.ts';
import type { HeadOptions } from './head/options.ts';
import { METHODS } from './methods.ts';

/** Rows of one model: images `[n, D]` and texts `[m, D]`, as `embedBatch` gives them. */
export interface ClosingRows {
  /** `[n, D]` */
  readonly images: Vectors;
  /** `[m, D]`; n and m are equal where rows are pairs. */
  readonly texts: Vectors;
}

/** How a closing is fitted and judged. */
export interface ClosingOptions {
  /** Default `auto`: what folds of these rows recommend, told in the report. */
  readonly method?: ClosingMethod | 'auto';
  /**
   * How far to go: for `shift` the share of the gap vector, from 0 to 2 (default 1); else from 0, centring, to 1, which for
   * `transport` is the midpoint of both covariances (default 0.25), for `reciprocal` (1) and `local` (0.5) makes both the same.
   * Unit: none.
   */
  readonly strength?: number;
  /** How a head is trained; of method `head` alone. Default: the defaults of `HeadOptions`. */
  readonly head?: HeadOptions;
  /**
   * One an image: its class, patient or concept. Folds never part a group, so that held-out figures are of groups never
   * seen: without groups, the default, they are of new captions of what was seen, which looks better than new subjects will.
   */
  readonly groups?: readonly (string | number)[];
  /** One an image: what a search should find and clusters should be. Default: the groups. */
  readonly labels?: readonly (string | number)[];
  /** As in `modalityGap`; 'none' for rows that are no pairs. Default: by ids, by position, or if neither fits not. */
  readonly pairBy?: PairBy | 'none';
  /** The model that made the rows, such as `model.info`: its fingerprint is kept, and other models refused. Default: any. */
  readonly model?: { readonly fingerprint: string; readonly logitScale?: number; readonly closing?: object };
  /** Folds of the held-out figures, at least 2. Default 5; 0 for none. Unit: folds. */
  readonly folds?: number;
  /** Seed of the folds and of a head's batches; an integer. Default 0. Unit: none. */
  readonly seed?: number;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
  /** Called after each fit, some steps of a head, and each fold. */
  readonly onProgress?: (progress: ClosingProgress) => void;
}

/** How far a fit is. */
export interface ClosingProgress {
  /** The method is fitted, a head among them trained, and then judged by folds. */
  readonly stage: 'fitting' | 'training' | 'judging';
  /** Of the current stage. */
  readonly done: number;
  /** Fits, steps of a head, or folds. */
  readonly total: number;
  /** Of `training`: the loss of each step since the last call, of its batch before the step. */
  readonly losses?: readonly number[];
}

export const rowLabels: Expected = {
  words: 'an array of strings or numbers, one an image',
  holds: (value) =>
    Array.isArray(value) && [...value].every((label) => typeof label === 'string' || Number.isFinite(label)), // holes too
};

const SHAPE: Shape<ClosingOptions> = {
  method: oneOf('auto', ...Object.keys(METHODS)),
  strength: { words: 'a number', holds: Number.isFinite },
  head: { words: 'an object with the options of a head', holds: isObject }, // checked where it is trained
  groups: rowLabels,
  labels: rowLabels,
  pairBy: oneOf('ids', 'rows', 'none'),
  model: {
    words: 'an object with the fingerprint of a checkpoint, such as model.info',
    holds: (value) => isObject(value) && typeof value.fingerprint === 'string',
  },
  folds: {
    words: '0, or an integer of at least 2',
    holds: (value) => value === 0 || integerFrom(2).holds(value),
  },
  seed: { words: 'an integer', holds: Number.isSafeInteger },
  signal: abortSignal,
  onProgress: callback,
};

/** @throws {InvalidOptionError} @throws {ShapeError} @throws {NonFiniteVectorError} */
export function checkClosingRows(call: string, rows: ClosingRows): void {
  if (!isObject(rows)) throw new InvalidOptionError('rows', 'an object with images, texts', rows);
  checkVectors(call, 'images', rows.images);
  checkVectors(call, 'texts', rows.texts);
  checkSameDim(call, 'texts', rows.images, rows.texts);
}

/** @throws {InvalidOptionError} @throws {UnknownOptionError} */
export function checkClosingOptions(options: ClosingOptions, images: number): void {
  checkOptions('fitGapClosing', 'options', options, SHAPE);
  if (options.groups) expectLength('groups', options.groups, images);
  if (options.labels) expectLength('labels', options.labels, images);
  const { method = 'auto', head, model } = options;
  if (model?.closing)
    throw new InvalidOptionError('model', 'one without a closing, as its rows must be', model);
  if (options.strength !== undefined) strengthOf(method, options.strength);
  if (head && method !== 'head')
    throw new InvalidOptionError('head', `left out for method '${method}'`, head);
}

/** The strength to fit a method with. @throws {InvalidOptionError} for a method without, or beyond its range */
export function strengthOf(method: ClosingMethod | 'auto', given: number | undefined): number | undefined {
  const range = method === 'auto' ? undefined : METHODS[method].strength;
  if (given === undefined) return range?.default;
  if (!range) throw new InvalidOptionError('strength', `left out for method '${method}'`, given);
  if (given >= 0 && given <= range.most) return given;
  throw new InvalidOptionError('strength', `from 0 to ${range.most} for method '${method}'`, given);
}
