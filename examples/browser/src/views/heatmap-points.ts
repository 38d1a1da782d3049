import { type Point, pointOfRow, rowOf } from '../session/points.ts';
import { cosines } from '../state/heatmap.ts';

/** The point that a row or column of the shown matrix stands for. */
export function pointOfCell(at: number): Point {
  const shown = cosines.value?.pairs ?? [];
  const { modality, pair } = pointOfRow(at, shown.length);
  return { modality, pair: shown[pair] ?? 0 };
}

/** Rows of the shown matrix that stand for the points. */
export function rowsOf(points: Iterable<Point>): number[] {
  const shown = cosines.value?.pairs ?? [];
  const place = new Map(shown.map((pair, i) => [pair, i]));
  return [...points].flatMap(({ modality, pair }) => {
    const at = place.get(pair);
    return at === undefined ? [] : [rowOf({ modality, pair: at }, shown.length)];
  });
}
