export interface MapNeighbours {
  /** Share of points whose nearest neighbour is of their own modality. */
  readonly sameModality: number;
  /** Share of points whose nearest neighbour is their own partner. */
  readonly ownPartner: number;
  /** Share of points whose nearest neighbour is of their own class, and of any two points; where classes are known. */
  readonly sameClass?: { readonly share: number; readonly chance: number };
  /** Number of points whose nearest neighbour was searched. */
  readonly asked: number;
}

/** All points are compared with at most this many, which takes about a second at 50,000 points. */
const MAX_ASKED = 4_000;

/**
 * Shares of nearest neighbours in a map by kind.
 * @param points `[2n, 2]`: n images, then their n texts
 * @param classes n
 */
export function nearestInMap(
  points: Float32Array,
  pairs: number,
  classes?: readonly string[],
): MapNeighbours {
  const rows = 2 * pairs;
  const step = Math.max(1, Math.ceil(rows / MAX_ASKED));
  let [same, own, ofClass, asked] = [0, 0, 0, 0];
  for (let i = 0; i < rows; i += step) {
    const nearest = nearestTo(points, rows, i);
    asked += 1;
    if (nearest < 0) continue;
    if (nearest < pairs === i < pairs) same += 1;
    if (nearest % pairs === i % pairs) own += 1;
    if (classes?.[nearest % pairs] === classes?.[i % pairs]) ofClass += 1;
  }
  return {
    sameModality: same / asked,
    ownPartner: own / asked,
    ...(classes ? { sameClass: { share: ofClass / asked, chance: classChance(classes) } } : {}),
    asked,
  };
}

/** Probability that two different points of 2n, two per pair, are of the same class. */
function classChance(classes: readonly string[]): number {
  const sizes = new Map<string, number>();
  for (const name of classes) sizes.set(name, (sizes.get(name) ?? 0) + 2);
  const rows = 2 * classes.length;
  return [...sizes.values()].reduce((sum, size) => sum + (size / rows) * ((size - 1) / (rows - 1)), 0);
}

function nearestTo(points: Float32Array, rows: number, i: number): number {
  const [x, y] = [points[2 * i] ?? 0, points[2 * i + 1] ?? 0];
  let [best, nearest] = [Number.POSITIVE_INFINITY, -1];
  for (let j = 0; j < rows; j++) {
    if (j === i) continue;
    const distance = ((points[2 * j] ?? 0) - x) ** 2 + ((points[2 * j + 1] ?? 0) - y) ** 2;
    if (distance < best) [best, nearest] = [distance, j];
  }
  return nearest;
}
