import type { Vectors } from '../src/metrics/vectors.ts';
import { seededUniform } from '../test/support/numbers.ts';

const CLUSTERS = 20;
const DIM = 512;

/** Points of 20 clusters, each a noisy plane in 512 dimensions: the same bits as test/golden/tsne/clusters.py makes. */
export function clusters(rows: number): Vectors {
  const [centre, first, second] = [1, 2, 3].map((seed) => seededUniform(CLUSTERS * DIM, seed));
  const place = seededUniform(rows * 2, 4);
  const data = seededUniform(rows * DIM, 5);
  for (const [i, noise] of data.entries()) {
    const row = Math.floor(i / DIM);
    const at = (row % CLUSTERS) * DIM + (i % DIM);
    const plane =
      (place[2 * row] ?? 0) * (first?.[at] ?? 0) + (place[2 * row + 1] ?? 0) * (second?.[at] ?? 0);
    data[i] = (centre?.[at] ?? 0) + plane + 0.5 * noise;
  }
  return { data, rows, dim: DIM };
}
