/** The part of a square matrix that is seen: `cells` rows and columns from (left, top) on. */
export interface HeatmapView {
  readonly left: number;
  readonly top: number;
  readonly cells: number;
}

const FEWEST_CELLS = 4;

export function wholeMatrix(side: number): HeatmapView {
  return { left: 0, top: 0, cells: side };
}

/** Zooms so that the cell under (x, y), as shares of the canvas, stays where it is. */
export function zoomed(view: HeatmapView, side: number, factor: number, x: number, y: number): HeatmapView {
  const cells = Math.min(side, Math.max(Math.min(FEWEST_CELLS, side), view.cells / factor));
  return within(
    { left: view.left + x * (view.cells - cells), top: view.top + y * (view.cells - cells), cells },
    side,
  );
}

/** Moved by shares of the canvas. */
export function moved(view: HeatmapView, side: number, dx: number, dy: number): HeatmapView {
  return within({ ...view, left: view.left - dx * view.cells, top: view.top - dy * view.cells }, side);
}

/** Moved just so far that the cell is seen. */
export function showing(view: HeatmapView, side: number, row: number, column: number): HeatmapView {
  const along = (start: number, cell: number) =>
    cell < start ? cell : Math.max(start, cell + 1 - view.cells);
  return within({ ...view, left: along(view.left, column), top: along(view.top, row) }, side);
}

function within({ left, top, cells }: HeatmapView, side: number): HeatmapView {
  const clamp = (start: number) => Math.min(Math.max(0, start), side - cells);
  return { left: clamp(left), top: clamp(top), cells };
}

/** The share of the canvas, from 0 to 1, that the rows of a modality take; the same for columns with `left`. */
export function shareOf(
  kind: 'images' | 'texts',
  { cells }: HeatmapView,
  start: number,
  side: number,
): { readonly from: number; readonly to: number } {
  const clamp = (at: number) => Math.min(1, Math.max(0, (at - start) / cells));
  const [first, last] = kind === 'images' ? [0, side / 2] : [side / 2, side];
  return { from: clamp(first), to: clamp(last) };
}
