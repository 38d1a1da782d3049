import { computed, effect } from '@preact/signals';
import { SIDE } from '../draw/unit-square.ts';
import { engine } from '../engine/client.ts';
import type { DenseRegion, MapRegions } from '../engine/types.ts';
import { engines } from './engines.ts';
import { mapStatus } from './map.ts';
import { visibleRows } from './map-hidden.ts';
import { type MapPicture, mapPicture, picturedPairs, unitMap } from './map-layout.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

/** Fewer points have no density to speak of. */
const FEWEST_POINTS = 1000;

/** Regions with the picture, and the points of it, that they are of. */
interface FoundRegions extends MapRegions {
  readonly picture: MapPicture;
  readonly rows: readonly number[] | undefined;
}

const found = session.ofPairs.answer<FoundRegions>();
export const regionsTrouble = new Trouble(session.ofPairs);
const chosen = session.ofSet.choice<boolean | undefined>(undefined);

/** Whether dense regions are drawn, rather than the names of labels. */
export const hasDensity = computed(() => 2 * picturedPairs.value >= FEWEST_POINTS);
/** By itself where there are regions; where there are only labels, when people want it. */
export const showsRegions = computed(() => chosen.value ?? hasDensity.value);

export function showRegions(shown: boolean): void {
  chosen.value = shown;
}

const isMoving = () =>
  mapPicture.value?.layout === 'tsne' && (mapStatus.value === 'running' || mapStatus.value === 'paused');

/** What is to be drawn over the map: of that map and these points, or nothing. */
export const mapRegions = computed<MapRegions | undefined>(() => {
  if (!showsRegions.value || isMoving()) return undefined;
  if (!hasDensity.value) return { lines: [], regions: labelRegions() };
  const known = found.value;
  return known && known.picture === mapPicture.value && known.rows === visibleRows.value ? known : undefined;
});

/** Finds the regions of the map that lies still. */
export function followRegions(): void {
  effect(() => {
    void engines.value;
    const [picture, rows] = [mapPicture.value, visibleRows.value];
    if (!picture || !showsRegions.value || !hasDensity.value || isMoving()) return;
    const n = picturedPairs.value;
    const shown = rows ?? Array.from({ length: 2 * n }, (_, row) => row);
    const { points } = unitMap.value;
    const places = Float32Array.from(
      { length: 2 * shown.length },
      (_, i) => points[2 * (shown[i >> 1] ?? 0) + (i & 1)] ?? 0,
    );
    const captions = session.pairs.value.map(({ caption }) => caption);
    const ask = async () => ({
      ...(await engine().regions({ side: SIDE, places, pairs: shown.map((row) => row % n), captions })),
      picture,
      rows,
    });
    void regionsTrouble.attempt(() => found.ask(ask));
  });
}

/** Of few points: each label in the middle of its images, and of its texts. */
function labelRegions(): DenseRegion[] {
  const n = picturedPairs.value;
  const { points } = unitMap.value;
  const sums = new Map<string, { name: string; x: number; y: number; count: number }>();
  for (const row of visibleRows.value ?? Array.from({ length: 2 * n }, (_, at) => at)) {
    const name = session.pairs.value[row % n]?.label ?? '';
    const key = `${row < n ? 'images' : 'texts'} ${name}`;
    const sum = sums.get(key) ?? { name, x: 0, y: 0, count: 0 };
    sum.x += points[2 * row] ?? 0;
    sum.y += points[2 * row + 1] ?? 0;
    sum.count += 1;
    sums.set(key, sum);
  }
  return [...sums.values()]
    .filter(({ name }) => name !== '')
    .map(({ name, x, y, count }) => ({ name, points: count, at: [x / count, y / count] as const }))
    .sort((a, b) => b.points - a.points);
}
