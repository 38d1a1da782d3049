// What does not fit in one binding is cut into parts. The judge is the same work on a device with room for all, to the
// bit, and in double precision where sums are taken in another order.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { HeldTensors } from '../src/device/held-tensors.ts';
import { nearestNeighbours } from '../src/metrics/neighbours/exact.ts';
import { centred, uploadParts } from '../src/metrics/neighbours/points.ts';
import type { Affinities } from '../src/metrics/tsne/affinities.ts';
import { gramMatrix } from '../src/metrics/tsne/gram-matrix.ts';
import { startingMap } from '../src/metrics/tsne/start.ts';
import { type TsneTransformOptions, tsneTransform } from '../src/metrics/tsne/transform.ts';
import { affinitiesOf, type TsneOptions, tsne } from '../src/metrics/tsne/tsne.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { asHardware, testGpu, withLimits } from './support/gpu.ts';
import { maxAbsDiff, seededNormal } from './support/numbers.ts';
import { readTensor } from './support/read-tensor.ts';

let software: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
});
afterAll(() => software.destroy());

const points = (rows: number, dim: number, seed = rows): Vectors => ({
  data: seededNormal(rows * dim, seed),
  rows,
  dim,
});

async function neighbours(gpu: Gpu, x: Vectors, k: number, queries?: Vectors) {
  const held = new HeldTensors(gpu, 'neighbours');
  const sets = {
    x: await uploadParts(held, centred(x)),
    queries: queries && (await uploadParts(held, centred(queries))),
  };
  const { ids, distances } = await nearestNeighbours(held, sets, k);
  const found = { ids: await readTensor(gpu, ids), distances: await readTensor(gpu, distances) };
  held.free();
  return {
    ...found,
    parts: sets.x.map(({ rows }) => rows),
    queryParts: sets.queries?.map(({ rows }) => rows),
  };
}

async function entriesOf(gpu: Gpu, { bands }: Affinities) {
  const all = { columns: [] as number[], values: [] as number[] };
  for (const { columns, values } of bands) {
    all.columns.push(...(await readTensor(gpu, columns)));
    all.values.push(...(await readTensor(gpu, values)));
  }
  return all;
}

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
])('as on $variant', ({ of }) => {
  test.each([
    { n: 301, dim: 12, k: 7, bytes: 10_560, parts: [128, 128, 45] },
    { n: 301, dim: 63, k: 7, bytes: 8928, parts: [...new Array(9).fill(31), 22] }, // two bands, parts across their ends
    { n: 300, dim: 299, k: 299, bytes: 360_000, parts: [256, 44] }, // every other point is a neighbour
    { n: 400, dim: 9, k: 290, bytes: 464_000, parts: [400] },
  ])(
    '$k neighbours of $n points of $dim in bindings of $bytes bytes',
    async ({ n, dim, k, bytes, parts }) => {
      const small = withLimits(of(), bytes);
      const x = points(n, dim);
      const { parts: cut, ...found } = await neighbours(small, x, k);
      expect(cut).toEqual(parts);
      const { parts: whole, ...judge } = await neighbours(of(), x, k);
      expect(whole).toEqual([n]);
      expect(found).toEqual(judge);
    },
  );

  test('duplicates in different parts are at exactly 0, and equals go by index', async () => {
    const rows = 200;
    const data = Float32Array.from({ length: rows * 4 }, (_, i) => (i % 4) + 0.1 * (Math.floor(i / 4) % 50));
    const { ids, distances, parts } = await neighbours(withLimits(of(), 3072), { data, rows, dim: 4 }, 3);
    expect(parts).toEqual([64, 64, 64, 8]);
    expect([...ids.subarray(0, 3)]).toEqual([50, 100, 150]);
    expect([...ids.subarray(3 * 199)]).toEqual([49, 99, 149]);
    expect(distances.every((bits) => bits === 0)).toBe(true);
  });

  test('queries in parts among points in parts', async () => {
    const [x, queries] = [points(150, 13, 1), points(133, 13, 2)];
    const { parts, queryParts, ...found } = await neighbours(withLimits(of(), 6144), x, 10, queries);
    expect([parts, queryParts]).toEqual([
      [64, 64, 22],
      [64, 64, 5],
    ]);
    const { ids, distances } = await neighbours(of(), x, 10, queries);
    expect(found).toEqual({ ids, distances });
  });

  test('P in bands of rows', async () => {
    const x = points(333, 20);
    const settings = { perplexity: 10, metric: 'cosine', method: 'barnes_hut' } as const;
    const [small, held] = [withLimits(of(), 4 * 333 * 31), new HeldTensors(of(), 'P')];
    const cut = await affinitiesOf(new HeldTensors(small, 'P in bands'), x, settings);
    const whole = await affinitiesOf(held, x, settings);
    expect([cut.bands.length, whole.bands.length]).toEqual([2, 1]);
    expect(cut.bands.map(({ first }) => first)).toEqual([0, cut.bands[0]?.end]);
    expect(cut.bands.at(-1)?.end).toBe(333);
    expect(await entriesOf(small, cut)).toEqual(await entriesOf(of(), whole));
    held.free();
    small.destroy();
  });

  test.each(['barnes_hut', 'exact'] as const)('a map: %s', async (method) => {
    const x = points(150, 30);
    const options = { perplexity: 12, init: 'random', maxIter: 300, method } as const;
    const small = withLimits(of(), method === 'exact' ? 4 * 150 * 149 : 4 * 150 * 37);
    expect(await tsne(small, x, options)).toEqual(await tsne(of(), x, options));
    expect(small.counters.buffersAlive).toBe(1); // what stands in for bindings that are not read
  });

  test.each([
    { name: 'more points than dimensions', rows: 333, dim: 21, bytes: 6000 },
    { name: 'more dimensions than points', rows: 21, dim: 333, bytes: 6000 },
  ])('PCA’s start: $name', async ({ rows, dim, bytes }) => {
    const x = points(rows, dim);
    x.data.set(x.data.map((value, i) => (i % dim < 2 ? value * (6 - (i % dim)) : value))); // two clear components
    const start = await startingMap(withLimits(of(), bytes), x, { init: 'pca', seed: 0 });
    // Of a map of 1e-4: sums over columns in another order, in f32.
    expect(maxAbsDiff(start, await startingMap(of(), x, { init: 'pca', seed: 0 }))).toBeLessThan(1e-9);
  });

  test('new points in batches, in a map whose points come in parts', async () => {
    const x = points(240, 6, 1);
    const map = { x, embedding: seededNormal(480, 2) };
    const options = { perplexity: 10, maxIter: 60 };
    const seen: string[] = [];
    const onProgress: TsneTransformOptions['onProgress'] = ({ stage, done, total }) => {
      if (done === total || stage === 'neighbours') seen.push(`${stage} ${done} of ${total}`);
    };
    const placed = await tsneTransform(withLimits(of(), 2048), map, points(41, 6, 3), {
      ...options,
      onProgress,
    });
    expect(seen).toEqual([
      'neighbours 16 of 41',
      'neighbours 32 of 41',
      'neighbours 41 of 41',
      'iterations 180 of 180',
    ]);
    expect(placed).toEqual(await tsneTransform(of(), map, points(41, 6, 3), options));
  });
});

