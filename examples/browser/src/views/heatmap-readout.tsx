import { shown } from '../parts/number.ts';
import { PointChip } from '../parts/point-chip.tsx';
import { cosines } from '../state/heatmap.ts';
import { heatmapCell } from '../state/heatmap-cell.ts';
import { pairOf } from '../state/pairs.ts';
import { pointOfRow } from './heatmap-points.ts';

/** The pair of the cell that is looked at, and its cosine. */
export function HeatmapReadout() {
  const cell = heatmapCell.value;
  const matrix = cosines.value;
  if (!cell || !matrix) {
    return <p class="hint readout-row">Point at a cell to see what it compares. Click selects both.</p>;
  }
  const [row, column] = cell.map(pointOfRow) as [number, number];
  const value = matrix.values[cell[0] * 2 * matrix.pairs.length + cell[1]];
  const own = pairOf(row) === pairOf(column) && row !== column;
  return (
    <div class="readout-row" aria-live="polite">
      <PointChip point={row} />
      <PointChip point={column} />
      <p class="cosine">
        <span class="muted">cosine</span> <strong>{shown(value, 3)}</strong>
        {own && <span class="badge">pair</span>}
      </p>
    </div>
  );
}
