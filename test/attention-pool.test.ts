import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { ShapeError } from '../src/errors.ts';
import { attentionPool } from '../src/kernels/attention-pool.ts';
import { testGpu } from './support/gpu.ts';
import { maxAbsDiff, seededUniform } from './support/numbers.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

async function pooled(q: Float32Array, kv: Float32Array, spans: readonly number[], heads: number) {
  const width = q.length;
  const inputs = [gpu.upload(q, [1, width]), gpu.upload(kv, [kv.length / (2 * width), 2 * width])] as const;
  const wanted = gpu.upload(Uint32Array.from(spans), [spans.length / 2, 2]);
  const { y } = await gpu.compute('attention-pool', (cmd) => ({
    inputs: {},
    outputs: { y: attentionPool(cmd, ...inputs, wanted, heads) },
  }));
  return y as Float32Array;
}

/** softmax(q k^T / sqrt(d)) v in double precision. */
function expected(q: Float32Array, kv: Float32Array, spans: readonly number[], heads: number): number[] {
  const [width, d] = [q.length, q.length / heads];
  return Array.from({ length: spans.length / 2 }, (_, i) => {
    const [first = 0, count = 0] = spans.slice(2 * i);
    const rows = Array.from({ length: count }, (_, r) => kv.subarray((first + r) * 2 * width));
    return Array.from({ length: heads }, (_, h) => {
      const scores = rows.map((row) => {
        let score = 0;
        for (let c = h * d; c < (h + 1) * d; c++) score += (q[c] ?? 0) * (row[c] ?? 0);
        return score / Math.sqrt(d);
      });
      const weights = scores.map((score) => Math.exp(score - Math.max(...scores)));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return Array.from({ length: d }, (_, c) =>
        rows.reduce((sum, row, r) => sum + ((weights[r] ?? 0) / total) * (row[width + h * d + c] ?? 0), 0),
      );
    }).flat();
  }).flat();
}

test.each([
  { heads: 1, headWidth: 4, scale: 1 },
  { heads: 3, headWidth: 72, scale: 1 },
  { heads: 2, headWidth: 128, scale: 1 },
  { heads: 2, headWidth: 64, scale: 40 }, // scores of -80 to 80
])(
  'equals a query of double precision: $heads heads of $headWidth, values of $scale',
  async ({ heads, headWidth, scale }) => {
    const width = heads * headWidth;
    const q = seededUniform(width, 1).map((value) => value * scale);
    const kv = seededUniform(200 * 2 * width, 2);
    const spans = [1, 196, 0, 1, 3, 64, 67, 65, 5, 63];
    // Sums of 196 values below 1 with weights of 1 in all.
    expect(maxAbsDiff(await pooled(q, kv, spans, heads), expected(q, kv, spans, heads))).toBeLessThan(3e-6);
  },
);

test.each([
  { name: 'q', heads: 1, q: [1, 6], kv: [3, 12], spans: [1, 2] },
  { name: 'q', heads: 1, q: [1, 260], kv: [3, 520], spans: [1, 2] },
  { name: 'kv', heads: 2, q: [1, 8], kv: [3, 8], spans: [1, 2] },
  { name: 'spans', heads: 2, q: [1, 8], kv: [3, 16], spans: [2] },
])('$name of another shape is a ShapeError: $q, $kv, $spans', async ({ name, heads, ...shapes }) => {
  const [q, kv] = [gpu.empty(shapes.q, 'f32'), gpu.empty(shapes.kv, 'f32')];
  const spans = gpu.empty(shapes.spans, 'u32');
  const build = gpu.compute('attention-pool', (cmd) => ({
    inputs: {},
    outputs: { y: attentionPool(cmd, q, kv, spans, heads) },
  }));
  await expect(build).rejects.toThrow(ShapeError);
  await expect(build).rejects.toThrow(name);
});
