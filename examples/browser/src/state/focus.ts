import { effect } from '@preact/signals';
import { engine } from '../engine/client.ts';
import type { Neighbours } from '../engine/types.ts';
import { isSame, type Point } from '../session/points.ts';
import { engines } from './engines.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

const NEIGHBOURS = 5;

/** Bound to links; views ask the functions below. */
export const focus = session.ofSet.choice<Point | undefined>(undefined);
const hover = session.ofPairs.choice<readonly Point[]>([]);

/** The point that is looked at closely, if any. */
export const focused = () => focus.value;
/** The point under the pointer, wherever that is. */
export const hovered = () => hover.value[0];
/** Beside it the column's point of a cell. */
export const hoveredPoints = () => hover.value;
/** Of the focused point. */
export const neighbours = session.ofPairs.answer<Neighbours>();
export const neighboursTrouble = new Trouble(session.ofPairs);

export function focusOn(point: Point | undefined): void {
  if (!isSame(point, focus.peek())) focus.value = point;
}

export function hoverOver(...points: readonly (Point | undefined)[]): void {
  const next = points.filter((point) => point !== undefined).filter(isFirst);
  const now = hover.peek();
  if (next.length !== now.length || !next.every((point, i) => isSame(point, now[i]))) hover.value = next;
}

/** A cell of the heatmap may be of one point. */
function isFirst(point: Point, at: number, points: readonly Point[]): boolean {
  return points.findIndex((other) => isSame(other, point)) === at;
}

/** Keeps the neighbours those of the focused point, however the pairs are shown. */
export function followFocus(): void {
  let before: Point | undefined;
  effect(() => {
    const point = focus.value;
    void [session.pairs.value, session.shown.value, engines.value];
    const keep = isSame(point, before);
    before = point;
    if (point)
      void neighboursTrouble.attempt(() =>
        neighbours.ask(() => engine().neighbours(point, NEIGHBOURS), keep),
      );
    else neighbours.forget();
  });
}
