import { polygonContains } from 'd3-polygon';
import type { Point } from '../session/points.ts';

/** Corners in pixels of the canvas. */
export type Outline = readonly (readonly [number, number])[];

/** The points whose pixel lies inside the outline. */
export function insideOutline(
  outline: Outline,
  points: readonly Point[],
  pixelsOf: (point: Point) => [number, number],
): Point[] {
  if (outline.length < 3) return [];
  const corners = outline.map(([x, y]): [number, number] => [x, y]);
  return points.filter((point) => polygonContains(corners, pixelsOf(point)));
}

/** Whether a pointer that drew it meant a click: within so many pixels of its start. */
export function isClick(outline: Outline, pixels: number): boolean {
  const [[x, y] = [0, 0]] = outline;
  return outline.every(([px, py]) => Math.hypot(px - x, py - y) <= pixels);
}
