import { computed, signal } from '@preact/signals';
import { pairOf, pairs } from './pairs.ts';

/** Where a selection was made. That view goes on showing everything; the others show the selection. */
export type SelectionOrigin = 'map' | 'heatmap' | 'list';

export interface Selection {
  readonly points: ReadonlySet<number>;
  readonly origin: SelectionOrigin;
}

const NOTHING: Selection = { points: new Set(), origin: 'map' };

export const selection = signal<Selection>(NOTHING);

/** Pairs of which a point is selected, in order. */
export const selectedPairs = computed(() =>
  [...new Set([...selection.value.points].map(pairOf))].sort((a, b) => a - b),
);

/** Whether the image or the text of a pair is selected. */
export function isSelected(pair: number): boolean {
  const { points } = selection.value;
  return points.has(pair) || points.has(pairs.value.length + pair);
}

export function select(points: Iterable<number>, origin: SelectionOrigin): void {
  selection.value = { points: new Set(points), origin };
}

/** Adds a point, or takes it out. */
export function toggle(point: number, origin: SelectionOrigin): void {
  const points = new Set(selection.value.points);
  if (!points.delete(point)) points.add(point);
  selection.value = { points, origin };
}

/** Adds both points of a pair, or takes them out. */
export function togglePair(pair: number, origin: SelectionOrigin): void {
  const points = new Set(selection.value.points);
  const both = [pair, pairs.value.length + pair];
  const isIn = both.some((point) => points.has(point));
  for (const point of both) isIn ? points.delete(point) : points.add(point);
  selection.value = { points, origin };
}

export function clearSelection(): void {
  selection.value = NOTHING;
}

/** The pairs that a view shows: the selected ones, unless nothing is selected or it was selected there. */
export function shownPairs(view: SelectionOrigin): readonly number[] | undefined {
  const { points, origin } = selection.value;
  return points.size > 0 && origin !== view ? selectedPairs.value : undefined;
}
