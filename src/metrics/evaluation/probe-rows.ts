import { InvalidOptionError, ShapeError } from '../../errors.ts';
import type { RowLabel } from '../quality/judged-rows.ts';
import { checkVectors, inverseNorms, take, type Vectors } from '../vectors.ts';
import { EmptyClassError, SplitError } from './errors.ts';
import { classIndices, expectEntries } from './judged-scores.ts';
import type { ItemPart } from './split.ts';

/** Frozen embeddings with their classes, and what each is for. */
export interface ProbeRows {
  /** `[n, D]`; they are scaled to length 1. */
  readonly images: Vectors;
  /** `[n]`: the right class of each. */
  readonly labels: readonly RowLabel[];
  /** `[n]`: the part of each, such as `splitItems` gives. */
  readonly parts: readonly ItemPart[];
  /** The classes in the order of the report. Default: in the order of the labels. */
  readonly classes?: readonly RowLabel[];
  /** `[n]`: what resamples draw whole, such as the patient of each image. Default: each image is its own. */
  readonly groups?: readonly RowLabel[];
}

/** Rows of some parts, of length 1, with their classes by index. */
export interface PartRows {
  readonly rows: Vectors;
  readonly labels: Uint32Array;
  /** Of each row, its place among all. */
  readonly items: readonly number[];
}

/** Checked probe rows. */
export interface Probed {
  readonly classes: readonly RowLabel[];
  readonly of: (...parts: readonly ItemPart[]) => PartRows;
  readonly labelsOf: (part: PartRows) => RowLabel[];
  readonly groupsOf: (part: PartRows) => RowLabel[] | undefined;
}

const PARTS: readonly ItemPart[] = ['train', 'validation', 'test', 'unused'];

/**
 * @throws {SplitError} without rows to train and to test on @throws {EmptyClassError} for a class that no training row has
 * @throws {UnknownClassError} @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError}
 */
export function readProbeRows(call: string, given: ProbeRows): Probed {
  const { images, parts } = given;
  checkVectors(call, 'images', images);
  const { rows: n, dim } = images;
  if (n === 0) throw new ShapeError(call, 'images', 'at least one row', [0, dim]);
  const labels = expectEntries('labels', given.labels, n);
  const groups = given.groups && expectEntries('groups', given.groups, n);
  if (!Array.isArray(parts) || parts.length !== n || parts.some((part) => !PARTS.includes(part))) {
    throw new InvalidOptionError('parts', `an array of ${n}, each of it ${PARTS.join(', ')}`, parts);
  }
  const classes = given.classes ?? [...new Set(labels)];
  const scale = inverseNorms('images', images);
  const unit = {
    ...images,
    data: images.data.map((value, at) => value * (scale[Math.floor(at / dim)] ?? 0)),
  };
  const of = (...wanted: readonly ItemPart[]): PartRows => {
    const items = parts.flatMap((part, item) => (wanted.includes(part) ? [item] : []));
    const own = items.map((item) => labels[item] ?? '');
    return { rows: take(unit, items), labels: classIndices(call, own, classes), items };
  };
  const train = of('train');
  for (const part of ['train', 'test'] as const) {
    if (!parts.includes(part)) throw new SplitError(part, 'has no items');
  }
  const untaught = classes.findIndex((_, c) => !train.labels.includes(c));
  if (untaught >= 0) {
    const advice = 'add some, or leave the class and its items out';
    throw new EmptyClassError(call, classes[untaught] ?? '', 'item to train on', advice);
  }
  if (classes.length < 2) throw new SplitError('train', 'has one class alone');
  return {
    classes,
    of,
    labelsOf: ({ items }) => items.map((item) => labels[item] ?? ''),
    groupsOf: ({ items }) => groups && items.map((item) => groups[item] ?? ''),
  };
}

/** The share of rows whose largest score is that of their class, of equal ones the first. @param scores `[n, K]` */
export function shareRight(scores: Float32Array, labels: Uint32Array): number {
  const k = scores.length / labels.length;
  const right = labels.filter((label, item) => {
    const row = scores.subarray(item * k, (item + 1) * k);
    return row.indexOf(Math.max(...row)) === label;
  });
  return right.length / labels.length;
}
