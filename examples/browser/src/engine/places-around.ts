import { tsneTransform } from 'biomedclip-webgpu';
import { selectRows } from './rows.ts';
import { usualPerplexity } from './tsne-settings.ts';
import type { Vectors } from './types.ts';

/** Of places along the first axis at the start of a descent, as scikit-learn scales principal components. */
const SPREAD = 1e-4;

/**
 * Where the points of n pairs start about a map of the first m of them: those where they lie, the others among their
 * neighbours, all as near to each other as principal components start.
 * @param map `[2m, 2]`
 * @param points images, then texts: `[2n, D]`
 * @returns `[2n, 2]`; undefined where the map has no extent
 */
export async function placesAround(
  map: Float32Array,
  points: Vectors,
  signal: AbortSignal,
): Promise<Float32Array | undefined> {
  const [n, m] = [points.rows / 2, map.length / 4];
  const isThere = (row: number) => row % n < m;
  const rows = Array.from({ length: points.rows }, (_, row) => row);
  const [old, others] = [rows.filter(isThere), rows.filter((row) => !isThere(row))];
  const trained = { x: selectRows(points, old), embedding: map };
  const options = { perplexity: usualPerplexity(old.length), signal };
  const { embedding } = await tsneTransform(trained, selectRows(points, others), options);
  const places = new Float32Array(2 * points.rows);
  for (const [at, row] of old.entries()) places.set(map.subarray(2 * at, 2 * at + 2), 2 * row);
  for (const [at, row] of others.entries()) places.set(embedding.subarray(2 * at, 2 * at + 2), 2 * row);
  return scaled(places);
}

function scaled(places: Float32Array): Float32Array | undefined {
  const along = places.filter((_, i) => i % 2 === 0);
  const mean = along.reduce((sum, x) => sum + x, 0) / along.length;
  const deviation = Math.sqrt(along.reduce((sum, x) => sum + (x - mean) ** 2, 0) / along.length);
  return deviation > 0 ? places.map((place) => (place / deviation) * SPREAD) : undefined;
}
