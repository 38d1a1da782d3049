// The judge: every cosine in double precision, sorted stably.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError, DestroyedError, InvalidOptionError, ShapeError } from '../src/errors.ts';
import { duplicates } from '../src/metrics/search/duplicates.ts';
import { EmptyIndexError, TooManyDuplicatesError } from '../src/metrics/search/errors.ts';
import {
  GpuSearchIndex,
  type SearchIndexOptions,
  type SearchLimits,
} from '../src/metrics/search/search-index.ts';
import { NonFiniteVectorError, selectRows, type Vectors, ZeroVectorError } from '../src/metrics/vectors.ts';
import { HostMemoryError } from '../src/platform/host-memory.ts';
import { asHardware, testGpu } from './support/gpu.ts';
import { cosineOfRows, seededNormal } from './support/numbers.ts';

let software: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
});
afterAll(() => software.destroy());

const vectors = (data: Float32Array, dim: number): Vectors => ({ data, rows: data.length / dim, dim });

/** Tiles of 64 rows, passes of 16 queries or 3 tiles: every edge within a few hundred rows. */
const small: SearchLimits = { bindingBytes: 2 ** 27, scoreBytes: 2 ** 12, work: 2 ** 16, tileRows: 64 };

const f64Order = (query: Vectors, q: number, rows: Vectors) =>
  Array.from({ length: rows.rows }, (_, row) => ({ row, cosine: cosineOfRows(query, q, rows, row) })).sort(
    (x, y) => y.cosine - x.cosine,
  );

/** Rows of which some come again, in other tiles, and one is another's multiple. */
function withCopies(count: number, dim: number, seed: number): Vectors {
  const x = vectors(seededNormal(count * dim, seed), dim);
  for (const [to, from] of [
    [1, 0],
    [64, 3],
    [130, 3],
    [count - 1, 3],
    [100, 64],
  ] as const) {
    x.data.set(x.data.slice(from * dim, (from + 1) * dim), to * dim);
  }
  return x;
}

