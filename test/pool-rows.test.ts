import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { ShapeError } from '../src/errors.ts';
import { poolRows } from '../src/kernels/pool-rows.ts';
import { testGpu } from './support/gpu.ts';
import { maxAbsDiff, seededUniform } from './support/numbers.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

async function pooled(x: Float32Array, width: number, spans: readonly number[], by: 'mean' | 'max') {
  const input = gpu.upload(x, [x.length / width, width]);
  const wanted = gpu.upload(Uint32Array.from(spans), [spans.length / 2, 2]);
  const { y } = await gpu.compute('pool-rows', (cmd) => ({
    inputs: {},
    outputs: { y: poolRows(cmd, input, wanted, by) },
  }));
  return y as Float32Array;
}

/** In double precision. */
function expected(x: Float32Array, width: number, spans: readonly number[], by: 'mean' | 'max'): number[] {
  return Array.from({ length: spans.length / 2 }, (_, i) => {
    const [first = 0, count = 0] = spans.slice(2 * i);
    return Array.from({ length: width }, (_, c) => {
      const values = Array.from({ length: count }, (_, r) => x[(first + r) * width + c] ?? Number.NaN);
      return by === 'max' ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0) / count;
    });
  }).flat();
}

describe.each(['mean', 'max'] as const)('%s', (by) => {
  test.each([
    { width: 1, rows: [0] },
    { width: 65, rows: [4, 0, 4, 2] },
    { width: 130, rows: [8, 7, 6, 5, 4, 3, 2, 1, 0] },
  ])('of one row is that row, in the order asked for: %o', async ({ width, rows }) => {
    const x = seededUniform(9 * width, 1);
    const spans = rows.flatMap((row) => [row, 1]);
    expect([...(await pooled(x, width, spans, by))]).toEqual(expected(x, width, spans, by));
  });

  test.each([1, 64, 131])('of several rows, overlapping and not, %i wide', async (width) => {
    const x = seededUniform(300 * width, 2);
    const spans = [0, 3, 3, 1, 4, 257, 2, 298, 299, 1];
    const y = await pooled(x, width, spans, by);
    // A sum of 298 values below 1 in f32, divided by their number: some ulp of 1.
    expect(maxAbsDiff(y, expected(x, width, spans, by))).toBeLessThan(1e-6);
  });

  test('a value that is not finite is not hidden', async () => {
    for (const strange of [Number.NaN, -Number.POSITIVE_INFINITY]) {
      const x = Float32Array.of(1, 2, strange, 3, 4, 5);
      const [first, second] = await pooled(x, 1, [0, 4, 4, 2], by);
      expect(Number.isFinite(first)).toBe(false);
      expect(second).toBe(by === 'max' ? 5 : 4.5);
    }
  });
});

test('spans of another shape are a ShapeError', async () => {
  const x = gpu.upload(Float32Array.of(1, 2), [2, 1]);
  const rows = gpu.upload(Uint32Array.of(0, 1), [2]);
  await expect(
    gpu.compute('pool-rows', (cmd) => ({ inputs: {}, outputs: { y: poolRows(cmd, x, rows) } })),
  ).rejects.toThrow(ShapeError);
});
