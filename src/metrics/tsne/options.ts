import { InvalidOptionError } from '../../errors.ts';
import { PerplexityError } from './errors.ts';

/** Named as scikit-learn's TSNE in camelCase, with its defaults. */
export interface TsneOptions {
  /**
   * About how many neighbours count; above 0 and less than the number of points. Default 30.
   * Unit: neighbours. Source: scikit-learn's TSNE.
   */
  readonly perplexity?: number;
  /**
   * Factor of the attraction in the first 250 iterations; at least 1. Default 12, or `exaggeration` if that is more.
   * Unit: none. Source: scikit-learn's TSNE; the default beside `exaggeration`: openTSNE.
   */
  readonly earlyExaggeration?: number;
  /**
   * Factor of the attraction in all later iterations; at least 1. Above 1 clusters are denser and lie more as they lie in space, as
   * UMAP draws them at about 4 (Böhm, Berens and Kobak 2022). Default 1. Unit: none. Source: openTSNE.
   */
  readonly exaggeration?: number;
  /**
   * Factor of each step: above 0; `auto` (the default): max(points / earlyExaggeration / 4, 50), as in scikit-learn's TSNE; or
   * `n/exaggeration`, openTSNE's: points / 4 over the exaggeration of the phase, which takes larger steps after the first 250
   * iterations. (The 4 is the gradient's, which openTSNE leaves out.) Unit: none.
   */
  readonly learningRate?: number | TsneLearningRate;
  /** Iterations at most; at least 250. Default 1000. Unit: iterations. Source: scikit-learn's TSNE. */
  readonly maxIter?: number;
  /**
   * Ends the second phase after so many iterations, from -1, without a lower divergence, looked at every 50. Default 300.
   * Unit: iterations. Source: scikit-learn's TSNE.
   */
  readonly nIterWithoutProgress?: number;
  /**
   * Ends a phase when the gradient's norm, checked every 50 iterations, is at most this; from 0. Default 1e-7.
   * Unit: none. Source: scikit-learn's TSNE.
   */
  readonly minGradNorm?: number;
  /** The distance between points. Default `euclidean`. Source: scikit-learn's TSNE. */
  readonly metric?: TsneMetric;
  /** `pca` (the default), `random`, or where the points start, `[rows, 2]`. Source: scikit-learn's TSNE. */
  readonly init?: TsneInit | Float32Array;
  /** Seed of `random` starts, and of approximate neighbours; an integer. Default 0. Unit: none. Source: scikit-learn's TSNE. */
  readonly seed?: number;
  /** `exact` takes time and memory that grow with the square of the points. Default `barnes_hut`. Source: scikit-learn's TSNE. */
  readonly method?: TsneMethod;
  /** Barnes-Hut's trade of accuracy for speed, from 0 (every pair) to 1. Default 0.5. Unit: none. Source: scikit-learn's TSNE. */
  readonly angle?: number;
  /**
   * How neighbours are found: `exact`; `approximate`, whose recall is measured on a sample and is part of the result; or
   * `auto` (the default), approximate from 20,000 points on, on GPUs from 100,000.
   */
  readonly neighbors?: TsneNeighbors;
  /** Called every 50 iterations and after the last. A returned promise is awaited. */
  readonly onIteration?: (state: TsneIteration) => unknown;
  /** Iterations from one snapshot to the next; a whole number from 1. Default 50. Unit: iterations. */
  readonly snapshotEvery?: number;
  /**
   * Called with the current map every `snapshotEvery` iterations and after the last. A returned promise is awaited, so
   * a pending one pauses the descent; an abort ends the wait.
   */
  readonly onSnapshot?: (snapshot: TsneSnapshot) => unknown;
  /** Called at the start of each stage and as it goes on. */
  readonly onProgress?: (progress: TsneProgress) => void;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
}

/** How the learning rate follows from the number of points: as in scikit-learn, or as in openTSNE. */
export type TsneLearningRate = 'auto' | 'n/exaggeration';
export const METRICS = ['euclidean', 'cosine'] as const;
/** The distance between points: `euclidean`, or `cosine`, which is 1 - cos. */
export type TsneMetric = (typeof METRICS)[number];
export const INITS = ['pca', 'random'] as const;
/** Where the descent starts: `pca`, the first two principal components, scaled; or `random`, a small normal cloud. */
export type TsneInit = (typeof INITS)[number];
export const METHODS = ['barnes_hut', 'exact'] as const;
/** How repulsion is summed: `barnes_hut` by cells of a tree, `exact` over all pairs. */
export type TsneMethod = (typeof METHODS)[number];

export const NEIGHBORS = ['auto', 'exact', 'approximate'] as const;
/** How each point's neighbours are found. */
export type TsneNeighbors = (typeof NEIGHBORS)[number];

/** The descent at one of its iterations. */
export interface TsneIteration {
  /** Iterations done. */
  readonly iteration: number;
  /** KL(P || Q) of the map at the start of the iteration, without the exaggeration of either phase. */
  readonly klDivergence: number;
  /** Norm of the gradient times the gains, as in scikit-learn. */
  readonly gradientNorm: number;
}

/** The map during the descent. */
export interface TsneSnapshot {
  /** Iterations done. */
  readonly iteration: number;
  /** `[rows, 2]`, in the order of the points; a copy, which the caller may transfer */
  readonly embedding: Float32Array;
}

