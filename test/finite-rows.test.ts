// Judge: Number.isFinite on every value.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { finiteRows } from '../src/kernels/finite-rows.ts';
import { testGpu } from './support/gpu.ts';
import { seededUniform } from './support/numbers.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

async function flags(x: Float32Array, cols: number): Promise<number[]> {
  const input = gpu.upload(x, [x.length / cols, cols]);
  const { finite } = await gpu.compute('finite-rows', (cmd) => ({
    inputs: {},
    outputs: { finite: finiteRows(cmd, input) },
  }));
  gpu.free(input);
  return [...finite];
}

test.each([
  [1, 1],
  [1, 512],
  [33, 512],
  [65, 31],
])('a NaN or infinity anywhere in a row of [%i, %i]', async (rows, cols) => {
  const x = seededUniform(rows * cols, 4);
  expect(await flags(x, cols)).toEqual(new Array(rows).fill(1));
  const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [i, at] of [0, Math.floor(x.length / 2), x.length - 1].entries()) x[at] = strange[i] ?? 0;
  const expected = Array.from({ length: rows }, (_, r) =>
    Number(x.subarray(r * cols, (r + 1) * cols).every(Number.isFinite)),
  );
  expect(expected).toContain(0);
  expect(await flags(x, cols)).toEqual(expected);
});

test('the largest finite values, denormals and zeros are finite; any NaN is not', async () => {
  const bits = new Uint32Array([
    0x7f7fffff, 0xff7fffff, 0x00800000, 0x00000001, 0x80000000, 0, 0x7f800000, 0xff800000, 0x7f800001,
    0x7fc00000, 0xffffffff,
  ]);
  expect(await flags(new Float32Array(bits.buffer), 1)).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
});

test('more rows than an axis of workgroups has', async () => {
  const x = new Float32Array(65_535 * 32 + 1000);
  x[x.length - 1] = Number.NaN;
  const finite = await flags(x, 1);
  expect(finite.indexOf(0)).toBe(x.length - 1);
});
