import type { HeatmapView } from '../draw/heatmap-view.ts';
import { pointName } from '../state/pairs.ts';
import { pointOfCell } from './heatmap-points.ts';

/** More rows than this are too low for a line of text. */
const MOST_NAMED = 24;

export function fewCells({ cells }: HeatmapView): boolean {
  return cells > 0 && cells <= MOST_NAMED;
}

interface HeatmapNamesProps {
  readonly view: HeatmapView;
  readonly side: number;
}

/** What rows and columns are, where they are few: images by their ids, texts by their captions. */
export function HeatmapNames({ view, side }: HeatmapNamesProps) {
  if (!fewCells(view)) return null;
  return (['top', 'left'] as const).flatMap((edge) => {
    const start = edge === 'top' ? view.left : view.top;
    return seenRows(start, view.cells, side).map((at) => {
      const name = pointName(pointOfCell(at));
      const place = { '--from': (at - start) / view.cells, '--length': 1 / view.cells };
      return (
        <span key={`${edge} ${at}`} class={`cell-name ${edge}`} style={place} title={name}>
          <span>{name}</span>
        </span>
      );
    });
  });
}

/** Those of which at least half is seen. */
function seenRows(start: number, cells: number, side: number): number[] {
  const [first, end] = [Math.max(0, Math.round(start)), Math.min(side, Math.round(start + cells))];
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
}
