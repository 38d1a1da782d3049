import type { Gpu } from '../device/gpu.ts';
import { sampleOf } from '../metrics/random.ts';
import { similarityMatrix } from '../metrics/similarity/similarity.ts';
import { take, type Vectors } from '../metrics/vectors.ts';
import { meanOf, rowsOfGroups, type Sample } from './sample.ts';

/** Rows a cell has on average. So few, since large cells of a small sample hold what subjects differ in. */
const ROWS_A_CELL = 3;

/**
 * Each row minus the mean of its cell, in each modality by itself: what rows differ in from others that are nearly alike.
 * A cell is all rows nearest to one of n / 3 rows drawn at random. Neither pairs nor labels are looked at.
 */
export async function withinCells(gpu: Gpu, sample: Sample, seed: number): Promise<Sample> {
  return {
    ...sample,
    images: await residuals(gpu, sample.images, seed),
    texts: await residuals(gpu, sample.texts, seed),
  };
}

async function residuals(gpu: Gpu, rows: Vectors, seed: number): Promise<Vectors> {
  const { data, dim } = rows;
  const anchors = take(rows, sampleOf(seed, Math.ceil(rows.rows / ROWS_A_CELL), rows.rows));
  const { indices } = await similarityMatrix(gpu, rows, anchors, { topK: 1 });
  const out = data.slice();
  for (const cell of rowsOfGroups([...indices])) {
    const mean = meanOf(take(rows, cell));
    for (const row of cell) {
      for (let d = 0; d < dim; d++) {
        out[row * dim + d] = (data[row * dim + d] as number) - (mean[d] as number);
      }
    }
  }
  return { data: out, rows: rows.rows, dim };
}
