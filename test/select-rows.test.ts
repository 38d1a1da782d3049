import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { selectRows } from '../src/kernels/select-rows.ts';
import { testGpu } from './support/gpu.ts';
import { seededUniform } from './support/numbers.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

test.each([
  { width: 1, rows: [0] },
  { width: 65, rows: [4, 0, 4, 2] },
  { width: 130, rows: [8, 7, 6, 5, 4, 3, 2, 1, 0] },
])('takes the rows in the order asked for, some twice: %o', async ({ width, rows }) => {
  const x = seededUniform(9 * width, 1);
  const [input, wanted] = [gpu.upload(x, [9, width]), gpu.upload(Uint32Array.from(rows))];
  const { y } = await gpu.compute('select-rows', (cmd) => ({
    inputs: {},
    outputs: { y: selectRows(cmd, input, wanted) },
  }));
  expect([...y]).toEqual(rows.flatMap((row) => [...x.subarray(row * width, (row + 1) * width)]));
});
