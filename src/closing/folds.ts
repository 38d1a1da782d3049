import { pairings } from '../metrics/random.ts';
import { ClosedToZeroError, FewRowsError, NoSpreadError } from './errors.ts';
import { rowsOfGroups } from './sample.ts';

/** Rows to fit on and rows to judge by. */
export interface Fold {
  readonly fit: readonly number[];
  readonly judged: readonly number[];
}

/**
 * Folds in which all rows of a group are on one side: groups in a seeded random order, each to the fold with the fewest
 * rows so far. As many as asked for, or as there are groups, or fewer, so that each has two rows: one alone judges nothing.
 * @param groups one a row; rows without groups are each their own
 */
export function foldsOf(groups: readonly unknown[], count: number, seed: number): Fold[] {
  if (count < 2) return [];
  const members = rowsOfGroups(groups);
  const folds: number[][] = Array.from({ length: Math.min(count, members.length) }, () => []);
  for (const at of pairings(seed, 1, members.length)) {
    const smallest = folds.reduce((a, b) => (b.length < a.length ? b : a));
    smallest.push(...(members[at] ?? []));
  }
  if (folds.some((rows) => rows.length < FEWEST)) return foldsOf(groups, folds.length - 1, seed);
  return folds.map((judged) => {
    const held = new Set(judged);
    return { fit: [...groups.keys()].filter((row) => !held.has(row)), judged: judged.sort((a, b) => a - b) };
  });
}

const FEWEST = 2;

/** What a fit gives, or undefined where its rows, such as all folds but one, do not differ enough to fit anything. */
export async function unlessDegenerate<T>(fit: Promise<T>): Promise<T | undefined> {
  try {
    return await fit;
  } catch (error) {
    const expected = [FewRowsError, NoSpreadError, ClosedToZeroError];
    if (expected.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}
