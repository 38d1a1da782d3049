import { shown } from '../parts/number.ts';
import { PointChip } from '../parts/point-chip.tsx';
import type { Point } from '../session/points.ts';
import { cosines, heatmapCell, isCellHeard } from '../state/heatmap.ts';
import { pointName } from '../state/pairs.ts';
import { pointOfCell } from './heatmap-points.ts';
import { labelBands, labelOfPair } from './label-bands.ts';

/** The pair of the cell that is looked at, and its cosine. */
export function HeatmapReadout() {
  const cell = cellNow();
  return (
    <>
      {cell ? (
        <CellReadout {...cell} />
      ) : (
        <p class="hint readout-row">Point at a cell to see what it compares. Click selects both.</p>
      )}
      <p class="only-heard" role="status">
        {cell && isCellHeard.value && heardWords(cell)}
      </p>
    </>
  );
}

interface Cell {
  readonly row: Point;
  readonly column: Point;
  readonly cosine: number | undefined;
}

function cellNow(): Cell | undefined {
  const [row, column] = heatmapCell.value ?? [];
  const matrix = cosines.value;
  if (row === undefined || column === undefined || !matrix) return undefined;
  const cosine = matrix.values[row * 2 * matrix.pairs.length + column];
  return { row: pointOfCell(row), column: pointOfCell(column), cosine };
}

/** For those who move by keys. */
function heardWords({ row, column, cosine }: Cell): string {
  const [one, other] = [row, column].map((point) => `${point.modality}: ${pointName(point)}`);
  return `${one}; ${other}; cosine ${shown(cosine, 3)}`;
}

function CellReadout({ row, column, cosine }: Cell) {
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
        <span class="muted">cosine</span> <strong>{shown(cosine, 3)}</strong>
        {own && <span class="badge">pair</span>}
      </p>
    </div>
  );
}
