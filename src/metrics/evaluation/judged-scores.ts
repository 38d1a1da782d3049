import { InvalidOptionError, ShapeError } from '../../errors.ts';
import { itemsOf } from '../gap/pairing.ts';
import type { RowLabel } from '../quality/judged-rows.ts';
import { NonFiniteVectorError } from '../vectors.ts';
import { UnknownClassError } from './errors.ts';
import type { ScoredItems } from './report.ts';

/** Checked scores, and what follows from a row of them. */
export interface JudgedScores {
  readonly n: number;
  /** Number of classes. */
  readonly k: number;
  /** `[n]`: the right class of each item. */
  readonly labels: Uint32Array;
  /** `[n]`: the class of largest score. */
  readonly answers: Uint32Array;
  /** `[n]`: classes before the right one, by score and then by place; 0 is a right answer. */
  readonly ranks: Uint32Array;
  /** `[n, K]` */
  readonly probabilities: Float64Array;
  /** `[K, n]`: log(p / (1 - p)) of each class's probability, which unlike it does not round to 0 or 1. */
  readonly logOdds: Float64Array;
  /** `[n]`: what resamples draw whole. */
  readonly units: readonly number[];
  readonly unitCount: number;
}

const CALL = 'classificationMetrics';

/**
 * @throws {ShapeError} unless there is an item, a class, and a score of each for each
 * @throws {UnknownClassError} @throws {NonFiniteVectorError} naming an item without finite scores
 * @throws {InvalidOptionError} for labels or groups that are not one an item, and classes that are there twice
 */
export function readScores(scored: ScoredItems): JudgedScores {
  const { scores, classes, groups } = scored;
  const [n, k] = [scores.rows, scores.cols];
  if (n < 1 || k < 1 || scores.data.length !== n * k || classes.length !== k) {
    throw new ShapeError(CALL, 'scores', `[items, ${classes.length} classes], at least one of each`, [n, k]);
  }
  const wrong = scores.data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new NonFiniteVectorError(
      'scores',
      Math.floor(wrong / k),
      wrong % k,
      scores.data[wrong] ?? Number.NaN,
    );
  }
  const labels = classIndices(CALL, expectEntries('labels', scored.labels, n), classes);
  const units = groups ? itemsOf(expectEntries('groups', groups, n)) : Array.from({ length: n }, (_, i) => i);
  const judged = {
    ...{ n, k, labels, units, unitCount: new Set(units).size },
    ...{ answers: new Uint32Array(n), ranks: new Uint32Array(n) },
    ...{ probabilities: new Float64Array(n * k), logOdds: new Float64Array(n * k) },
  };
  const { scale, bias } = logitsOf(scored);
  for (let item = 0; item < n; item++) {
    const row = scores.data.subarray(item * k, (item + 1) * k);
    const order = ranked(row);
    judged.answers[item] = order[0] ?? 0;
    judged.ranks[item] = order.indexOf(labels[item] ?? 0);
    const logits = Float64Array.from(row, (score) => scale * score + (bias ?? 0));
    const odds = bias === undefined ? softmaxLogOdds(logits) : logits;
    for (const [c, value] of odds.entries()) {
      judged.logOdds[c * n + item] = value;
      judged.probabilities[item * k + c] = 1 / (1 + Math.exp(-value));
    }
  }
  return judged;
}

/** The place of each label among the classes. @throws {UnknownClassError} @throws {InvalidOptionError} for a class that is there twice */
export function classIndices(
  call: string,
  labels: readonly RowLabel[],
  classes: readonly RowLabel[],
): Uint32Array {
  const places = new Map(classes.map((label, i) => [label, i]));
  if (places.size !== classes.length) {
    const twice = classes.find((label, i) => places.get(label) !== i);
    throw new InvalidOptionError('classes', 'each class once', twice);
  }
  return Uint32Array.from(labels, (label, item) => {
    const place = places.get(label);
    if (place === undefined) throw new UnknownClassError(call, label, item, classes);
    return place;
  });
}

/** @throws {InvalidOptionError} unless there is one text or number an item */
export function expectEntries(field: string, entries: readonly RowLabel[], n: number): readonly RowLabel[] {
  if (!Array.isArray(entries) || entries.length !== n) {
    throw new InvalidOptionError(field, `an array of ${n}, one an item`, entries);
  }
  const wrong = entries.findIndex((value) => typeof value !== 'string' && !Number.isFinite(value));
  if (wrong >= 0) throw new InvalidOptionError(`${field}[${wrong}]`, 'a text or a number', entries[wrong]);
  return entries;
}

function logitsOf({ logitScale: scale = 1, logitBias: bias }: ScoredItems) {
  if (!(Number.isFinite(scale) && scale > 0)) {
    throw new InvalidOptionError('logitScale', 'a positive number', scale);
  }
  if (bias !== undefined && !Number.isFinite(bias)) {
    throw new InvalidOptionError('logitBias', 'a number', bias);
  }
  return { scale, bias };
}

/** Classes by their score, the largest first, of equal ones in their order. */
function ranked(row: Float32Array): number[] {
  return Array.from(row.keys()).sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0) || a - b);
}

/**
 * log(p / (1 - p)) of the softmax's p: the logit less the log-sum-exp of the others. The others are summed from the
 * smallest, so that rows which differ in the order of the other classes alone get the same value, and stay ties.
 */
function softmaxLogOdds(logits: Float64Array): Float64Array {
  const ascending = logits.slice().sort();
  return logits.map((logit) => {
    const own = ascending.indexOf(logit);
    const largest = ascending[own === ascending.length - 1 ? own - 1 : ascending.length - 1];
    if (largest === undefined) return Number.POSITIVE_INFINITY; // the only class
    let sum = 0;
    for (const [i, other] of ascending.entries()) if (i !== own) sum += Math.exp(other - largest);
    return logit - largest - Math.log(sum);
  });
}
