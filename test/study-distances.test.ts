// The judge is the definition, at a size at which it can be seen.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { matchDistances } from '../src/node/study/distances.ts';
import { testGpu } from './support/gpu.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

const options = { signal: new AbortController().signal, onProgress: () => {} };
const rows = (ids: readonly string[], ...data: number[]) => ({
  data: Float32Array.from(data),
  rows: ids.length,
  dim: 1,
  ids,
});

test('rows of an item are no rivals of each other, and the mean is to other items', async () => {
  const images = rows(['a', 'a', 'b', 'c'], 0, 0, 10, 20);
  const texts = rows(['a', 'a', 'b', 'c'], 3, 1, 19, 21);
  const found = await matchDistances(gpu, images, texts, options);
  expect([...found.own]).toEqual([3, 1, 9, 1]);
  expect([...found.rank]).toEqual([1, 1, 2, 1]); // of a's texts one is nearer to b's image, the other as near as its own
  expect([...found.nearest]).toEqual([0, 1, 0, 3]);
  expect(found.meanToOthers).toBeCloseTo((19 + 21 + 19 + 21 + 7 + 9 + 11 + 17 + 19 + 1) / 10, 5);
});

test('with an id a row, it is what it was', async () => {
  const ids = ['a', 'b', 'c'];
  const found = await matchDistances(gpu, rows(ids, 0, 5, 9), rows(ids, 6, 4, 9), options);
  expect([...found.rank]).toEqual([2, 1, 1]);
  expect([...found.nearest]).toEqual([1, 1, 2]);
  expect([...found.nearestDistance]).toEqual([4, 1, 0]);
});