const indexOn = (gpu: Gpu, options: SearchIndexOptions = {}, limits: SearchLimits | undefined = small) =>
  new GpuSearchIndex(async () => gpu, options, {}, limits);

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
])('as on $variant', ({ of }) => {
  test.each([
    { kept: 'on the GPU', gpuBytes: 2 ** 30 },
    { kept: 'two tiles on the GPU', gpuBytes: 2 * 64 * 40 * 4 },
    { kept: 'on the host', gpuBytes: 0 },
  ])('finds the nearest as f64 does, ties by row: $kept', async ({ gpuBytes }) => {
    const rows = withCopies(261, 30, 1); // 4 tiles of 64 and 5 rows
    const queries = vectors(seededNormal(19 * 30, 2), 30);
    queries.data.set(rows.data.slice(3 * 30, 4 * 30)); // the first is one with four copies
    await using index = indexOn(of(), { gpuBytes });
    for (const [first, last] of [
      [0, 1],
      [1, 61],
      [61, 200],
      [200, 261],
    ] as const) {
      const part = Array.from({ length: last - first }, (_, i) => first + i);
      await index.add(selectRows(rows, part), { ids: part.map((row) => `r${row}`) });
    }
    for (const topK of [1, 7, 261]) {
      const found = await index.query(queries, { topK });
      expect(found).toHaveLength(19);
      for (const [q, hits] of found.entries()) {
        const judge = f64Order(queries, q, rows);
        expect(hits).toHaveLength(topK);
        for (const [place, hit] of hits.entries()) {
          expect(hit.id).toBe(`r${hit.row}`);
          // Of the same place and of the same row: in f32 rows closer than rounding may change places.
          expect(Math.abs(hit.cosine - (judge[place]?.cosine ?? 2))).toBeLessThan(1e-6);
          expect(Math.abs(hit.cosine - cosineOfRows(queries, q, rows, hit.row))).toBeLessThan(1e-6);
        }
        expect(new Set(hits.map(({ row }) => row)).size).toBe(topK);
      }
    }
    const [[...copies] = []] = await index.query(queries, { topK: 5 });
    expect(copies.map(({ row }) => row)).toEqual([3, 64, 100, 130, 260]);
    expect(new Set(copies.map((hit) => hit.cosine)).size).toBe(1);
  });

  test('f16 moves a cosine by less than its rounding, on the GPU and on the host alike', async () => {
    const rows = withCopies(150, 33, 5);
    const queries = vectors(seededNormal(3 * 33, 6), 33);
    const results = [];
    for (const gpuBytes of [2 ** 30, 0]) {
      await using index = indexOn(of(), { dtype: 'f16', gpuBytes });
      await index.add(rows);
      const found = await index.query(queries, { topK: 150 });
      for (const [q, hits] of found.entries()) {
        // Values are within 2^-10 of themselves, cut off rather than rounded at worst: a row moves by that at most.
        for (const hit of hits)
          expect(Math.abs(hit.cosine - cosineOfRows(queries, q, rows, hit.row))).toBeLessThan(2 ** -10);
      }
      results.push(found);
    }
    expect(results[1]).toEqual(results[0]);
  });

  test.each([
    { dtype: 'f32', most: 1e-6 },
    { dtype: 'f16', most: 2 ** -10 },
  ] as const)('more rows than two tiles of the usual size, in $dtype', async ({ dtype, most }) => {
    const [count, dim] = [2 * 16_384 + 100, 10];
    const rows = vectors(seededNormal(count * dim, 11), dim);
    const queries = vectors(seededNormal(3 * dim, 12), dim);
    queries.data.set(rows.data.slice(-dim)); // the first is the last row
    await using index = new GpuSearchIndex(async () => of(), { dtype });
    await index.add(rows);
    const found = await index.query(queries, { topK: 40 });
    for (const [q, hits] of found.entries()) {
      const judge = f64Order(queries, q, rows);
      expect(new Set(hits.map(({ row }) => row)).size).toBe(40);
      for (const [place, hit] of hits.entries()) {
        // If no cosine moves by more than that, neither does the one of any place.
        expect(Math.abs(hit.cosine - (judge[place]?.cosine ?? 2))).toBeLessThan(most);
        expect(Math.abs(hit.cosine - cosineOfRows(queries, q, rows, hit.row))).toBeLessThan(most);
      }
    }
    const tiles = new Set(found.flat().map(({ row }) => Math.floor(row / 16_384)));
    expect([...tiles].sort()).toEqual([0, 1, 2]);
    expect(found[0]?.[0]?.row).toBe(count - 1);
  });

  test('duplicates within a set and across two, as f64 finds them', async () => {
    const a = withCopies(150, 20, 9);
    const b = vectors(seededNormal(131 * 20, 10), 20);
    b.data.set(a.data.slice(0, 20 * 20), 100 * 20);
    for (const other of [undefined, b]) {
      for (const [threshold, places] of [
        [0.999, 64],
        [0.5, 65_536],
        [0.5, 3],
        [-1, 65_536],
      ] as const) {
        const pairs = await duplicates(of(), a, { threshold, b: other }, { ...small, places, rows: 7 });
        const judge = [];
        for (let i = 0; i < a.rows; i++) {
          for (let j = other ? 0 : i + 1; j < (other ?? a).rows; j++) {
            if (cosineOfRows(a, i, other ?? a, j) >= threshold - (threshold === -1 ? 1 : 0))
              judge.push([i, j]);
          }
        }
        expect(judge.length).toBeGreaterThan(5);
        expect(pairs.map((pair) => [pair.a, pair.b])).toEqual(judge);
        for (const pair of pairs) {
          expect(Math.abs(pair.cosine - cosineOfRows(a, pair.a, other ?? a, pair.b))).toBeLessThan(1e-6);
        }
      }
    }
  });
});

test('what was known of a row comes back with it; without ids rows are numbered', async () => {
  await using index = indexOn(software, {}, undefined);
  await index.add(
    { ...vectors(Float32Array.of(1, 0, 0, 2), 2), ids: ['x', 'y'] },
    { captions: ['east', 'north'] },
  );
  await index.add(vectors(Float32Array.of(3, 3), 2));
  expect([index.rows, index.dim]).toEqual([3, 2]);
  const [hits] = await index.query(vectors(Float32Array.of(0, 5), 2));
  expect(hits).toEqual([
    { id: 'y', row: 1, cosine: 1, caption: 'north' },
    { id: '2', row: 2, cosine: expect.closeTo(Math.SQRT1_2, 6) },
    { id: 'x', row: 0, cosine: 0, caption: 'east' },
  ]);
  expect(await index.query(vectors(new Float32Array(), 2))).toEqual([]);
});

