import { type HeatmapView, showing, wholeMatrix, zoomed } from '../draw/heatmap-view.ts';
import { heatmapCell } from '../state/heatmap.ts';
import { select } from '../state/selection.ts';
import { pointOfCell } from './heatmap-points.ts';

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** The view after a key, or undefined for a key without a meaning. */
export function pressInHeatmap(key: string, view: HeatmapView, side: number): HeatmapView | undefined {
  const [row, column] = heatmapCell.value ?? [0, 0];
  const arrow = ARROWS[key];
  if (arrow) {
    const clamp = (at: number) => Math.min(Math.max(0, at), side - 1);
    const [down, right] = heatmapCell.value ? arrow : [0, 0];
    const cell = [clamp(row + down), clamp(column + right)] as const;
    heatmapCell.value = cell;
    return showing(view, side, ...cell);
  }
  const centre = [(column + 0.5 - view.left) / view.cells, (row + 0.5 - view.top) / view.cells] as const;
  if (key === '+' || key === '=') return zoomed(view, side, 1.5, ...centre);
  if (key === '-') return zoomed(view, side, 1 / 1.5, ...centre);
  if (key === '0') return wholeMatrix(side);
  if (key === 'Enter' || key === ' ') {
    select([pointOfCell(row), pointOfCell(column)], 'heatmap');
    return view;
  }
  return undefined;
}
