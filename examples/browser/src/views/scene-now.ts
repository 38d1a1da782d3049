import type { MapScene } from '../draw/map-scene.ts';
import { pointColours } from '../draw/point-colours.ts';
import { toUnitSquare } from '../draw/unit-square.ts';
import { type Point, rowOf } from '../session/points.ts';
import { focused, neighbours } from '../state/focus.ts';
import { mapStep } from '../state/map.ts';
import { colourMode, linkedPairs } from '../state/map-look.ts';
import { queryPlace } from '../state/search.ts';
import { selectedPoints } from '../state/selection.ts';
import { session, shownName } from '../state/session.ts';
import { dark } from '../state/theme.ts';

/** The map as everything that is chosen makes it, for the screen and for files. */
export function sceneNow(): MapScene {
  const { points, place } = toUnitSquare(mapStep.value?.embedding ?? new Float32Array());
  const { rgb, legend } = coloursNow();
  const row = (point: Point) => rowOf(point, session.pairCount.value);
  const chosen = [...selectedPoints.value].map(row);
  const [looked, near] = [focused(), neighbours.value];
  const around = near ? [...near.images, ...near.texts].map(({ point }) => point) : [];
  const [x, y] = queryPlace() ?? [];
  return {
    points,
    rgb,
    legend,
    links: linkedPairs.value,
    highlighted: chosen.length > 0 ? new Set(chosen) : undefined,
    ringed: looked ? [looked, ...around].map(row) : [],
    query: x === undefined || y === undefined ? undefined : place(x, y),
    shownName: shownName.value,
    link: dark.value ? [107, 118, 132] : [139, 149, 163],
    ink: dark.value ? [230, 233, 238] : [28, 33, 40],
    paper: dark.value ? [21, 24, 29] : [255, 255, 255],
  };
}

/** The colours of all points, and what they stand for. */
export function coloursNow() {
  return pointColours(colourMode.value, session.pairs.value, session.distances.value, dark.value);
}
