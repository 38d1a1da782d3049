import { effect, signal } from '@preact/signals';
import { engine } from '../engine/client.ts';
import type { Neighbours } from '../engine/types.ts';
import { report } from './messages.ts';
import { pairs } from './pairs.ts';
import { shown } from './shown.ts';

const NEIGHBOURS = 5;

/** The point that is looked at closely, if any. */
export const focused = signal<number | undefined>(undefined);
/** The point under the pointer. */
export const hovered = signal<number | undefined>(undefined);
/** Of the focused point. */
export const neighbours = signal<Neighbours | undefined>(undefined);

/** Keeps the neighbours those of the focused point, however they are shown. */
export function followFocus(): void {
  effect(() => {
    const point = focused.value;
    void [pairs.value, shown.value];
    if (point === undefined) neighbours.value = undefined;
    else void findNeighbours(point);
  });
}

async function findNeighbours(point: number): Promise<void> {
  try {
    const found = await engine().neighbours(point, NEIGHBOURS);
    if (focused.peek() === point) neighbours.value = found;
  } catch (error) {
    report(error);
  }
}
