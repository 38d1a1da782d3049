import { expect, test } from 'vitest';
import type { DecodedImage } from '../src/image/decoded-image.ts';
import {
  type AxisPlan,
  PRECISION_BITS,
  planResample,
  type ResamplePlan,
  ResamplePlans,
} from '../src/image/resample-plan.ts';
import { decodeImage } from '../src/node/decode-image.ts';
import { expectedPixels, goldenImages, inputFile } from './support/golden-images.ts';

// Judge: Pillow's pixels (test/golden/images/make.py). The plan is carried out here in plain loops, so that a
// difference found by resize.test.ts is the shader's.
test.each(goldenImages)('the plan gives the pixels of Pillow: $name', async (golden) => {
  const image = await decodeImage(inputFile(golden), { window: golden.window });
  const pixels = carryOut(planResample(image, golden.size), image);
  expect(Buffer.from(pixels).equals(Buffer.from(await expectedPixels(golden)))).toBe(true);
});

// Judge: torchvision's formulas, by hand. (225 - 224) / 2 = 0.5 rounds to 0, (227 - 224) / 2 = 1.5 to 2.
test.each([
  { width: 225, height: 224, first: 0 },
  { width: 227, height: 224, first: 2 },
  { width: 229, height: 224, first: 2 },
])('crops $width columns to 224 from column $first', ({ width, height, first }) => {
  const { columns } = planResample({ width, height, mode: 'rgb' }, 224);
  expect([columns.first, columns.count, columns.taps]).toEqual([first, 224, 1]);
});

test('reads only what the crop keeps', () => {
  const { columns, rows } = planResample({ width: 100_000, height: 100, mode: 'rgb' }, 224);
  expect(columns.count).toBeLessThan(110);
  expect(rows.count).toBe(100);
});

test('sums of 22-bit coefficients and bytes fit in int32 at any scale', () => {
  for (const width of [1, 3, 50, 223, 225, 500, 7919, 60_000]) {
    const { columns } = planResample({ width, height: width, mode: 'rgb' }, 224);
    const { coefficients, taps } = columns;
    for (let row = 0; row < 224; row++) {
      const magnitudes = coefficients.subarray(row * taps, (row + 1) * taps).map(Math.abs);
      const worst = magnitudes.reduce((sum, c) => sum + c, 0) * 255 + 2 ** (PRECISION_BITS - 1);
      expect(worst).toBeLessThan(2 ** 31);
    }
  }
});

/** RGB bytes `[size, size, 3]`. */
function carryOut({ size, columns, rows, multiplyAlpha }: ResamplePlan, image: DecodedImage): Uint8Array {
  const source = new Uint8Array(image.data);
  if (multiplyAlpha)
    eachPixel(source, ([r, g, b, a]) => [mulDiv255(r, a), mulDiv255(g, a), mulDiv255(b, a), a]);
  const narrow = new Uint8Array(rows.count * size * 4); // [rows, size, 4]
  for (let y = 0; y < rows.count; y++) {
    const at = (x: number) => ((rows.first + y) * image.width + columns.first + x) * 4;
    for (let x = 0; x < size; x++) weigh(columns, x, source, at, narrow, (y * size + x) * 4);
  }
  const square = new Uint8Array(size * size * 4);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      weigh(rows, y, narrow, (row) => (row * size + x) * 4, square, (y * size + x) * 4);
    }
  }
  if (multiplyAlpha) {
    const divide = (v: number, a: number) => (a === 0 ? v : Math.min(255, Math.trunc((255 * v) / a)));
    eachPixel(square, ([r, g, b, a]) => [divide(r, a), divide(g, a), divide(b, a), a]);
  }
  if (image.mode === 'cmyk') {
    const ink = (v: number, k: number) => Math.max(0, 255 - k - mulDiv255(v, 255 - k));
    eachPixel(square, ([c, m, y, k]) => [ink(c, k), ink(m, k), ink(y, k), 255]);
  }
  return square.filter((_, i) => i % 4 < 3);
}

function weigh(
  plan: AxisPlan,
  i: number,
  input: Uint8Array,
  at: (tap: number) => number,
  output: Uint8Array,
  to: number,
): void {
  const [start = 0, taps = 0] = plan.bounds.subarray(2 * i, 2 * i + 2);
  for (let c = 0; c < 4; c++) {
    let sum = 2 ** (PRECISION_BITS - 1);
    for (let t = 0; t < taps; t++) {
      sum += (plan.coefficients[i * plan.taps + t] ?? 0) * (input[at(start + t) + c] ?? 0);
    }
    output[to + c] = Math.min(255, Math.max(0, sum >> PRECISION_BITS));
  }
}

type Pixel = [number, number, number, number];

function eachPixel(data: Uint8Array, change: (pixel: Pixel) => Pixel): void {
  for (let i = 0; i < data.length; i += 4) data.set(change([...data.subarray(i, i + 4)] as Pixel), i);
}

/** Pillow's a * b / 255 rounded, without a division. */
function mulDiv255(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

test('plans are kept by what they depend on, and only so many', () => {
  const plans = new ResamplePlans();
  const image = (width: number, mode: DecodedImage['mode'] = 'rgb') =>
    ({ width, height: 50, mode, data: new Uint8Array() }) satisfies DecodedImage;
  const first = plans.of(image(60), 32);
  expect(first).toEqual(planResample(image(60), 32));
  expect(plans.of(image(60), 32)).toBe(first);
  expect(plans.of(image(60, 'rgba'), 32)).toEqual(planResample(image(60, 'rgba'), 32));
  expect(plans.of(image(60), 16)).toEqual(planResample(image(60), 16));
  for (let width = 100; width < 200; width++) plans.of(image(width), 32);
  expect(plans.of(image(60), 32)).not.toBe(first);
});
