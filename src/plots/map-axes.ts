/** Room around the points, and the least height of the map by its width. */
const BORDER = 1.08;
const FLATTEST = 0.55;

interface Axis {
  readonly type: 'value';
  readonly show: false;
  readonly min: number;
  readonly max: number;
}

/** The axes of a map in a figure. */
export interface Axes {
  readonly x: Axis;
  readonly y: Axis;
  /** Height by width. */
  readonly aspect: number;
}

export type Box = Readonly<Record<'left' | 'right' | 'top' | 'bottom', number>>;

/** Axes of one scale, so that distances look alike in every direction; their numbers mean nothing and are hidden. */
export function equalAxes(points: Float32Array): Axes {
  const [x, y] = [range(points, 0), range(points, 1)];
  const half = Math.max(x.half, y.half, 1e-9) * BORDER;
  const aspect = Math.max(FLATTEST, Math.min(1, (y.half * BORDER) / half));
  const axis = ({ middle }: { middle: number }, half: number): Axis => ({
    type: 'value',
    show: false,
    min: middle - half,
    max: middle + half,
  });
  return { x: axis(x, half), y: axis(y, half * aspect), aspect };
}

function range(points: Float32Array, offset: number): { middle: number; half: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = offset; i < points.length; i += 2) {
    low = Math.min(low, points[i] ?? low);
    high = Math.max(high, points[i] ?? high);
  }
  return { middle: (low + high) / 2, half: (high - low) / 2 };
}

/** The position of a map's point in the figure, in which the axes span `box`. */
export function place(
  [px, py]: readonly [number, number],
  { x, y }: Axes,
  box: Box,
): { x: number; y: number } {
  return {
    x: box.left + ((px - x.min) / (x.max - x.min)) * (box.right - box.left),
    y: box.bottom - ((py - y.min) / (y.max - y.min)) * (box.bottom - box.top),
  };
}

/** Row of `[rows, 2]`. */
export function pointOf(points: Float32Array, row: number): [number, number] {
  return [points[2 * row] ?? 0, points[2 * row + 1] ?? 0];
}
