import { computed } from '@preact/signals';
import { type Point, PointSet } from '../session/points.ts';
import { session } from './session.ts';

/** Where a selection was made. That view goes on showing everything; the others show the selection. */
export type SelectionOrigin = 'map' | 'heatmap' | 'list';

export interface Selection {
  readonly points: PointSet;
  readonly origin: SelectionOrigin;
}

const NOTHING: Selection = { points: PointSet.EMPTY, origin: 'map' };

/** Bound to links; views ask the functions below. */
export const selection = session.ofPairs.choice(NOTHING);

export const selectedPoints = computed(() => selection.value.points);
/** Pairs of which a point is selected, in order. */
export const selectedPairs = computed(() => selectedPoints.value.pairs);

/** Whether the image or the text of a pair is selected. */
export function isSelected(pair: number): boolean {
  return pointsOf(pair).some((point) => selectedPoints.value.has(point));
}

export function select(points: Iterable<Point>, origin: SelectionOrigin): void {
  selection.value = { points: new PointSet(points), origin };
}

/** Adds a point, or takes it out. */
export function toggle(point: Point, origin: SelectionOrigin): void {
  const { points } = selection.value;
  selection.value = { points: points.has(point) ? points.without(point) : points.with(point), origin };
}

/** Adds both points of a pair, or takes them out. */
export function togglePair(pair: number, origin: SelectionOrigin): void {
  const [image, text] = pointsOf(pair);
  const { points } = selection.value;
  const without = points.without(image).without(text);
  selection.value = { points: isSelected(pair) ? without : points.with(image).with(text), origin };
}

export function clearSelection(): void {
  selection.value = NOTHING;
}

/** The pairs that a view shows: those that were selected in another one. Undefined for all. */
export function selectedElsewhere(view: SelectionOrigin): readonly number[] | undefined {
  const { points, origin } = selection.value;
  return points.size > 0 && origin !== view ? selectedPairs.value : undefined;
}

function pointsOf(pair: number): [Point, Point] {
  return [
    { modality: 'image', pair },
    { modality: 'text', pair },
  ];
}
