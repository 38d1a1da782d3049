import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { l2Normalize } from '../src/kernels/l2-normalize.ts';
import golden from './golden/l2-normalize.json' with { type: 'json' };
import { testGpu } from './support/gpu.ts';
import { maxAbsDiff, seededUniform } from './support/numbers.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

async function normalized(x: Float32Array, cols: number): Promise<Float32Array> {
  const input = gpu.upload(x, [x.length / cols, cols]);
  const { y } = await gpu.compute('l2-normalize', (cmd) => ({
    inputs: {},
    outputs: { y: l2Normalize(cmd, input) },
  }));
  gpu.free(input);
  return y;
}

test('equals torch.nn.functional.normalize from rows of 0 to rows of 3.4e38', async () => {
  const y = await normalized(Float32Array.from(golden.x), golden.cols);
  expect(maxAbsDiff(y, golden.y)).toBeLessThan(3e-7); // a few steps of f32 below 1
  const zeroRow = y.subarray(golden.cols, 2 * golden.cols);
  expect(zeroRow.every((value) => value === 0)).toBe(true);
});

test('one row, and rows of the width of an embedding', async () => {
  for (const rows of [1, 33]) {
    const x = seededUniform(rows * 512, 2);
    const expected = Array.from({ length: rows }, (_, r) => {
      const row = x.subarray(r * 512, (r + 1) * 512);
      const norm = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
      return Array.from(row, (v) => v / norm);
    }).flat();
    expect(maxAbsDiff(await normalized(x, 512), expected)).toBeLessThan(3e-7);
  }
});

test('more rows than an axis of workgroups has', async () => {
  const y = await normalized(new Float32Array(65_535 * 32 + 1000).fill(-3), 1);
  expect(y.every((value) => value === -1)).toBe(true);
});
