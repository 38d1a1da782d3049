import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { ShapeError } from '../src/errors.ts';
import { addScaled } from '../src/kernels/add-scaled.ts';
import { poolRows } from '../src/kernels/pool-rows.ts';
import { testGpu } from './support/gpu.ts';
import { maxAbsDiff, seededUniform } from './support/numbers.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

const N = 3;
const rows = Uint32Array.from({ length: 2 * N }, (_, i) => (i % 2 === 0 ? i / 2 : 1));

async function added(x: Float32Array, y: Float32Array, scale: Float32Array) {
  const [start, more] = [gpu.upload(x, [N, x.length / N]), gpu.upload(y, [N, y.length / N])];
  const [spans, by] = [gpu.upload(rows, [N, 2]), gpu.upload(scale)];
  const { sum } = await gpu.compute('add-scaled', (cmd) => {
    const sum = poolRows(cmd, start, spans); // a copy
    addScaled(cmd, sum, more, by);
    return { inputs: {}, outputs: { sum } };
  });
  return sum as Float32Array;
}

test.each([1, 65, 256])('adds what is scaled by channel, %i wide', async (C) => {
  const [x, y, scale] = [seededUniform(N * C, 1), seededUniform(N * C, 2), seededUniform(C, 3)];
  const expected = Array.from(x, (value, i) => value + (scale[i % C] ?? 0) * (y[i] ?? 0));
  expect(maxAbsDiff(await added(x, y, scale), expected)).toBeLessThan(2e-7); // one or two roundings below 2
});

test('other shapes are a ShapeError', async () => {
  const x = seededUniform(N * 4, 1);
  await expect(added(x, x, seededUniform(3, 2))).rejects.toThrow(ShapeError);
  await expect(added(x, seededUniform(N * 5, 1), seededUniform(4, 2))).rejects.toThrow(ShapeError);
});
