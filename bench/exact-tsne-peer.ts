import type { Vectors } from '../src/metrics/vectors.ts';
import { PeerMissingError } from './peer-errors.ts';

/** A peer's map of the same points. */
export interface PeerMap {
  /** `[rows, 2]` */
  readonly embedding: Float32Array;
  readonly seconds: number;
}

/**
 * The npm package @keckelt/tsne: the exact method in plain JavaScript, every pair in every iteration. It has no
 * Barnes-Hut; the one npm package that has, wasm-bhtsne, starts Web Workers and does not load in Node.
 * @throws {PeerMissingError}
 */
export async function exactTsne(x: Vectors, iterations: number): Promise<PeerMap> {
  const { TSNE } = await import('@keckelt/tsne').catch((cause: unknown) => {
    throw new PeerMissingError('@keckelt/tsne', 'npm install --save-dev @keckelt/tsne', cause);
  });
  const rows = Array.from({ length: x.rows }, (_, i) => [...x.data.subarray(i * x.dim, (i + 1) * x.dim)]);
  const start = performance.now();
  const map = new TSNE({ perplexity: 30, dim: 2, epsilon: 10 });
  map.initDataRaw(rows);
  for (let i = 0; i < iterations; i++) map.step();
  const seconds = (performance.now() - start) / 1000;
  return { embedding: Float32Array.from(map.getSolution().flatMap((point) => [...point])), seconds };
}
