import { cosines } from '../state/heatmap.ts';
import { pairCount } from '../state/pairs.ts';

/** The point that a row or column of the shown matrix stands for. */
export function pointOfRow(row: number): number {
  const shown = cosines.value?.pairs ?? [];
  const pair = shown[row % shown.length] ?? 0;
  return row < shown.length ? pair : pairCount.value + pair;
}

/** Rows of the shown matrix that stand for the points. */
export function rowsOf(points: Iterable<number>): number[] {
  const shown = cosines.value?.pairs ?? [];
  const place = new Map(shown.map((pair, i) => [pair, i]));
  const n = pairCount.value;
  return [...points].flatMap((point) => {
    const at = place.get(point % n);
    return at === undefined ? [] : [point < n ? at : shown.length + at];
  });
}
