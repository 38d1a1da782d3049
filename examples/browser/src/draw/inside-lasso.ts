import { polygonContains } from 'd3-polygon';
import type { Point } from '../session/points.ts';

/** The points whose pixel lies inside the outline. */
export function insideLasso(
  outline: [number, number][],
  points: readonly Point[],
  pixelsOf: (point: Point) => [number, number],
): Point[] {
  if (outline.length < 3) return [];
  return points.filter((point) => polygonContains(outline, pixelsOf(point)));
}
