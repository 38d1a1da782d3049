import type { HeatmapView } from './heatmap-view.ts';

export interface HeatmapScene {
  readonly raster: OffscreenCanvas;
  /** Rows and columns of the matrix: images, then as many texts. */
  readonly side: number;
  readonly view: HeatmapView;
  /** The cell that is looked at. */
  readonly cell: readonly [row: number, column: number] | undefined;
  /** Rows and columns marked at the edges. */
  readonly marked: readonly number[];
  readonly paper: string;
  readonly ink: string;
}

const MARK = 5;

/** Draws the matrix into a square canvas of `size` CSS pixels. */
export function drawHeatmap(canvas: HTMLCanvasElement, size: number, scene: HeatmapScene): void {
  const density = globalThis.devicePixelRatio || 1;
  canvas.width = canvas.height = Math.round(size * density);
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(density, density);
  context.imageSmoothingEnabled = false;
  const { left, top, cells } = scene.view;
  context.drawImage(scene.raster, left, top, cells, cells, 0, 0, size, size);
  const perCell = size / cells;
  quadrants(context, size, scene, perCell);
  marks(context, scene, perCell);
  if (scene.cell) crosshair(context, size, scene, scene.cell, perCell);
}

type Context = CanvasRenderingContext2D;

function quadrants(
  context: Context,
  size: number,
  { view, side, paper }: HeatmapScene,
  perCell: number,
): void {
  context.fillStyle = paper;
  context.fillRect((side / 2 - view.left) * perCell - 1, 0, 2, size);
  context.fillRect(0, (side / 2 - view.top) * perCell - 1, size, 2);
}

function marks(context: Context, { view, marked, paper, ink }: HeatmapScene, perCell: number): void {
  const thick = Math.max(2, perCell);
  for (const at of marked) {
    const [x, y] = [(at - view.left) * perCell, (at - view.top) * perCell];
    context.fillStyle = paper;
    context.fillRect(x - 1, 0, thick + 2, MARK + 1);
    context.fillRect(0, y - 1, MARK + 1, thick + 2);
    context.fillStyle = ink;
    context.fillRect(x, 0, thick, MARK);
    context.fillRect(0, y, MARK, thick);
  }
}

function crosshair(
  context: Context,
  size: number,
  { view, paper, ink }: HeatmapScene,
  [row, column]: readonly [number, number],
  perCell: number,
): void {
  const [x, y] = [(column - view.left) * perCell, (row - view.top) * perCell];
  context.globalAlpha = 0.55;
  context.fillStyle = paper;
  context.fillRect(0, y + perCell / 2 - 0.5, size, 1);
  context.fillRect(x + perCell / 2 - 0.5, 0, 1, size);
  context.globalAlpha = 1;
  const [side, inset] = [Math.max(perCell, 7), Math.max(0, (7 - perCell) / 2)];
  context.lineWidth = 3;
  context.strokeStyle = paper;
  context.strokeRect(x - inset, y - inset, side, side);
  context.lineWidth = 1.5;
  context.strokeStyle = ink;
  context.strokeRect(x - inset, y - inset, side, side);
}
