import type { MapScene } from '../draw/map-scene.ts';
import { pointColours } from '../draw/point-colours.ts';
import { toUnitSquare } from '../draw/unit-square.ts';
import { focused, neighbours } from '../state/focus.ts';
import { mapStep } from '../state/map.ts';
import { colourMode, linkedPairs } from '../state/map-look.ts';
import { distances, pairs } from '../state/pairs.ts';
import { searchResult } from '../state/search.ts';
import { selection } from '../state/selection.ts';
import { dark } from '../state/theme.ts';

/** The map as everything that is chosen makes it. */
export function sceneNow(): MapScene {
  const { points, place } = toUnitSquare(mapStep.value?.embedding ?? new Float32Array());
  const { rgb } = pointColours(colourMode.value, pairs.value, distances.value, dark.value);
  const chosen = selection.value.points;
  const found = neighbours.value;
  const near = found ? [...found.images, ...found.texts].map(({ point }) => point) : [];
  const [x, y] = searchResult.value?.place ?? [];
  return {
    points,
    rgb,
    links: linkedPairs.value,
    highlighted: chosen.size > 0 ? chosen : undefined,
    ringed: focused.value === undefined ? [] : [focused.value, ...near],
    query: x === undefined || y === undefined ? undefined : place(x, y),
    link: dark.value ? ([107, 118, 132] as const) : ([139, 149, 163] as const),
    ink: dark.value ? ([230, 233, 238] as const) : ([28, 33, 40] as const),
  };
}
