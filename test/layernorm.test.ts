import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { ShapeError } from '../src/errors.ts';
import { layerNorm } from '../src/kernels/layernorm.ts';
import { testGpu } from './gpu.ts';
import { maxAbsDiff, seededNormal } from './numbers.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

/** The definition in double precision: the judge of this kernel. */
function reference(x: Float32Array, weight: Float32Array, bias: Float32Array, eps: number): number[] {
  const cols = weight.length;
  return Array.from(x, (value, i) => {
    const row = x.subarray(i - (i % cols), i - (i % cols) + cols);
    const mean = row.reduce((a, b) => a + b, 0) / cols;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / cols;
    return ((value - mean) / Math.sqrt(variance + eps)) * (weight[i % cols] ?? 0) + (bias[i % cols] ?? 0);
  });
}

test.each([
  { rows: 1, cols: 1, offset: 0 },
  { rows: 3, cols: 33, offset: 0 },
  { rows: 7, cols: 768, offset: 0 },
  { rows: 5, cols: 128, offset: 1000 }, // |mean| >> std, where E[x^2] - E[x]^2 would be noise
])('equals the definition in double precision: %o', async ({ rows, cols, offset }) => {
  const x = seededNormal(rows * cols, 1).map((v) => v + offset);
  const weight = seededNormal(cols, 2);
  const bias = seededNormal(cols, 3);
  const w = { weight: gpu.upload(weight), bias: gpu.upload(bias) };
  const input = gpu.upload(x, [rows, cols]);
  const { y } = await gpu.compute('layernorm', (cmd) => ({
    inputs: {},
    outputs: { y: layerNorm(cmd, input, w, 1e-6) },
  }));
  // f32 at |x| ~ 1000 has steps of 6e-5, which the division by std ~ 1 passes on.
  expect(maxAbsDiff(y, reference(x, weight, bias, 1e-6))).toBeLessThan(offset > 0 ? 1e-3 : 2e-5);
});

test('outlier channels do not overflow the statistics', async () => {
  const x = seededNormal(2 * 768, 4).map((v, i) => (i % 97 === 0 ? v * 1e4 : v));
  const ones = new Float32Array(768).fill(1);
  const w = { weight: gpu.upload(ones), bias: gpu.upload(new Float32Array(768)) };
  const input = gpu.upload(x, [2, 768]);
  const { y } = await gpu.compute('layernorm', (cmd) => ({
    inputs: {},
    outputs: { y: layerNorm(cmd, input, w, 1e-6) },
  }));
  expect(maxAbsDiff(y, reference(x, ones, new Float32Array(768), 1e-6))).toBeLessThan(2e-5);
});

test('a weight of the wrong length is a ShapeError that names it', async () => {
  const x = gpu.upload(new Float32Array(8), [2, 4]);
  const w = { weight: gpu.upload(new Float32Array(3)), bias: gpu.upload(new Float32Array(4)) };
  const build = gpu.compute('layernorm', (cmd) => ({
    inputs: {},
    outputs: { y: layerNorm(cmd, x, w, 1e-6) },
  }));
  await expect(build).rejects.toThrow(new ShapeError('layerNorm', 'weight', '[4]', [3]));
});