/** How far a map is. */
export interface TsneProgress {
  /** The starting map, the nearest neighbours, their probabilities, and the descent. */
  readonly stage: 'start' | 'neighbours' | 'probabilities' | 'iterations';
  /** Of the current stage. */
  readonly done: number;
  /** Points for neighbours, iterations for the descent, else 1. */
  readonly total: number;
}

/** All options, with defaults filled in. */
export interface TsneSettings
  extends Required<
    Omit<TsneOptions, 'learningRate' | 'onIteration' | 'onSnapshot' | 'onProgress' | 'signal'>
  > {
  /** Of the first 250 iterations, and of those after them. */
  readonly learningRates: readonly [early: number, late: number];
}

/**
 * The settings for so many points.
 * @throws {InvalidOptionError} for values that scikit-learn refuses
 * @throws {PerplexityError} for a perplexity of as many as there are points, or more
 */
export function tsneSettings(rows: number, options: TsneOptions): TsneSettings {
  const {
    perplexity = 30,
    exaggeration = 1,
    learningRate = 'auto',
    maxIter = 1000,
    nIterWithoutProgress = 300,
    minGradNorm = 1e-7,
    metric = 'euclidean',
    init = 'pca',
    seed = 0,
    method = 'barnes_hut',
    angle = 0.5,
    neighbors = 'auto',
    snapshotEvery = 50,
  } = options;
  expectNumber('perplexity', perplexity, 'a number above 0', (v) => v > 0 && v < Number.POSITIVE_INFINITY);
  const factor = (v: number) => v >= 1 && v < 1e30;
  expectNumber('exaggeration', exaggeration, 'a number from 1', factor);
  const { earlyExaggeration = Math.max(12, exaggeration) } = options;
  expectNumber('earlyExaggeration', earlyExaggeration, 'a number from 1', factor);
  if (!isNamed(learningRate)) {
    const expected = "'auto', 'n/exaggeration' or a number above 0";
    expectNumber('learningRate', learningRate, expected, (v) => v > 0 && v < 1e30);
  }
  expectNumber('maxIter', maxIter, 'a whole number from 250', (v) => Number.isSafeInteger(v) && v >= 250);
  const patience = (v: number) => v === Number.POSITIVE_INFINITY || (Number.isSafeInteger(v) && v >= -1);
  expectNumber('nIterWithoutProgress', nIterWithoutProgress, 'a whole number from -1', patience);
  expectNumber('minGradNorm', minGradNorm, 'a number from 0', (v) => v >= 0);
  expectNumber('angle', angle, 'a number from 0 to 1', (v) => v >= 0 && v <= 1);
  expectNumber('seed', seed, 'a whole number', Number.isSafeInteger);
  const whole = (v: number) => Number.isSafeInteger(v) && v >= 1;
  expectNumber('snapshotEvery', snapshotEvery, 'a whole number from 1', whole);
  expectOneOf('metric', metric, METRICS);
  expectOneOf('method', method, METHODS);
  expectOneOf('neighbors', neighbors, NEIGHBORS);
  if (method === 'exact' && neighbors === 'approximate') {
    throw new InvalidOptionError(
      'neighbors',
      "'exact' or 'auto' with method 'exact', which takes all",
      neighbors,
    );
  }
  if (typeof init === 'string') expectOneOf('init', init, INITS);
  else expectStart(init, rows);
  if (perplexity >= rows) throw new PerplexityError(perplexity, rows);
  return {
    perplexity,
    exaggeration,
    earlyExaggeration,
    learningRates: ratesOf(learningRate, rows, [earlyExaggeration, exaggeration]),
    maxIter,
    nIterWithoutProgress,
    minGradNorm,
    metric,
    init,
    seed,
    method,
    angle,
    neighbors,
    snapshotEvery,
  };
}

function isNamed(rate: number | TsneLearningRate): rate is TsneLearningRate {
  return rate === 'auto' || rate === 'n/exaggeration';
}

function ratesOf(
  rate: number | TsneLearningRate,
  rows: number,
  [early, late]: readonly [number, number],
): readonly [number, number] {
  if (rate === 'n/exaggeration') return [rows / early / 4, rows / late / 4];
  const constant = rate === 'auto' ? Math.max(rows / early / 4, 50) : rate;
  return [constant, constant];
}

function expectNumber(name: string, value: number, expected: string, fits: (value: number) => boolean): void {
  if (typeof value !== 'number' || !fits(value)) throw new InvalidOptionError(name, expected, value);
}

function expectOneOf(name: string, value: string, among: readonly string[]): void {
  if (!among.includes(value)) throw new InvalidOptionError(name, `one of ${among.join(', ')}`, value);
}

function expectStart(init: unknown, rows: number): void {
  const expected = `'pca', 'random' or a Float32Array of ${rows} x 2 finite values`;
  if (!(init instanceof Float32Array)) throw new InvalidOptionError('init', expected, init);
  if (init.length !== 2 * rows) {
    throw new InvalidOptionError('init', expected, `a Float32Array of ${init.length}`);
  }
  const bad = init.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new InvalidOptionError('init', expected, `${init[bad]} at ${bad}`);
}
