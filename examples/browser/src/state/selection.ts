import { batch, computed } from '@preact/signals';
import { type Point, PointSet } from '../session/points.ts';
import { session } from './session.ts';

/** Where a selection was made. That view goes on showing everything; the others show the selection. */
export type SelectionOrigin = 'map' | 'heatmap' | 'list';

/** What new points do to the selection that is there. */
export type SelectionHow = 'replace' | 'add' | 'remove';

export interface Selection {
  readonly points: PointSet;
  readonly origin: SelectionOrigin;
}

/** What was selected before, and what was undone; the nearest to now is last in both lists. */
interface History {
  readonly past: readonly Selection[];
  readonly undone: readonly Selection[];
}

const NOTHING: Selection = { points: PointSet.EMPTY, origin: 'map' };
/** Steps that can be undone; each may hold every point. */
const MOST_STEPS = 100;

/** Bound to links; views ask the functions below. */
export const selection = session.ofSet.choice(NOTHING);
const history = session.ofSet.choice<History>({ past: [], undone: [] });

export const selectedPoints = computed(() => selection.value.points);
/** Pairs of which a point is selected, in order. */
export const selectedPairs = computed(() => selectedPoints.value.pairs);
export const canUndo = computed(() => history.value.past.length > 0);
export const canRedo = computed(() => history.value.undone.length > 0);

/** Whether the image or the text of a pair is selected. */
export function isSelected(pair: number): boolean {
  return pointsOf(pair).some((point) => selectedPoints.value.has(point));
}

export function select(
  points: Iterable<Point>,
  origin: SelectionOrigin,
  how: SelectionHow = 'replace',
): void {
  const before = selection.value.points;
  if (how === 'replace') change(new PointSet(points), origin);
  else if (how === 'add') change(new PointSet([...before, ...points]), origin);
  else change(before.minus(new PointSet(points)), origin);
}

/** Adds a point, or takes it out. */
export function toggle(point: Point, origin: SelectionOrigin): void {
  select([point], origin, selectedPoints.value.has(point) ? 'remove' : 'add');
}

/** Adds both points of a pair, or takes them out. */
export function togglePair(pair: number, origin: SelectionOrigin): void {
  select(pointsOf(pair), origin, isSelected(pair) ? 'remove' : 'add');
}

export function clearSelection(): void {
  change(PointSet.EMPTY, 'map');
}

export function undoSelection(): void {
  const { past, undone } = history.value;
  const before = past.at(-1);
  if (before) goTo(before, { past: past.slice(0, -1), undone: [...undone, selection.value] });
}

export function redoSelection(): void {
  const { past, undone } = history.value;
  const next = undone.at(-1);
  if (next) goTo(next, { past: [...past, selection.value], undone: undone.slice(0, -1) });
}

/** The pairs that a view shows: those that were selected in another one. Undefined for all. */
export function selectedElsewhere(view: SelectionOrigin): readonly number[] | undefined {
  const { points, origin } = selection.value;
  return points.size > 0 && origin !== view ? selectedPairs.value : undefined;
}

/** The same points again are no step to undo. */
function change(points: PointSet, origin: SelectionOrigin): void {
  const now = selection.value;
  const { past } = history.value;
  const isStep = !points.equals(now.points);
  goTo({ points, origin }, isStep ? { past: [...past, now].slice(-MOST_STEPS), undone: [] } : history.value);
}

function goTo(next: Selection, steps: History): void {
  batch(() => {
    selection.value = next;
    history.value = steps;
  });
}

function pointsOf(pair: number): [Point, Point] {
  return [
    { modality: 'image', pair },
    { modality: 'text', pair },
  ];
}
