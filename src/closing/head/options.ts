import {
  abortSignal,
  callback,
  checkOptions,
  type Expected,
  integerFrom,
  isObject,
  type Shape,
} from '../../arguments.ts';
import type { HeadProgress, HeadState } from './state.ts';

/** CLIP's logit scale: fixed, or a schedule, geometric along half a cosine from the first step to the last. */
export type HeadScale = number | { readonly from: number; readonly to: number };

/** How linear heads are trained by CLIP's loss. */
export interface HeadOptions {
  /** CLIP's logit scale, above 0; low scales close the gap. Default 10. Unit: none. */
  readonly scale?: HeadScale;
  /** Weight of |W_image - I|^2 + |W_text - I|^2 (Frobenius), from 0. Default 0.1. Unit: none. */
  readonly identity?: number;
  /** Weight of ModGap's alignment of true pairs and uniformity of their centroids, from 0. Default 0. Unit: none. */
  readonly modGap?: number;
  /** Steps of AdamW, at least 1. Default 250. Unit: steps. */
  readonly steps?: number;
  /** Pairs a step, at least 2; all of them where there are fewer. Default 256. Unit: pairs. */
  readonly batch?: number;
  /** The largest step, above 0: reached after 20 steps of warm-up, then falling to 0 by a cosine. Default 1e-3. Unit: none. */
  readonly learningRate?: number;
  /** AdamW's, from 0. Default 0. Unit: none. */
  readonly weightDecay?: number;
  /** Seed of the batches; an integer. Default 0. Unit: none. */
  readonly seed?: number;
  /** Steps from one look at the losses, and one call of `onProgress`, to the next; at least 1. Default 50. Unit: steps. */
  readonly reportEvery?: number;
}

/** What a training takes besides. */
export interface TrainingOptions extends HeadOptions {
  readonly signal?: AbortSignal;
  /** Where to go on, with the same rows and options: the result is that of one run. */
  readonly resume?: HeadState;
  /** Called at each `reportEvery`th step and after the last. A returned promise is awaited, unless the signal fires. */
  readonly onProgress?: (progress: HeadProgress) => unknown;
}

export type HeadSettings = Required<HeadOptions>;

const above: Expected = numberWhere('a number above 0', (value) => value > 0);
const from0: Expected = numberWhere('a number from 0', (value) => value >= 0);

const SHAPE: Shape<TrainingOptions> = {
  scale: { words: 'a number above 0, or { from, to } of such', holds: isScale },
  identity: from0,
  modGap: from0,
  steps: integerFrom(1),
  batch: integerFrom(2),
  learningRate: above,
  weightDecay: from0,
  reportEvery: integerFrom(1),
  seed: { words: 'a whole number', holds: Number.isSafeInteger },
  signal: abortSignal,
  resume: { words: 'a state of a head', holds: isObject },
  onProgress: callback,
};

/** @throws {InvalidOptionError} @throws {UnknownOptionError} */
export function headSettings(options: HeadOptions, pairs: number): HeadSettings {
  checkOptions('trainHead', 'options', options, SHAPE);
  return {
    scale: options.scale ?? 10,
    identity: options.identity ?? 0.1,
    modGap: options.modGap ?? 0,
    steps: options.steps ?? 250,
    batch: Math.min(options.batch ?? 256, pairs),
    learningRate: options.learningRate ?? 1e-3,
    weightDecay: options.weightDecay ?? 0,
    seed: options.seed ?? 0,
    reportEvery: options.reportEvery ?? 50,
  };
}

function numberWhere(words: string, fits: (value: number) => boolean): Expected {
  return { words, holds: (value) => typeof value === 'number' && Number.isFinite(value) && fits(value) };
}

function isScale(value: unknown): boolean {
  return isObject(value) ? above.holds(value.from) && above.holds(value.to) : above.holds(value);
}
