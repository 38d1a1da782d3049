import { contourDensity } from 'd3-contour';
import { polygonContains } from 'd3-polygon';
import type { ContourLine, DenseRegion, MapRegions, PlacedPoints } from './types.ts';
import { typicalWords } from './typical-words.ts';

type Ring = [number, number][];

/** Beyond the points, so that the outermost line closes. */
const MARGIN = 0.1;
/** Standard deviation of the density's kernel, of the side of the map. */
const BANDWIDTH = 0.016;
/** Cells along the side: d3-contour's cells are 2 units. */
const UNITS = 400;
const CELL = 2;
/** Lines that are drawn, of the highest density. */
const LINES = [0.06, 0.12, 0.25, 0.45, 0.7];
/** Levels that may part the regions, of the highest density. */
const LEVELS = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];
/** A smaller share of the points, or fewer points, is no region. */
const SMALLEST = { share: 0.01, points: 10 };
const MOST_REGIONS = 20;
const WORDS = 3;

/** Lines of equal density, and the connected regions of the level that parts the map into most, with typical words. */
export function denseRegions(given: PlacedPoints): MapRegions {
  const { side, places } = given;
  if (places.length === 0) return { lines: [], regions: [] };
  const toUnits = (at: number) => (at / side + 0.5 + MARGIN) * UNITS;
  const toPlace = (units: number) => (units / UNITS - 0.5 - MARGIN) * side;
  const rows = Array.from({ length: places.length / 2 }, (_, row) => row);
  const points = rows.map((row): [number, number] => [
    toUnits(places[2 * row] ?? 0),
    toUnits(places[2 * row + 1] ?? 0),
  ]);
  const extent = UNITS * (1 + 2 * MARGIN);
  const density = contourDensity<[number, number]>()
    .size([extent, extent])
    .cellSize(CELL)
    .bandwidth(BANDWIDTH * UNITS)
    .contours(points);
  const polygonsAt = (level: number) => density(level * density.max).coordinates as Ring[][];
  const placed = (ring: Ring) => ring.map(([x, y]): [number, number] => [toPlace(x), toPlace(y)]);
  const lines = LINES.flatMap((level): ContourLine[] =>
    polygonsAt(level)
      .flat()
      .map((ring) => ({ level, ring: placed(ring) })),
  );
  const levels = LEVELS.map((level) => regionsOf(polygonsAt(level), points));
  const members = levels.reduce((best, regions) => (regions.length > best.length ? regions : best), []);
  return { lines, regions: named(members.slice(0, MOST_REGIONS), given) };
}

/** The points in each polygon that holds enough of them, the largest first. */
function regionsOf(polygons: readonly Ring[][], points: readonly [number, number][]): number[][] {
  const fewest = Math.max(SMALLEST.points, SMALLEST.share * points.length);
  return polygons
    .map(([outline = [], ...holes]) =>
      [...points.keys()].filter((row) => {
        const point = points[row] ?? [0, 0];
        return polygonContains(outline, point) && !holes.some((hole) => polygonContains(hole, point));
      }),
    )
    .filter(({ length }) => length >= fewest)
    .sort((a, b) => b.length - a.length);
}

/** Each with the words that are typical of the captions of its pairs. */
function named(regions: readonly number[][], { places, pairs, captions }: PlacedPoints): DenseRegion[] {
  const classes = regions.map((rows) =>
    [...new Set(rows.map((row) => pairs[row] ?? 0))].map((pair) => captions[pair] ?? ''),
  );
  const words = typicalWords(classes, WORDS);
  return regions.map((rows, i) => ({
    name: words[i]?.join(', ') ?? '',
    points: rows.length,
    at: middleOf(rows, places),
  }));
}

/** The place of the point nearest to the mean, which itself may lie outside a bent region. */
function middleOf(rows: readonly number[], places: Float32Array): [number, number] {
  const at = (row: number): [number, number] => [places[2 * row] ?? 0, places[2 * row + 1] ?? 0];
  const mean = [0, 1].map((axis) => rows.reduce((sum, row) => sum + (at(row)[axis] ?? 0), 0) / rows.length);
  const far = (row: number) => Math.hypot(at(row)[0] - (mean[0] ?? 0), at(row)[1] - (mean[1] ?? 0));
  return at(rows.reduce((best, row) => (far(row) < far(best) ? row : best), rows[0] ?? 0));
}
