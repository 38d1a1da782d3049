import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { ShapeError } from '../src/errors.ts';
import { layerNorm } from '../src/kernels/layernorm.ts';
import { asHardware, testGpu } from './support/gpu.ts';
import { maxAbsDiff, seededNormal } from './support/numbers.ts';

let software: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
});
afterAll(() => software.destroy());

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

async function normalized(
  gpu: Gpu,
  x: Float32Array,
  [weight, bias]: readonly [Float32Array, Float32Array],
  eps = 1e-6,
): Promise<Float32Array> {
  const w = { weight: gpu.upload(weight), bias: gpu.upload(bias) };
  const input = gpu.upload(x, [x.length / weight.length, weight.length]);
  const { y } = await gpu.compute('layernorm', (cmd) => ({
    inputs: {},
    outputs: { y: layerNorm(cmd, input, w, eps) },
  }));
  return y;
}

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
])('as on $variant', ({ of }) => {
  test.each([
    { rows: 1, cols: 1, offset: 0 },
    { rows: 3, cols: 33, offset: 0 },
    { rows: 7, cols: 768, offset: 0 },
    { rows: 5, cols: 128, offset: 1000 }, // |mean| >> std, where E[x^2] - E[x]^2 would be noise
  ])('equals the definition in double precision: %o', async ({ rows, cols, offset }) => {
    const x = seededNormal(rows * cols, 1).map((v) => v + offset);
    const w = [seededNormal(cols, 2), seededNormal(cols, 3)] as const;
    const y = await normalized(of(), x, w);
    // f32 at |x| ~ 1000 has steps of 6e-5, which the division by std ~ 1 passes on.
    expect(maxAbsDiff(y, reference(x, ...w, 1e-6))).toBeLessThan(offset > 0 ? 1e-3 : 2e-5);
  });

  test.each([1e-12, 1e-6, 1e-2])('eps of %d decides where the variance is small', async (eps) => {
    const x = seededNormal(4 * 96, 5).map((v) => v * 1e-4);
    const w = [seededNormal(96, 6), seededNormal(96, 7)] as const;
    expect(maxAbsDiff(await normalized(of(), x, w, eps), reference(x, ...w, eps))).toBeLessThan(2e-5);
  });

  test('outlier channels do not overflow the statistics', async () => {
    const x = seededNormal(2 * 768, 4).map((v, i) => (i % 97 === 0 ? v * 1e4 : v));
    const w = [new Float32Array(768).fill(1), new Float32Array(768)] as const;
    expect(maxAbsDiff(await normalized(of(), x, w), reference(x, ...w, 1e-6))).toBeLessThan(2e-5);
  });
});

test('more rows than an axis of workgroups has', async () => {
  const x = seededNormal(70_000 * 4, 8);
  const w = [seededNormal(4, 9), seededNormal(4, 10)] as const;
  // Of four values some are nearly equal: an eps that is large keeps their rounding small.
  expect(maxAbsDiff(await normalized(software, x, w, 1e-2), reference(x, ...w, 1e-2))).toBeLessThan(2e-5);
});

test('a weight of the wrong length is a ShapeError that names it', async () => {
  const gpu = software;
  const x = gpu.upload(new Float32Array(8), [2, 4]);
  const w = { weight: gpu.upload(new Float32Array(3)), bias: gpu.upload(new Float32Array(4)) };
  const build = gpu.compute('layernorm', (cmd) => ({
    inputs: {},
    outputs: { y: layerNorm(cmd, x, w, 1e-6) },
  }));
  await expect(build).rejects.toThrow(new ShapeError('layerNorm', 'weight', '[4]', [3]));
});
