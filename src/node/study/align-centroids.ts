import type { Embeddings } from '../../embeddings.ts';

/**
 * Both modalities moved towards each other, by half the gap vector each, so that their centroids lie on each other.
 * Distances within a modality stay as they are.
 */
export function alignCentroids(
  images: Embeddings,
  texts: Embeddings,
): { images: Embeddings; texts: Embeddings } {
  const [a, b] = [centroid(images), centroid(texts)];
  const half = a.map((value, d) => (value - (b[d] ?? 0)) / 2);
  return { images: moved(images, half, -1), texts: moved(texts, half, 1) };
}

function centroid({ data, rows, dim }: Embeddings): Float64Array {
  const sum = new Float64Array(dim);
  for (let i = 0; i < data.length; i++) sum[i % dim] = (sum[i % dim] ?? 0) + (data[i] ?? 0);
  return sum.map((value) => value / rows);
}

function moved(embeddings: Embeddings, by: Float64Array, sign: 1 | -1): Embeddings {
  return { ...embeddings, data: embeddings.data.map((value, i) => value + sign * (by[i % by.length] ?? 0)) };
}
