// The approximate search of neighbours by lists; the judge is the exact search, which test/tsne-affinities.test.ts judges.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { HeldTensors } from '../src/device/held-tensors.ts';
import { AbortedError, InvalidOptionError } from '../src/errors.ts';
import { approximateNeighbours } from '../src/metrics/neighbours/approximate.ts';
import { nearestNeighbours } from '../src/metrics/neighbours/exact.ts';
import { listsOf } from '../src/metrics/neighbours/lists.ts';
import { centred, uploadParts } from '../src/metrics/neighbours/points.ts';
import { Visits } from '../src/metrics/neighbours/visits.ts';
import { similarity } from '../src/metrics/similarity/approximate.ts';
import { tsne } from '../src/metrics/tsne/tsne.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { testGpu, withLimits } from './support/gpu.ts';
import { seededNormal } from './support/numbers.ts';
import { readTensor } from './support/read-tensor.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

/** Points around 60 centres. */
function clustered(rows: number, dim: number, seed = 1, spread = 0.3): Vectors {
  const centres = seededNormal(60 * dim, 1);
  const data = seededNormal(rows * dim, seed).map(
    (noise, i) => spread * noise + (centres[(Math.floor(i / dim) % 60) * dim + (i % dim)] ?? 0),
  );
  return { data, rows, dim };
}

async function search(
  on: Gpu,
  x: Vectors,
  k: number,
  { queries, approximate = true }: { queries?: Vectors; approximate?: boolean } = {},
) {
  const held = new HeldTensors(on, 'neighbours');
  try {
    const parts = await uploadParts(held, centred(x, new Float64Array(x.dim)));
    const asked = queries && (await uploadParts(held, centred(queries, new Float64Array(x.dim))));
    const sets = { x: parts, queries: asked };
    const found = approximate
      ? await approximateNeighbours(held, sets, k)
      : { ...(await nearestNeighbours(held, sets, k)), search: 'exact', recall: 1 };
    const [ids, bits] = [await readTensor(on, found.ids), await readTensor(on, found.distances)];
    const { search: how, recall } = found;
    return { ids, distances: new Float32Array(bits.buffer), how, recall, parts: parts.length };
  } finally {
    held.free();
  }
}

/** The share of the true neighbours; the distance of each that was found agrees. */
function recallOf(
  found: Awaited<ReturnType<typeof search>>,
  truth: Awaited<ReturnType<typeof search>>,
  k: number,
) {
  let hits = 0;
  for (let row = 0; row < truth.ids.length / k; row++) {
    const near = new Map(
      Array.from({ length: k }, (_, j) => [truth.ids[row * k + j], truth.distances[row * k + j]]),
    );
    const ids = [...found.ids.subarray(row * k, (row + 1) * k)];
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    for (const [j, id] of ids.entries()) {
      const distance = near.get(id);
      if (distance === undefined) continue;
      hits++;
      expect(Math.abs((found.distances[row * k + j] ?? 0) - distance)).toBeLessThanOrEqual(1e-5 * distance); // f32
    }
  }
  return hits / truth.ids.length;
}

test('most of the neighbours of clustered points, as many as it says, and the same each time', async () => {
  const [x, k] = [clustered(2501, 22, 1, 0.7), 15];
  const found = await search(gpu, x, k);
  const truth = await search(gpu, x, k, { approximate: false });
  expect(found.how).toBe('approximate');
  expect(found.recall).toBeGreaterThanOrEqual(0.96);
  const recall = recallOf(found, truth, k);
  expect(recall).toBeLessThan(1); // else this test would not see how the recall is estimated
  expect(Math.abs(recall - found.recall)).toBeLessThan(0.02); // 256 rows of 15: four standard errors
  expect(await search(gpu, x, k)).toEqual(found);
});

test('other queries than the points', async () => {
  const [x, queries] = [clustered(3000, 20), clustered(301, 20, 2)];
  const found = await search(gpu, x, 9, { queries });
  expect(found.how).toBe('approximate');
  expect(recallOf(found, await search(gpu, x, 9, { queries, approximate: false }), 9)).toBeGreaterThan(0.95);
});

test('points in parts that a kernel can bind', async () => {
  const x = clustered(2000, 20);
  const small = withLimits(gpu, 4 * 2000 * 9);
  const found = await search(small, x, 9);
  expect(found.parts).toBeGreaterThan(2);
  expect(recallOf(found, await search(gpu, x, 9, { approximate: false }), 9)).toBeGreaterThan(0.95);
});

test('points without any structure are searched exactly', async () => {
  const x = { data: seededNormal(2000 * 32, 3), rows: 2000, dim: 32 };
  const small = withLimits(gpu, 4 * 2000 * 9); // room for the nearest 9 of 89 lists
  const { how, recall, ids } = await search(small, x, 5);
  expect({ how, recall }).toEqual({ how: 'exact', recall: 1 });
  expect(ids).toEqual((await search(gpu, x, 5, { approximate: false })).ids);
});

