/** A marker with a text to set beside it. All in units of the figure; x and y are the marker's centre. */
export interface Labelled {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  /** The end of a line from the marker, which the text should avoid. */
  readonly line?: { readonly x: number; readonly y: number };
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Right, left, above, below, then the corners. */
const SIDES = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [1, -1],
  [1, 1],
  [-1, -1],
  [-1, 1],
] as const;

/**
 * Places texts beside their markers so that none covers a marker or another text. Texts without room are left out.
 * @param marker the markers' size
 * @param width of a text
 * @param within the area for texts
 * @returns the centres of the texts that have room
 */
export function placeLabels(
  points: readonly Labelled[],
  {
    marker,
    height,
    width,
    within,
  }: { marker: number; height: number; width: (text: string) => number; within: Box },
): Labelled[] {
  const taken = points.map(({ x, y }) => around(x, y, marker, marker));
  const placed: Labelled[] = [];
  for (const { x, y, text, line } of points) {
    const wide = width(text);
    const towards = ([dx, dy]: readonly [number, number]) =>
      line ? (dx * (line.x - x) + dy * (line.y - y)) / Math.hypot(dx, dy) : 0;
    const spot = SIDES.toSorted((a, b) => towards(a) - towards(b))
      .map(([dx, dy]) => ({
        x: x + dx * (marker / 2 + wide / 2 + 1),
        y: y + dy * (marker / 2 + height / 2),
        text,
      }))
      .find((at) => isFree(around(at.x, at.y, wide, height), taken, within));
    if (!spot) continue;
    placed.push(spot);
    taken.push(around(spot.x, spot.y, wide, height));
  }
  return placed;
}

function around(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

function isFree(box: Box, taken: readonly Box[], within: Box): boolean {
  const inside =
    box.left >= within.left &&
    box.right <= within.right &&
    box.top >= within.top &&
    box.bottom <= within.bottom;
  return inside && !taken.some((other) => overlap(box, other));
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
