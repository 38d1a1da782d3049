import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { linear } from '../src/kernels/gemm.ts';
import { gemmCandidates } from '../src/kernels/gemm-tile.ts';
import type { PackedMatrix } from '../src/kernels/packed-matrix.ts';
import { testGpu } from './gpu.ts';
import { maxAbsDiff, seededNormal } from './numbers.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

function pack(w: Float32Array, rows: number, cols: number): PackedMatrix {
  const words = new Float32Array(Math.ceil(rows / 4) * cols * 4);
  w.forEach((value, i) => {
    const [row, col] = [Math.floor(i / cols), i % cols];
    words[(Math.floor(row / 4) * cols + col) * 4 + (row % 4)] = value;
  });
  return { rows, cols, storage: 'f32', words: gpu.upload(words) };
}

/** x W^T in double precision. */
function product(x: Float32Array, w: Float32Array, K: number): number[] {
  const [M, N] = [x.length / K, w.length / K];
  return Array.from({ length: M * N }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += (x[Math.floor(i / N) * K + k] ?? 0) * (w[(i % N) * K + k] ?? 0);
    return sum;
  });
}

const shapes = [
  [1, 1, 4],
  [1, 5, 8],
  [17, 33, 12],
  [31, 32, 36],
  [33, 65, 100],
  [16, 64, 64],
  [5, 7, 3],
  [9, 130, 31],
] as const;

test.each(shapes)('M %i N %i K %i: equals the definition in double precision', async (M, N, K) => {
  const [x, w] = [seededNormal(M * K, 1), seededNormal(N * K, 2)];
  const weight = pack(w, N, K);
  const input = gpu.upload(x, [M, K]);
  for (const tile of gemmCandidates(gpu, { K })) {
    const { y } = await gpu.compute('gemm', (cmd) => ({
      inputs: {},
      outputs: { y: linear(cmd, input, { weight }, { tile }) },
    }));
    expect(maxAbsDiff(y, product(x, w, K)), JSON.stringify(tile)).toBeLessThan(1e-4);
  }
});
