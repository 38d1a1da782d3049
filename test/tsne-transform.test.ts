// Judges: the objective's definition in double precision, at whose minimum a placed point must lie, and the clusters
// that points were drawn from. scikit-learn has no transform.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError, InvalidOptionError, ShapeError } from '../src/errors.ts';
import { type MappedPoints, tsneTransform } from '../src/metrics/tsne/transform.ts';
import { tsne } from '../src/metrics/tsne/tsne.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { asHardware, testGpu } from './support/gpu.ts';
import { seededNormal } from './support/numbers.ts';

const DIM = 6;
const CLUSTERS = 4;

/** Points of four clusters, in turn. */
function points(rows: number, seed: number): Vectors {
  const data = seededNormal(rows * DIM, seed).map((v, i) => {
    const cluster = Math.floor(i / DIM) % CLUSTERS;
    return v + (i % DIM === cluster ? 12 : 0);
  });
  return { data, rows, dim: DIM };
}

let software: Gpu;
let hardware: Gpu;
let map: MappedPoints;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
  const x = points(240, 1);
  map = { x, embedding: (await tsne(software, x, { perplexity: 15, maxIter: 500 })).embedding };
});
afterAll(() => software.destroy());

const row = ({ data, dim }: Vectors, i: number) => [...data.subarray(i * dim, (i + 1) * dim)];
const squared = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, v, c) => sum + (v - (b[c] ?? 0)) ** 2, 0);
const place = (embedding: Float32Array, i: number) => [...embedding.subarray(2 * i, 2 * i + 2)];

function nearestInMap(at: readonly number[]): number {
  const distances = Array.from({ length: map.x.rows }, (_, j) => squared(at, place(map.embedding, j)));
  return distances.indexOf(Math.min(...distances));
}

/** p of a new point over all points of the map, zero but for its k nearest; the bisection of the definition. */
function conditional(point: readonly number[], perplexity: number): number[] {
  const distances = Array.from({ length: map.x.rows }, (_, j) => squared(point, row(map.x, j)));
  const cut = [...distances].sort((a, b) => a - b)[Math.floor(3 * perplexity)] ?? 0;
  let [low, high] = [0, 1e6];
  let p: number[] = [];
  for (let step = 0; step < 200; step++) {
    const beta = low === 0 ? high / 2 : Math.sqrt(low * high);
    const weights = distances.map((d) => (d <= cut ? Math.exp(-beta * (d - Math.min(...distances))) : 0));
    const sum = weights.reduce((a, b) => a + b, 0);
    p = weights.map((w) => w / sum);
    const entropy = -p.reduce((total, v) => total + (v > 0 ? v * Math.log(v) : 0), 0);
    if (entropy > Math.log(perplexity)) low = beta;
    else high = beta;
  }
  return p;
}

/** KL(p || q) of a new point at a place, and its gradient. */
function objective(p: readonly number[], at: readonly number[]) {
  const w = p.map((_, j) => 1 / (1 + squared(at, place(map.embedding, j))));
  const sum = w.reduce((a, b) => a + b, 0);
  let divergence = 0;
  const gradient = [0, 0];
  for (const [j, pj] of p.entries()) {
    const wj = w[j] ?? 0;
    if (pj > 0) divergence += pj * Math.log((pj * sum) / wj);
    for (const c of [0, 1]) {
      const difference = (at[c] ?? 0) - (place(map.embedding, j)[c] ?? 0);
      gradient[c] = (gradient[c] ?? 0) + 2 * (pj - wj / sum) * wj * difference;
    }
  }
  return { divergence, gradient: Math.hypot(...gradient) };
}

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
])('as on $variant', ({ of }) => {
  test.each(['euclidean', 'cosine'] as const)('new points land in their clusters: %s', async (metric) => {
    const fresh = points(41, 2);
    const { embedding, rows } = await tsneTransform(of(), map, fresh, { perplexity: 10, metric });
    expect(rows).toBe(41);
    for (let i = 0; i < rows; i++) {
      expect(nearestInMap(place(embedding, i)) % CLUSTERS).toBe(i % CLUSTERS);
    }
  });

  test('each lies at a minimum of its divergence, lower than at its nearest neighbour', async () => {
    const fresh = points(12, 3);
    const { embedding } = await tsneTransform(of(), map, fresh, { perplexity: 10, maxIter: 1000 });
    for (let i = 0; i < fresh.rows; i++) {
      const p = conditional(row(fresh, i), 10);
      const end = objective(p, place(embedding, i));
      const start = objective(p, place(map.embedding, p.indexOf(Math.max(...p))));
      expect(end.divergence).toBeLessThan(start.divergence + 1e-4);
      expect(end.gradient).toBeLessThan(1e-3); // f32 at places of some tens
    }
  });

  test('a point’s place does not depend on what else is placed', async () => {
    const fresh = points(9, 4);
    const all = await tsneTransform(of(), map, fresh, { perplexity: 10 });
    const one = { data: Float32Array.from(row(fresh, 5)), rows: 1, dim: DIM };
    const alone = await tsneTransform(of(), map, one, { perplexity: 10 });
    expect([...alone.embedding]).toEqual(place(all.embedding, 5));
  });
});

test('nothing to place gives an empty map, and memory is freed', async () => {
  const alive = software.counters.buffersAlive;
  const none = { data: new Float32Array(), rows: 0, dim: DIM };
  expect(await tsneTransform(software, map, none)).toEqual({ embedding: new Float32Array(), rows: 0 });
  await tsneTransform(software, map, points(3, 5));
  const signal = AbortSignal.abort();
  await expect(tsneTransform(software, map, points(3, 5), { signal })).rejects.toThrow(AbortedError);
  expect(software.counters.buffersAlive).toBe(alive);
});

test.each([
  {
    name: 'other dimensions',
    fresh: { data: new Float32Array(8), rows: 1, dim: 8 },
    options: {},
    error: new ShapeError('tsneTransform', 'points', `[rows, ${DIM}]`, [1, 8]),
  },
  {
    name: 'a perplexity of more than the map has',
    fresh: points(2, 6),
    options: { perplexity: 241 },
    error: new InvalidOptionError('perplexity', 'above 0 and at most 240, the map’s points', 241),
  },
  {
    name: 'no steps',
    fresh: points(2, 6),
    options: { maxIter: 0 },
    error: new InvalidOptionError('maxIter', 'a whole number from 1', 0),
  },
  {
    name: 'no rate',
    fresh: points(2, 6),
    options: { learningRate: 0 },
    error: new InvalidOptionError('learningRate', 'above 0', 0),
  },
])('an error: $name', async ({ fresh, options, error }) => {
  await expect(tsneTransform(software, map, fresh, options)).rejects.toThrow(error);
});

test('a map of another length is an error', async () => {
  const cut = { ...map, embedding: map.embedding.slice(2) };
  const run = tsneTransform(software, cut, points(2, 6));
  await expect(run).rejects.toThrow(new ShapeError('tsneTransform', 'embedding.data', '[240 * 2]', [478]));
});
