import { shown } from '../parts/number.ts';
import { PointChip } from '../parts/point-chip.tsx';
import { cosines, heardCell, heatmapCell } from '../state/heatmap.ts';
import { pointName } from '../state/pairs.ts';
import { pointOfCell } from './heatmap-points.ts';
import { labelBands, labelOfPair } from './label-bands.ts';

/** The pair of the cell that is looked at, and its cosine. */
export function HeatmapReadout() {
  return (
    <>
      <CellReadout />
      <p class="only-heard" role="status">
        {heardWords()}
      </p>
    </>
  );
}

/** For those who move by keys. */
function heardWords(): string {
  const [row, column] = heardCell.value ?? [];
  const matrix = cosines.value;
  if (row === undefined || column === undefined || !matrix) return '';
  const [one, other] = [pointOfCell(row), pointOfCell(column)];
  const value = matrix.values[row * 2 * matrix.pairs.length + column];
  return `${one.modality}: ${pointName(one)}; ${other.modality}: ${pointName(other)}; cosine ${shown(value, 3)}`;
}

function CellReadout() {
  const cell = heatmapCell.value;
  const matrix = cosines.value;
  if (!cell || !matrix) {
    return <p class="hint readout-row">Point at a cell to see what it compares. Click selects both.</p>;
  }
  const [row, column] = [pointOfCell(cell[0]), pointOfCell(cell[1])];
  const value = matrix.values[cell[0] * 2 * matrix.pairs.length + cell[1]];
  const own = row.pair === column.pair && row.modality !== column.modality;
  return (
    <div class="readout-row">
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