test('the product of a matrix with itself over columns in parts, the last of them short', async () => {
  const [rows, length] = [5, 50];
  const data = seededNormal(rows * length, 4);
  const read = (first: number, count: number) =>
    Float32Array.from({ length: rows * count }, (_, i) => {
      const c = first + (i % count);
      return c < length ? (data[Math.floor(i / count) * length + c] ?? 0) : 0;
    });
  const widths: number[] = [];
  const gram = await gramMatrix(withLimits(software, 4 * 8 * 28), {
    rows,
    length,
    read(first, count) {
      widths.push(count);
      return read(first, count);
    },
  });
  expect(widths).toEqual([20, 20, 12]);
  const expected = Array.from({ length: rows * rows }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < length; c++) {
      sum += (data[Math.floor(i / rows) * length + c] ?? 0) * (data[(i % rows) * length + c] ?? 0);
    }
    return sum;
  });
  expect(maxAbsDiff(gram, expected)).toBeLessThan(1e-4); // f32, values up to 70
});

describe('what cannot be cut is refused before the first step, with numbers and a way out', () => {
  test.each<{
    name: string;
    rows: number;
    dim: number;
    bytes: number;
    options: TsneOptions;
    message: string;
  }>([
    {
      name: 'neighbours',
      rows: 200,
      dim: 4,
      bytes: 15_000,
      options: { perplexity: 10 },
      message:
        'tsne: 31 neighbours of each of 200 points (bytes) needs 24,800, the device allows 15,000; ' +
        'lower the perplexity, or map a sample of the points',
    },
    {
      name: 'the tree',
      rows: 200,
      dim: 4,
      bytes: 6000,
      options: { perplexity: 1 },
      message:
        'tsne: the tree of 200 points (bytes) needs 6,384, the device allows 6,000; map a sample of the points',
    },
    {
      name: 'all pairs',
      rows: 100,
      dim: 4,
      bytes: 6000,
      options: { perplexity: 5, method: 'exact' },
      message: "tsne: method 'exact' (bytes) needs 39,600, the device allows 6,000; use method 'barnes_hut'",
    },
    {
      name: 'PCA’s matrix',
      rows: 50,
      dim: 50,
      bytes: 6000,
      options: { perplexity: 5 },
      message:
        "tsne: init 'pca' of 50 dimensions (bytes) needs 10,816, the device allows 6,000; use init 'random' or an array",
    },
    {
      name: 'a few rows',
      rows: 50,
      dim: 400,
      bytes: 6000,
      options: { perplexity: 5, init: 'random' },
      message:
        'tsne: four rows of 400 values (bytes) needs 6,400, the device allows 6,000; map vectors of fewer dimensions',
    },
  ])('$name', async ({ rows, dim, bytes, options, message }) => {
    const small = withLimits(software, bytes);
    const before = { ...small.counters };
    const stages: string[] = [];
    const onProgress: TsneOptions['onProgress'] = ({ stage }) => stages.push(stage);
    await expect(tsne(small, points(rows, dim), { ...options, onProgress })).rejects.toThrow(message);
    expect([stages, small.counters]).toEqual([[], before]);
  });

  test.each([
    {
      mapped: 300,
      dim: 4,
      perplexity: 5,
      message:
        'tsneTransform: a map of 300 points (bytes) needs 2,400, the device allows 2,048; use a map of fewer points',
    },
    {
      mapped: 200,
      dim: 200,
      perplexity: 5,
      message:
        'tsneTransform: four rows of 200 values (bytes) needs 3,200, the device allows 2,048; map vectors of fewer',
    },
  ])('new points: $message', async ({ mapped, dim, perplexity, message }) => {
    const small = withLimits(software, 2048);
    const map = { x: points(mapped, dim), embedding: seededNormal(2 * mapped, 1) };
    const before = { ...small.counters };
    await expect(tsneTransform(small, map, points(3, dim), { perplexity })).rejects.toThrow(message);
    expect(small.counters).toEqual(before);
  });
});
