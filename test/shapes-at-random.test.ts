import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { linear } from '../src/kernels/gemm/gemm.ts';
import { packedWords } from '../src/kernels/gemm/packed-matrix.ts';
import { storeRows } from '../src/kernels/gemm/repack.ts';
import { gemmCandidates } from '../src/kernels/gemm/tile.ts';
import { l2Normalize } from '../src/kernels/l2-normalize.ts';
import { layerNorm } from '../src/kernels/layernorm.ts';
import { similarityMatrix } from '../src/metrics/similarity/similarity.ts';
import { asHardware, testGpu } from './support/gpu.ts';
import { maxAbsDiff, seededNormal } from './support/numbers.ts';

// Kernels at shapes that nobody chose, at and beside the edges of tiles and workgroups. The judge: double precision.
// FUZZ_SEED and FUZZ_CASES take others, and more.

let software: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
});
afterAll(() => software.destroy());

/** Small numbers, and those beside powers of two. */
const side = (most: number) =>
  fc.oneof(
    fc.integer({ min: 1, max: most }),
    fc
      .tuple(fc.integer({ min: 0, max: Math.floor(Math.log2(most - 1)) }), fc.integer({ min: -1, max: 1 }))
      .map(([power, beside]) => Math.max(1, 2 ** power + beside)),
  );

/** Of so many shapes, each with a seed for its values. */
async function each(
  sides: readonly number[],
  holds: (shape: readonly number[], seed: number) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(fc.tuple(...sides.map(side)), fc.nat(999), holds);
  const numRuns = Number(process.env.FUZZ_CASES ?? 25);
  await fc.assert(property, { seed: Number(process.env.FUZZ_SEED ?? 1), numRuns });
}

const sumOf = (count: number, term: (i: number) => number) => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += term(i);
  return sum;
};

/** a b^T in double precision, of rows of K values. */
function product(a: Float32Array, b: Float32Array, K: number): number[] {
  const [M, N] = [a.length / K, b.length / K];
  return Array.from({ length: M * N }, (_, i) =>
    sumOf(K, (k) => (a[Math.floor(i / N) * K + k] ?? 0) * (b[(i % N) * K + k] ?? 0)),
  );
}

/** Rows of length 1 in double precision. */
function directions(x: Float32Array, cols: number): number[] {
  return Array.from({ length: x.length / cols }, (_, row) => {
    const values = Array.from(x.subarray(row * cols, (row + 1) * cols));
    const length = Math.sqrt(sumOf(cols, (k) => (values[k] ?? 0) ** 2));
    return values.map((value) => value / length);
  }).flat();
}

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
])('on $variant', ({ of }) => {
  test('GEMM, by every tile', async () => {
    await each([140, 140, 140], async ([M = 1, N = 1, K = 1], seed) => {
      const [x, w] = [seededNormal(M * K, seed), seededNormal(N * K, seed + 1)];
      const words = of().empty([packedWords(N, K, 'f32')]);
      await storeRows(of(), of().empty([w.length]), w, K, {
        words,
        storage: 'f32',
        order: 'panels',
        firstRow: 0,
      });
      const weight = { rows: N, cols: K, storage: 'f32', words } as const;
      const input = of().upload(x, [M, K]);
      const expected = product(x, w, K);
      for (const tile of gemmCandidates(of(), { M, N, K, storage: 'f32' })) {
        const { y } = await of().compute('gemm', (cmd) => ({
          inputs: {},
          outputs: { y: linear(cmd, input, { weight }, { tile }) },
        }));
        expect(maxAbsDiff(y, expected), JSON.stringify(tile)).toBeLessThan(1e-4);
      }
      for (const one of [input, words]) of().free(one);
    });
  });

  test('LayerNorm', async () => {
    await each([300, 1200], async ([rows = 1, cols = 1], seed) => {
      const x = seededNormal(rows * cols, seed);
      const [weight, bias] = [seededNormal(cols, seed + 1), seededNormal(cols, seed + 2)];
      const held = [of().upload(weight), of().upload(bias), of().upload(x, [rows, cols])] as const;
      const { y } = await of().compute('layernorm', (cmd) => ({
        inputs: {},
        outputs: { y: layerNorm(cmd, held[2], { weight: held[0], bias: held[1] }, 1e-2) },
      }));
      const expected = Array.from({ length: rows }, (_, row) => {
        const values = Array.from(x.subarray(row * cols, (row + 1) * cols));
        const mean = sumOf(cols, (k) => values[k] ?? 0) / cols;
        const variance = sumOf(cols, (k) => ((values[k] ?? 0) - mean) ** 2) / cols;
        return values.map(
          (value, k) => ((value - mean) / Math.sqrt(variance + 1e-2)) * (weight[k] ?? 0) + (bias[k] ?? 0),
        );
      }).flat();
      expect(maxAbsDiff(y, expected)).toBeLessThan(5e-5);
      for (const one of held) of().free(one);
    });
  });

  test('rows of length 1', async () => {
    await each([300, 1200], async ([rows = 1, cols = 1], seed) => {
      const x = seededNormal(rows * cols, seed);
      const input = of().upload(x, [rows, cols]);
      const { y } = await of().compute('l2', (cmd) => ({
        inputs: {},
        outputs: { y: l2Normalize(cmd, input) },
      }));
      expect(maxAbsDiff(y, directions(x, cols))).toBeLessThan(1e-6);
      of().free(input);
    });
  });

  test('cosines, and the best of them', async () => {
    await each([150, 150, 140, 150], async ([n = 1, m = 1, dim = 1, most = 1], seed) => {
      const [a, b] = [
        { data: seededNormal(n * dim, seed), rows: n, dim },
        { data: seededNormal(m * dim, seed + 1), rows: m, dim },
      ];
      const matrix = await similarityMatrix(of(), a, b);
      const expected = product(
        Float32Array.from(directions(a.data, dim)),
        Float32Array.from(directions(b.data, dim)),
        dim,
      );
      expect(maxAbsDiff(matrix.data, expected)).toBeLessThan(1e-6);
      const topK = Math.min(m, most);
      const best = await similarityMatrix(of(), a, b, { topK });
      expect([best.rows, best.k]).toEqual([n, topK]);
      for (let row = 0; row < n; row++) {
        const cosines = matrix.data.subarray(row * m, (row + 1) * m);
        const order = Array.from(cosines.keys()).sort(
          (i, j) => (cosines[j] ?? 0) - (cosines[i] ?? 0) || i - j,
        );
        expect([...best.indices.subarray(row * topK, (row + 1) * topK)]).toEqual(order.slice(0, topK));
      }
    });
  });
});
