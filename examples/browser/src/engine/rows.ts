import type { PairVectors, Vectors } from './types.ts';

/** The given rows, in that order, with their ids: `[selected, dim]` */
export function selectRows({ data, dim, ids }: Vectors, selected: readonly number[]): Vectors {
  const out = new Float32Array(selected.length * dim);
  for (const [i, row] of selected.entries()) out.set(data.subarray(row * dim, (row + 1) * dim), i * dim);
  const rows = { data: out, rows: selected.length, dim };
  return ids ? { ...rows, ids: selected.map((row) => ids[row] ?? '') } : rows;
}

/** The images and the texts of the given pairs, in that order. */
export function selectPairs({ images, texts }: PairVectors, pairs: readonly number[]): PairVectors {
  return { images: selectRows(images, pairs), texts: selectRows(texts, pairs) };
}

/** Images, then texts: `[2n, dim]` */
export function stacked({ images, texts }: PairVectors): Vectors {
  const data = new Float32Array(images.data.length + texts.data.length);
  data.set(images.data);
  data.set(texts.data, images.data.length);
  return { data, rows: images.rows + texts.rows, dim: images.dim };
}

/** The one row, as `[1, dim]` */
export function row(vectors: Vectors, index: number): Vectors {
  return selectRows(vectors, [index]);
}

/** Euclidean, between image i and text i: `[n]` */
export function pairDistances({ images, texts }: PairVectors): Float32Array<ArrayBuffer> {
  const distances = new Float32Array(images.rows);
  for (let i = 0; i < images.rows; i++) {
    let squares = 0;
    for (let d = i * images.dim; d < (i + 1) * images.dim; d++) {
      squares += ((images.data[d] ?? 0) - (texts.data[d] ?? 0)) ** 2;
    }
    distances[i] = Math.sqrt(squares);
  }
  return distances;
}