test('duplicates: equals are neighbours of each other, none of itself', async () => {
  const rows = 600;
  const data = Float32Array.from({ length: rows * 4 }, (_, i) => Math.floor(i / 4) % 3);
  const { ids, distances, recall } = await search(gpu, { data, rows, dim: 4 }, 20);
  expect(recall).toBe(1);
  expect(distances.every((distance) => distance === 0)).toBe(true);
  expect(ids.every((id, i) => id % 3 === Math.floor(i / 20) % 3 && id !== Math.floor(i / 20))).toBe(true);
});

test('a query looks further where its nearest lists hold too few rows', () => {
  const rows = listsOf(Uint32Array.of(0, 1, 2, 3, 3, 3), 4); // one row in each of three lists, three in the last
  const visits = new Visits(Uint32Array.of(0, 1, 3, 0), 2, rows, 4);
  const visitors = ({ starts, members }: ReturnType<Visits['until']>) =>
    Array.from({ length: 4 }, (_, list) => [...members.subarray(starts[list], starts[list + 1])]);
  expect(visitors(visits.until(1))).toEqual([[0, 1], [0], [0], [1, 0]]); // query 0 wants four rows: all lists
  expect(visitors(visits.until(2))).toEqual([[], [], [], []]);
});

test('a map by approximate neighbours says its recall; an abort ends the search', async () => {
  const x = clustered(900, 12);
  const options = { neighbors: 'approximate', perplexity: 5, maxIter: 250 } as const;
  const { neighbors } = await tsne(gpu, x, options);
  expect(neighbors.search).toBe('approximate');
  expect(neighbors.recall).toBeGreaterThanOrEqual(0.96);
  expect((await tsne(gpu, x, { ...options, neighbors: 'auto' })).neighbors).toEqual({
    search: 'exact',
    recall: 1,
  });
  const controller = new AbortController();
  const onProgress = ({ stage }: { stage: string }) => stage === 'neighbours' && controller.abort();
  await expect(tsne(gpu, x, { ...options, signal: controller.signal, onProgress })).rejects.toThrow(
    AbortedError,
  );
  expect(gpu.counters.buffersAlive).toBe(1); // what stands in for bindings that are not read
});

describe('similarityMatrix', () => {
  test.each([
    { metric: 'cosine', tolerance: 1e-6, shift: 0 }, // f32, of values below 1
    { metric: 'euclidean', tolerance: 1e-4, shift: 100 }, // of distances of some 2, of rows far from the origin
  ] as const)('nearly the best by $metric, in the order of all', async ({ metric, tolerance, shift }) => {
    const [a, b] = [clustered(211, 19, 2), clustered(1500, 19)];
    for (const { data } of [a, b]) data.set(data.map((value) => value + shift));
    const found = await similarity(gpu, a, b, { metric, topK: 7, approximate: true });
    const best = await similarity(gpu, a, b, { metric, topK: 7 });
    expect(found.neighbors?.search).toBe('approximate');
    const same = found.indices.filter((index, i) => index === best.indices[i]).length / best.indices.length;
    expect(same).toBeGreaterThan(0.9);
    for (const [i, index] of found.indices.entries()) {
      if (index !== best.indices[i]) continue;
      expect(Math.abs((found.values[i] ?? Number.NaN) - (best.values[i] ?? 0))).toBeLessThan(tolerance);
    }
    const worse = (x: number, y: number) => (metric === 'cosine' ? x <= y : x >= y);
    expect(found.values.every((value, i) => i % 7 === 0 || worse(value, found.values[i - 1] ?? 0))).toBe(
      true,
    );
  });

  test('rows with themselves: each is its own nearest', async () => {
    const x = clustered(800, 12);
    const { indices, k, rows } = await similarity(gpu, x, undefined, { topK: 3, approximate: true });
    expect([k, rows]).toEqual([3, 800]);
    expect([...indices.filter((_, i) => i % 3 === 0)]).toEqual([...new Array(800).keys()]);
  });

  test.each([
    [{ approximate: true }, 'approximate must be true or false, and true only with topK'],
    [{ approximate: 'yes', topK: 2 }, 'approximate must be true or false'],
    [
      { approximate: true, topK: 2, metric: 'dot' },
      "metric must be 'cosine' or 'euclidean' with approximate",
    ],
    [{ approximate: true, topK: 51 }, 'topK must be an integer from 1 to 50'],
  ])('refuses %o', async (options, message) => {
    const error = await similarity(gpu, clustered(50, 4), undefined, options as object).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(String(error)).toContain(message);
  });
});

test.each([
  [{ neighbors: 'some' }, 'neighbors must be one of auto, exact, approximate, got "some"'],
  [{ neighbors: 'approximate', method: 'exact' }, "neighbors must be 'exact' or 'auto' with method 'exact'"],
])('refuses %o', async (options, message) => {
  const error = await tsne(gpu, clustered(50, 4), options as object).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidOptionError);
  expect(String(error)).toContain(message);
});
