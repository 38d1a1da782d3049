import { InvalidOptionError } from '../../errors.ts';
import { itemsOf } from '../gap/pairing.ts';
import type { RowLabel } from '../quality/judged-rows.ts';
import { itemOrder } from '../random.ts';
import { SplitError } from './errors.ts';
import { expectEntries } from './judged-scores.ts';

/** What an item is for. */
export type ItemPart = 'train' | 'validation' | 'test' | 'unused';

/** How items are split. */
export interface SplitOptions {
  /** Share of the items to be tested on, from 0 to 1. Default 0.3. Unit: share. */
  readonly test?: number;
  /** Share of the items that settings are chosen by, from 0 to 1. Default 0.2. Unit: share. */
  readonly validation?: number;
  /**
   * Few-shot: at most so many items of each class to train on, at least 1; the others of that part are unused. Default: all.
   * Unit: items.
   */
  readonly shots?: number;
  /** Seed of the order in which groups are dealt out; an integer. Default 0. Unit: none. */
  readonly seed?: number;
}

/** Items by their class, and by what must not be on two sides. */
export interface SplitItems {
  /** `[n]` */
  readonly labels: readonly RowLabel[];
  /** `[n]`: such as the patient of each. Default: each item is its own. */
  readonly groups?: readonly RowLabel[];
}

const PARTS = ['train', 'validation', 'test'] as const;

/**
 * Splits items so that a group is never on two sides, and the classes have the same shares on each as far as that allows:
 * large groups first, each to the part that lacks the largest share of its classes, much as scikit-learn's
 * StratifiedGroupKFold does. The same seed gives the same parts.
 * @returns `[n]`: the part of each item
 * @throws {SplitError} where a part that was asked for stays empty @throws {InvalidOptionError}
 */
export function splitItems({ labels, groups }: SplitItems, options: SplitOptions = {}): ItemPart[] {
  const { shares, shots, seed } = readOptions(options);
  const n = expectEntries('labels', labels, labels?.length ?? 0).length;
  const classes = itemsOf(labels);
  const units = groups ? itemsOf(expectEntries('groups', groups, n)) : classes.map((_, i) => i);
  const members = groupedItems(units);
  const counts = classCounts(classes);
  const missing = PARTS.map(() => counts.map(() => 1)); // the share of each class that a part still lacks of its own
  const parts = new Array<ItemPart>(n).fill('unused');
  for (const unit of dealingOrder(members, classes, seed)) {
    const items = (members[unit] ?? []).map((item) => ({ item, label: classes[item] ?? 0 }));
    const needs = PARTS.map((_, part) =>
      (shares[part] ?? 0) === 0
        ? Number.NEGATIVE_INFINITY
        : items.reduce((sum, { label }) => sum + (missing[part]?.[label] ?? 0), 0),
    );
    const neediest = needs.indexOf(Math.max(...needs));
    const lacks = missing[neediest] ?? [];
    for (const { item, label } of items) {
      parts[item] = PARTS[neediest] ?? 'unused';
      lacks[label] = (lacks[label] ?? 0) - 1 / ((counts[label] ?? 1) * (shares[neediest] ?? 1));
    }
  }
  for (const [i, part] of PARTS.entries()) {
    if ((shares[i] ?? 0) > 0 && !parts.includes(part)) throw new SplitError(part, 'has no items');
  }
  return shots === undefined ? parts : fewShots(parts, classes, shots, seed);
}

function readOptions({ test = 0.3, validation = 0.2, shots, seed = 0 }: SplitOptions) {
  for (const [name, share] of Object.entries({ test, validation })) {
    if (!(share >= 0 && share < 1)) throw new InvalidOptionError(name, 'a share from 0, below 1', share);
  }
  if (test + validation >= 1) throw new InvalidOptionError('test', 'with validation below 1', test);
  if (shots !== undefined && (!Number.isSafeInteger(shots) || shots < 1)) {
    throw new InvalidOptionError('shots', 'an integer of at least 1', shots);
  }
  if (!Number.isSafeInteger(seed)) throw new InvalidOptionError('seed', 'an integer', seed);
  return { shares: [1 - test - validation, validation, test], shots, seed };
}

function groupedItems(units: readonly number[]): number[][] {
  const members: number[][] = [];
  for (const [item, unit] of units.entries()) {
    const known = members[unit];
    if (known) known.push(item);
    else members[unit] = [item];
  }
  return members;
}

function classCounts(classes: readonly number[]): number[] {
  const counts: number[] = [];
  for (const label of classes) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** Large groups first, since small ones can still even out the shares; of equal ones by the seed. */
function dealingOrder(members: readonly number[][], classes: readonly number[], seed: number): number[] {
  const counts = classCounts(classes);
  const weight = (items: readonly number[]) =>
    items.reduce((sum, item) => sum + 1 / (counts[classes[item] ?? 0] ?? 1), 0);
  const weights = members.map((items) => (items.length === 1 ? 0 : weight(items)));
  return [...itemOrder(seed, members.length)].sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0));
}

function fewShots(
  parts: readonly ItemPart[],
  classes: readonly number[],
  shots: number,
  seed: number,
): ItemPart[] {
  const taken: number[] = [];
  const kept = new Set<number>();
  for (const item of itemOrder(seed, parts.length)) {
    const label = classes[item] ?? 0;
    if (parts[item] !== 'train' || (taken[label] ?? 0) >= shots) continue;
    taken[label] = (taken[label] ?? 0) + 1;
    kept.add(item);
  }
  return parts.map((part, item) => (part === 'train' && !kept.has(item) ? 'unused' : part));
}
