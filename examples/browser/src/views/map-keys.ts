import type { MapCanvas } from '../draw/map-canvas.ts';
import { pointBeside } from '../draw/map-view.ts';
import { pointOfRow, rowOf } from '../session/points.ts';
import { focused, focusOn } from '../state/focus.ts';
import { visibleRows } from '../state/map-hidden.ts';
import { mapPicture } from '../state/map-layout.ts';
import { toggle } from '../state/selection.ts';

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** What a key does in the map. True if it does something there. */
export function pressInMap(key: string, canvas: MapCanvas): boolean {
  const arrow = ARROWS[key];
  if (arrow) return step(arrow);
  if (key === '+' || key === '=') canvas.zoomBy(0.5);
  else if (key === '-') canvas.zoomBy(-0.5);
  else if (key === '0') canvas.fit();
  else return (key === 'Enter' || key === ' ') && toggleFocused();
  return true;
}

function toggleFocused(): boolean {
  const point = focused();
  if (point) toggle(point, 'map');
  return point !== undefined;
}

function step(direction: readonly [number, number]): boolean {
  const points = mapPicture.value?.embedding;
  const rows = visibleRows.value;
  if (!points) return false;
  const n = points.length / 4;
  const from = focused();
  const row = from ? pointBeside(points, rowOf(from, n), direction, rows) : rows ? rows[0] : 0;
  if (row !== undefined) focusOn(pointOfRow(row, n));
  return true;
}
