/** The side of the square that every map is scaled to, in the drawing's own units. */
export const SIDE = 100;

export interface UnitMap {
  /** `[points, 2]`, within -SIDE / 2 and SIDE / 2 */
  readonly points: Float32Array<ArrayBuffer>;
  /** Takes a place of the original map to the square. */
  readonly place: (x: number, y: number) => [number, number];
}

/** A map scaled and centred into the square: t-SNE begins tiny and grows. */
export function toUnitSquare(embedding: Float32Array): UnitMap {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < embedding.length; i += 2) {
    const [x = 0, y = 0] = [embedding[i], embedding[i + 1]];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < bottom) bottom = y;
    if (y > top) top = y;
  }
  const scale = SIDE / (Math.max(right - left, top - bottom) || 1);
  const [midX, midY] = [(left + right) / 2, (bottom + top) / 2];
  const points = new Float32Array(embedding.length);
  for (let i = 0; i < embedding.length; i += 2) {
    points[i] = ((embedding[i] ?? 0) - midX) * scale;
    points[i + 1] = ((embedding[i + 1] ?? 0) - midY) * scale;
  }
  return { points, place: (x, y) => [(x - midX) * scale, (y - midY) * scale] };
}
