// The judges are NumPy, SciPy and scikit-learn (golden/closing/closed-forms.py).

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyMap } from '../src/closing/affine-map.ts';
import { fitMaps } from '../src/closing/methods.ts';
import { unitRows } from '../src/closing/sample.ts';
import type { ClosingMethod } from '../src/closing-data.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { dot } from '../src/metrics/linear-algebra.ts';
import { sampleOf } from '../src/metrics/random.ts';
import { take } from '../src/metrics/vectors.ts';
import { testGpu } from './support/gpu.ts';
import { maxAbsDiff } from './support/numbers.ts';

interface Case {
  readonly rows: number;
  readonly fit: number;
  readonly dim: number;
  readonly images: readonly number[];
  readonly texts: readonly number[];
  readonly shrinkage: { readonly images: number; readonly texts: number };
  readonly methods: readonly {
    readonly method: Exclude<ClosingMethod, 'head'>;
    readonly strength: number;
    readonly cosines: readonly number[];
  }[];
}
const golden: Case[] = JSON.parse(
  readFileSync(new URL('golden/closing/closed-forms.json', import.meta.url), 'utf8'),
);

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

describe.each(golden)('$fit pairs of $dim dimensions', ({ rows, fit, dim, shrinkage, methods, ...data }) => {
  const images = unitRows('images', { data: Float32Array.from(data.images), rows, dim });
  const texts = unitRows('texts', { data: Float32Array.from(data.texts), rows, dim });
  const [fitted, others] = [indices(0, fit), indices(fit, rows)];
  const sample = { images: take(images, fitted), texts: take(texts, fitted), paired: true };

  test('draws the anchors that the judge has', () => {
    expect([...sampleOf(0, fit / 3, fit)]).toEqual(
      fit === 30 ? [0, 3, 4, 8, 13, 16, 18, 20, 24, 28] : [2, 3, 4, 8, 12, 16],
    );
  });

  test.each(methods)(
    '$method at strength $strength agrees with NumPy',
    async ({ method, strength, cosines }) => {
      const maps = await fitMaps(gpu, sample, { method, strength });
      const closed = [
        await applyMap(gpu, 'images', maps.images, take(images, others)),
        await applyMap(gpu, 'texts', maps.texts, take(texts, others)),
      ];
      // f32 products of covariances whose condition is up to 1e3
      expect(maxAbsDiff(cosinesOf(closed, maps.images.outDim), cosines)).toBeLessThan(1e-4);
      if (['center', 'shift', 'local'].includes(method)) return; // fitted without these covariances
      expect(maps.shrinkage?.images).toBeCloseTo(shrinkage.images, 5);
      expect(maps.shrinkage?.texts).toBeCloseTo(shrinkage.texts, 5);
    },
  );
});

function indices(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** Of every row with every row, of length 1. */
function cosinesOf(parts: readonly Float32Array[], dim: number): number[] {
  const rows = parts.flatMap((part) =>
    Array.from({ length: part.length / dim }, (_, i) => part.subarray(i * dim, (i + 1) * dim)),
  );
  return rows.flatMap((a) => rows.map((b) => dot(a, b)));
}
