import { agnes } from 'ml-hclust';
import type { PairOrder } from './types.ts';

/**
 * Places of s pairs in an order that their cosines give.
 * @param values of s images and then their s texts, `[2s, 2s]`
 */
export function orderOf(values: Float32Array, s: number, order: PairOrder): number[] {
  if (order === 'cluster') return clustered(values, s);
  const places = Array.from({ length: s }, (_, i) => i);
  if (order === 'given') return places;
  const own = (i: number) => values[i * 2 * s + s + i] ?? 0;
  return places.sort((a, b) => own(b) - own(a));
}

/** The matrix with its images and its texts so ordered. */
export function reordered(values: Float32Array, order: readonly number[]): Float32Array<ArrayBuffer> {
  const s = order.length;
  const rows = [...order, ...order.map((pair) => s + pair)];
  const moved = new Float32Array(values.length);
  for (const [row, from] of rows.entries()) {
    for (const [column, at] of rows.entries()) moved[row * 2 * s + column] = values[from * 2 * s + at] ?? 0;
  }
  return moved;
}

/** Leaves of average linkage (UPGMA): pairs are as far apart as their images and their texts are on average. */
function clustered(values: Float32Array, s: number): number[] {
  if (s < 3) return Array.from({ length: s }, (_, i) => i);
  const cosine = (row: number, column: number) => values[row * 2 * s + column] ?? 0;
  const distances = Array.from({ length: s }, (_, i) =>
    Array.from({ length: s }, (_, j) => (i === j ? 0 : 1 - (cosine(i, j) + cosine(s + i, s + j)) / 2)),
  );
  return agnes(distances, { method: 'average', isDistanceMatrix: true }).indices();
}
