import { shown } from '../parts/number.ts';
import { PointChip } from '../parts/point-chip.tsx';
import { cosines, heatmapCell } from '../state/heatmap.ts';
import { pointOfCell } from './heatmap-points.ts';
import { labelBands, labelOfPair } from './label-bands.ts';

/** The pair of the cell that is looked at, and its cosine. */
export function HeatmapReadout() {
  const cell = heatmapCell.value;
  const matrix = cosines.value;
  if (!cell || !matrix) {
    return <p class="hint readout-row">Point at a cell to see what it compares. Click selects both.</p>;
  }
  const [row, column] = [pointOfCell(cell[0]), pointOfCell(cell[1])];
  const value = matrix.values[cell[0] * 2 * matrix.pairs.length + cell[1]];
  const own = row.pair === column.pair && row.modality !== column.modality;
  return (
    <div class="readout-row" aria-live="polite">
      <PointChip point={row} />
      <PointChip point={column} />
      {labelBands.value && (
        <p class="muted cell-labels">
          {labelOfPair(row.pair)} × {labelOfPair(column.pair)}
        </p>
      )}
      <p class="cosine">
        <span class="muted">cosine</span> <strong>{shown(value, 3)}</strong>
        {own && <span class="badge">pair</span>}
      </p>
    </div>
  );
}
