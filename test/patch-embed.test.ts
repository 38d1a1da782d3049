import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { ShapeError } from '../src/errors.ts';
import { patchEmbed } from '../src/kernels/patch-embed.ts';
import { WeightUploader } from '../src/model/weight-uploader.ts';
import golden from './golden/patch-embed.json' with { type: 'json' };
import { testGpu } from './support/gpu.ts';
import { floatsFromBase64, maxAbsDiff, seededUniform } from './support/numbers.ts';
import { tensorReader } from './support/tensor-reader.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

const { B, S, P, C } = golden;
const T = (S / P) ** 2 + 1;
const [r = 0, g = 0, b = 0] = golden.mean;
const [sr = 1, sg = 1, sb = 1] = golden.std;
const normalization = { mean: [r, g, b], std: [sr, sg, sb] } as const;

/** Bytes R, G, B of each pixel, as the script makes them, in words; byte 3 is no part of the image. */
function pixelWords(): Uint32Array {
  const bytes = Array.from(seededUniform(B * S * S * 3, 1), (v) => Math.floor((v + 1) * 128));
  return Uint32Array.from({ length: B * S * S }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = bytes.slice(3 * i);
    return red + green * 256 + blue * 65536 + 0xff000000;
  });
}

async function weights(positions = T) {
  const reader = tensorReader({
    'proj.weight': { shape: [C, 3, P, P], values: seededUniform(C * 3 * P * P, 2) },
    'proj.bias': { shape: [C], values: seededUniform(C, 3) },
  });
  return {
    proj: await new WeightUploader(gpu, reader, 'f32').linear('proj'),
    cls: gpu.upload(seededUniform(C, 4)),
    positions: gpu.upload(seededUniform(T * C, 5).subarray(0, positions * C), [positions, C]),
  };
}

// Judge: torch.nn.functional.conv2d in double precision (golden/patch-embed.py).
test('equals PyTorch: a convolution, the class token in front, positions added', async () => {
  const pixels = gpu.upload(pixelWords(), [B, S, S]);
  const w = await weights();
  const { x } = await gpu.compute('patch-embed', (cmd) => ({
    inputs: {},
    outputs: { x: patchEmbed(cmd, pixels, w, P, normalization) },
  }));
  // Sums of 48 products of up to 2.7; f32 has steps of 1e-6 at 10.
  expect(maxAbsDiff(x, floatsFromBase64(golden.y))).toBeLessThan(2e-5);
});

test('positions for another number of patches are a ShapeError', async () => {
  const pixels = gpu.empty([B, S, S], 'u32');
  const w = await weights(T - 1);
  const build = gpu.compute('patch-embed', (cmd) => ({
    inputs: {},
    outputs: { x: patchEmbed(cmd, pixels, w, P, normalization) },
  }));
  await expect(build).rejects.toThrow(new ShapeError('patchEmbed', 'positions', `[${T}, C]`, [T - 1, C]));
});

test('a side that is no multiple of the patch is a ShapeError', async () => {
  const pixels = gpu.empty([1, 10, 10], 'u32');
  const w = await weights();
  const build = gpu.compute('patch-embed', (cmd) => ({
    inputs: {},
    outputs: { x: patchEmbed(cmd, pixels, w, P, normalization) },
  }));
  await expect(build).rejects.toThrow(ShapeError);
});
