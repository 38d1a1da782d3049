import { SIDE } from './unit-square.ts';

/** Where the camera looks: deck.gl's view state. */
export interface MapView {
  readonly target: [number, number, number];
  /** log2 of pixels per unit */
  readonly zoom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 26;

/** The view in which the unit square just fits. */
export function fittingView({ width, height }: Size): MapView {
  return { target: [0, 0, 0], zoom: Math.log2(Math.max(1, Math.min(width, height) - 2 * MARGIN) / SIDE) };
}

/** From the unit square to pixels of the canvas. */
export function toPixels(
  { target, zoom }: MapView,
  { width, height }: Size,
  x: number,
  y: number,
): [number, number] {
  const scale = 2 ** zoom;
  return [width / 2 + (x - target[0]) * scale, height / 2 - (y - target[1]) * scale];
}

/** @param margin pixels around the canvas that count as it */
export function isInside(
  { width, height }: Size,
  [x, y]: readonly [number, number],
  margin: number,
): boolean {
  return x >= -margin && y >= -margin && x <= width + margin && y <= height + margin;
}

/**
 * The row of the point nearest to a pixel within `reach` pixels of it, if there is one.
 * @param rows among which it is; undefined for all
 */
export function rowAt(
  view: MapView,
  size: Size,
  points: Float32Array,
  [px, py]: readonly [number, number],
  reach: number,
  rows?: readonly number[],
): number | undefined {
  const scale = 2 ** view.zoom;
  const x = view.target[0] + (px - size.width / 2) / scale;
  const y = view.target[1] - (py - size.height / 2) / scale;
  let best = (reach / scale) ** 2;
  let found: number | undefined;
  const count = rows?.length ?? points.length / 2;
  for (let i = 0; i < count; i++) {
    const row = rows ? (rows[i] ?? 0) : i;
    const distance = ((points[2 * row] ?? 0) - x) ** 2 + ((points[2 * row + 1] ?? 0) - y) ** 2;
    if (distance <= best) [best, found] = [distance, row];
  }
  return found;
}

/**
 * The row of the nearest point to the left, right, up or down of another: within 60 degrees of that direction.
 * @param rows among which it is; undefined for all
 */
export function pointBeside(
  points: Float32Array,
  from: number,
  [dx, dy]: readonly [number, number],
  rows?: readonly number[],
): number | undefined {
  const [x = 0, y = 0] = [points[2 * from], points[2 * from + 1]];
  let [best, found]: [number, number | undefined] = [Infinity, undefined];
  const count = rows?.length ?? points.length / 2;
  for (let at = 0; at < count; at++) {
    const i = rows ? (rows[at] ?? 0) : at;
    const [ox, oy] = [(points[2 * i] ?? 0) - x, (points[2 * i + 1] ?? 0) - y];
    const along = ox * dx + oy * dy;
    const length = Math.hypot(ox, oy);
    if (i === from || along < length / 2 || length >= best || length === 0) continue;
    [best, found] = [length, i];
  }
  return found;
}