test('calls that overlap are queued, and destroy waits for them and frees all', async () => {
  const before = software.counters.bytesAlive;
  const index = indexOn(software);
  const rows = vectors(seededNormal(200 * 8, 3), 8);
  const calls = [
    index.add(rows),
    index.query(rows, { topK: 1 }),
    index.add(rows),
    index.query(rows, { topK: 2 }),
  ] as const;
  const disposed = index[Symbol.asyncDispose]();
  await expect(calls[3]).rejects.toThrow(DestroyedError);
  await Promise.allSettled(calls);
  await disposed;
  expect(software.counters.bytesAlive).toBe(before);
  await expect(index.query(rows)).rejects.toThrow('the search index was destroyed');
});

describe('errors', () => {
  const good = vectors(Float32Array.of(1, 2, 3, 4), 2);

  test('of an index', async () => {
    await using index = indexOn(software);
    await expect(index.query(good)).rejects.toThrow(EmptyIndexError);
    await index.add(good);
    await expect(index.add(vectors(Float32Array.of(1, 2, 3), 3))).rejects.toThrow(ShapeError);
    await expect(index.query(vectors(Float32Array.of(1, 2, 3), 3))).rejects.toThrow(
      'query: queries must be [rows, 2], got [1, 3]',
    );
    await expect(index.add(vectors(Float32Array.of(1, Number.NaN), 2))).rejects.toThrow(NonFiniteVectorError);
    await expect(index.query(vectors(Float32Array.of(1, Number.POSITIVE_INFINITY), 2))).rejects.toThrow(
      NonFiniteVectorError,
    );
    await expect(index.add(vectors(Float32Array.of(0, 0), 2))).rejects.toThrow(ZeroVectorError);
    await expect(index.query(vectors(Float32Array.of(0, 0), 2))).rejects.toThrow('queries: row 0 is zero');
    for (const topK of [0, 3, 1.5])
      await expect(index.query(good, { topK })).rejects.toThrow('topK must be an integer from 1 to 2');
    await expect(index.add(good, { ids: ['one'] })).rejects.toThrow(
      'ids must be an array of strings, one for each of the 2 rows',
    );
    await expect(index.add(good, { captions: ['one'] })).rejects.toThrow(InvalidOptionError);
    await expect(index.query(good, { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
    expect(index.rows).toBe(2); // what was refused is not in
    expect(await index.query(good, { topK: 2 })).toHaveLength(2);
  });

  test('a host without memory for the tiles that the GPU has no room for', async () => {
    const index = new GpuSearchIndex(
      async () => software,
      { gpuBytes: 0 },
      { availableMemory: () => 10 },
      small,
    );
    await expect(index.add(vectors(seededNormal(64 * 4, 1), 4))).rejects.toThrow(HostMemoryError);
    await expect(index.add(good)).rejects.toThrow(DestroyedError);
  });

  test('of duplicates', async () => {
    const run = (threshold: number, more = {}) => duplicates(software, good, { threshold, ...more });
    await expect(run(1.5)).rejects.toThrow('threshold must be a cosine from -1 to 1, got 1.5');
    await expect(run(Number.NaN)).rejects.toThrow(InvalidOptionError);
    await expect(run(0, { limit: 0 })).rejects.toThrow('limit must be an integer from 1');
    await expect(run(0, { b: vectors(Float32Array.of(1, 2, 3), 3) })).rejects.toThrow(ShapeError);
    await expect(run(0, { b: vectors(Float32Array.of(0, 0), 2) })).rejects.toThrow('b: row 0 is zero');
    await expect(run(0, { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
    const many = vectors(new Float32Array(300).fill(1), 1);
    const all = duplicates(software, many, { threshold: 0.9, limit: 44_849 });
    await expect(all).rejects.toThrow(TooManyDuplicatesError);
    await expect(all).rejects.toThrow(
      'more than 44,849 pairs have a cosine of 0.9 or more (44,850 among the first 90,000 of 90,000)',
    );
    expect(await duplicates(software, many, { threshold: 0.9, limit: 44_850 })).toHaveLength(44_850);
  });
});
