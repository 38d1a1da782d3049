import { readFileSync } from 'node:fs';
import type { Vectors } from '../../src/metrics/vectors.ts';

/** A file of golden/tsne, which golden/tsne/tsne.py wrote. */
export function tsneGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/tsne/${name}.json`, import.meta.url), 'utf8'));
}

/** scikit-learn's digits: images of 8 x 8, whole numbers from 0 to 16. */
export function digitsFrom({ x, rows, dim }: { x: string; rows: number; dim: number }): Vectors {
  return { data: Float32Array.from(Buffer.from(x, 'base64')), rows, dim };
}

export function firstRows({ data, dim }: Vectors, rows: number): Vectors {
  return { data: data.slice(0, rows * dim), rows, dim };
}
