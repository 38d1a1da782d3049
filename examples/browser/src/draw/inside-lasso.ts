import { polygonContains } from 'd3-polygon';

/** The points whose pixel lies inside the outline. */
export function insideLasso(
  outline: [number, number][],
  points: number,
  pixelsOf: (point: number) => [number, number],
): number[] {
  if (outline.length < 3) return [];
  return Array.from({ length: points }, (_, point) => point).filter((point) =>
    polygonContains(outline, pixelsOf(point)),
  );
}
