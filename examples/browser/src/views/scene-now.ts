import { computed } from '@preact/signals';
import type { MapScene, PointContents } from '../draw/map-scene.ts';
import { pointColours } from '../draw/point-colours.ts';
import { percent } from '../parts/number.ts';
import { type Point, rowOf } from '../session/points.ts';
import { focused, neighbours } from '../state/focus.ts';
import { hiddenNote, isVisible, visibleRows } from '../state/map-hidden.ts';
import { LAYOUT_NAMES, mapPicture, picturedPairs, principalMap, unitMap } from '../state/map-layout.ts';
import { colourMode, linkedPairs, showsThumbnails } from '../state/map-look.ts';
import { mapRegions } from '../state/map-regions.ts';
import { queryPlace } from '../state/search.ts';
import { selectedPoints } from '../state/selection.ts';
import { session, shownName } from '../state/session.ts';
import { dark, inks } from '../state/theme.ts';

const FEW_WORDS = 26;

/** The colours of all points, and what they stand for. */
export const coloursNow = computed(() => {
  const pairs = session.pairs.value.slice(0, picturedPairs.value);
  return pointColours(colourMode.value, pairs, session.distances.value, dark.value);
});

/** Each part keeps its identity as long as it says the same, so that drawing can tell what changed. */
const highlighted = computed(() =>
  selectedPoints.value.size > 0 ? new Set(rowsOf(selectedPoints.value)) : undefined,
);
const links = computed(() => {
  const n = picturedPairs.value;
  return linkedPairs.value.filter(
    (pair) => pair < n && isVisible({ modality: 'image', pair }) && isVisible({ modality: 'text', pair }),
  );
});
const contents = computed<PointContents | undefined>(() => {
  if (!showsThumbnails.value) return undefined;
  const pairs = session.pairs.value;
  return { imageOf: (pair) => pairs[pair]?.image, wordsOf: (pair) => firstWords(pairs[pair]?.caption ?? '') };
});
const ringed = computed(() => {
  const [looked, near] = [focused(), neighbours.value];
  const around = near ? [...near.images, ...near.texts].map(({ point }) => point) : [];
  return looked && isVisible(looked) ? rowsOf([looked, ...around].filter(isVisible)) : [];
});
/** The map as everything that is chosen makes it, for the screen and for files. */
export function sceneNow(): MapScene {
  const { points, place } = unitMap.value;
  const [x, y] = queryPlace() ?? [];
  return {
    points,
    ...coloursNow.value,
    visible: visibleRows.value,
    hiddenNote: hiddenNote.value,
    layoutName: layoutName.value,
    regions: mapRegions.value,
    contents: contents.value,
    links: links.value,
    highlighted: highlighted.value,
    ringed: ringed.value,
    query: x === undefined || y === undefined ? undefined : place(x, y),
    shownName: shownName.value,
    ...inks.value,
  };
}

/** The map that is shown, by its name, with what a reader must know of it. */
export const layoutName = computed(() => {
  const { layout } = mapPicture.value ?? {};
  if (!layout) return undefined;
  const [first, second] = principalMap.value?.explained ?? [];
  const explained = layout === 'pca' ? `: ${percent(first)} + ${percent(second)} of the variance` : '';
  return `${LAYOUT_NAMES[layout]}${explained}`;
});

function rowsOf(points: Iterable<Point>): number[] {
  const n = picturedPairs.value;
  return [...points].filter(({ pair }) => pair < n).map((point) => rowOf(point, n));
}

function firstWords(caption: string): string {
  if (caption.length <= FEW_WORDS) return caption;
  const cut = caption.slice(0, FEW_WORDS);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), FEW_WORDS / 2))}…`;
}
