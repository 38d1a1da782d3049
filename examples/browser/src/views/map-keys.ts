import type { MapCanvas } from '../draw/map-canvas.ts';
import { pointBeside } from '../draw/map-view.ts';
import { focused } from '../state/focus.ts';
import { mapStep } from '../state/map.ts';
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
  else if ((key === 'Enter' || key === ' ') && focused.value !== undefined) toggle(focused.value, 'map');
  else return false;
  return true;
}

function step(direction: readonly [number, number]): boolean {
  const points = mapStep.value?.embedding;
  if (!points) return false;
  focused.value =
    focused.value === undefined ? 0 : (pointBeside(points, focused.value, direction) ?? focused.value);
  return true;
}
