import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { ShapeError } from '../src/errors.ts';
import { type LinearOptions, linear } from '../src/kernels/gemm/gemm.ts';
import {
  PANEL_GAP,
  type PackedMatrix,
  packedWords,
  type WeightStorage,
} from '../src/kernels/gemm/packed-matrix.ts';
import { storeRows } from '../src/kernels/gemm/repack.ts';
import { gemmCandidates } from '../src/kernels/gemm/tile.ts';
import { f16FromFloats } from '../weights/floats.ts';
import golden from './golden/gemm.json' with { type: 'json' };
import { asHardware, testGpu } from './support/gpu.ts';
import { maxAbsDiff, seededNormal } from './support/numbers.ts';

// Judges: the product in double precision; PyTorch's exact GELU (golden/gemm.py).

let software: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
});
afterAll(() => software.destroy());

// Where the matrix units are what is to be tested, a run without them must not pass for one.
test.runIf(process.env.BIOMEDCLIP_EXPECT === 'matrices')('the adapter has matrix units', () => {
  const tiles = gemmCandidates(hardware, { M: 40, N: 64, K: 64, storage: 'f16' });
  expect(tiles.map(({ family }) => family)).toContain('matrix');
});

/** The adapter's own tiles, and those that a GPU would get. */
const families = [
  { family: 'the adapter', of: () => software },
  { family: 'hardware', of: () => hardware },
];

/** The tile that compiles fastest, where one is as good as another. */
const smallest = (gpu: Gpu, M: number, N: number, K: number) =>
  gemmCandidates(gpu, { M, N, K, storage: 'f32' }).at(-1);

/** Values that f16 holds exactly, so that products are exact in whatever a tile multiplies. */
const seededHalves = (length: number, seed: number) =>
  seededNormal(length, seed).map((value) => Math.round(value * 64) / 64);

/** w `[rows, cols]` in panels. For the 16-bit storages its values must be exact in f16. */
function pack(
  gpu: Gpu,
  w: Float32Array,
  rows: number,
  cols: number,
  storage: WeightStorage = 'f32',
): PackedMatrix {
  const panels = new Float32Array(Math.ceil(rows / 4) * (cols + PANEL_GAP) * 4).fill(99); // nobody may read the gap
  w.forEach((value, i) => {
    const [row, col] = [Math.floor(i / cols), i % cols];
    panels[(Math.floor(row / 4) * (cols + PANEL_GAP) + col) * 4 + (row % 4)] = value;
  });
  const words = storage === 'f32' ? panels : new Uint32Array(f16FromFloats(panels).buffer);
  return { rows, cols, storage, words: gpu.upload(words) };
}

/** w `[rows, cols]` as the uploader packs it in int8. */
async function packInt8(gpu: Gpu, w: Float32Array, rows: number, cols: number): Promise<PackedMatrix> {
  const words = gpu.empty([packedWords(rows, cols, 'q8')], 'u32');
  const target = { words, storage: 'q8', order: 'panels', firstRow: 0 } as const;
  await storeRows(gpu, gpu.empty([w.length]), w, cols, target);
  return { rows, cols, storage: 'q8', words };
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

async function run(
  gpu: Gpu,
  x: Float32Array,
  layer: { weight: PackedMatrix; bias?: Float32Array },
  { addTo, ...options }: Omit<LinearOptions, 'addTo'> & { addTo?: Float32Array } = {},
): Promise<Float32Array> {
  const { weight } = layer;
  const M = x.length / weight.cols;
  const input = gpu.upload(x, [M, weight.cols]);
  const bias = layer.bias && gpu.upload(layer.bias);
  const target = addTo && gpu.upload(addTo, [M, weight.rows]);
  const { y } = await gpu.compute('gemm', (cmd) => ({
    inputs: {},
    outputs: { y: linear(cmd, input, { weight, bias }, { ...options, addTo: target }) },
  }));
  return y;
}

describe.each(families)('tiles of $family', ({ of }) => {
  test.each([
    [1, 1, 4],
    [1, 5, 8],
    [17, 33, 12],
    [31, 32, 36],
    [32, 31, 32],
    [33, 65, 100],
    [65, 33, 28],
    [16, 64, 64],
    [41, 70, 50],
  ] as const)('M %i N %i K %i: each equals the definition', async (M, N, K) => {
    const [x, w] = [seededNormal(M * K, 1), seededNormal(N * K, 2)];
    for (const tile of gemmCandidates(of(), { M, N, K, storage: 'f32' })) {
      const y = await run(of(), x, { weight: pack(of(), w, N, K) }, { tile });
      expect(maxAbsDiff(y, product(x, w, K)), JSON.stringify(tile)).toBeLessThan(1e-4);
    }
  });

  test.each([
    [5, 7, 3],
    [9, 130, 31],
    [33, 6, 33],
  ] as const)('M %i N %i K %i, K no multiple of 4', async (M, N, K) => {
    const [x, w] = [seededNormal(M * K, 3), seededNormal(N * K, 4)];
    const tile = smallest(of(), M, N, K);
    const y = await run(of(), x, { weight: pack(of(), w, N, K) }, { tile });
    expect(maxAbsDiff(y, product(x, w, K))).toBeLessThan(1e-4);
  });

  const storages = (['f16', 'packed16'] as const).flatMap((storage) =>
    (
      [
        [19, 37, 44],
        [70, 130, 96],
        [5, 7, 3],
        [129, 66, 33],
      ] as const
    ).map((shape) => ({ storage, shape })),
  );
  test.each(storages)(
    'weights in $storage, M N K $shape: each tile equals the definition',
    async ({ storage, shape: [M, N, K] }) => {
      if (storage === 'f16' && !of().info.features.has('shader-f16')) return;
      const [x, w] = [seededHalves(M * K, 5), seededHalves(N * K, 6)];
      for (const tile of gemmCandidates(of(), { M, N, K, storage })) {
        const y = await run(of(), x, { weight: pack(of(), w, N, K, storage) }, { tile });
        expect(maxAbsDiff(y, product(x, w, K)), JSON.stringify(tile)).toBeLessThan(1e-4);
      }
    },
  );

  test.each([
    [19, 37, 44],
    [129, 66, 33],
    [5, 7, 3],
  ])('weights in int8, M %i N %i K %i: each tile equals the definition', async (M, N, K) => {
    // Each row's largest is 127 times its scale, a power of two, so that the scales are found exactly.
    const scales = Float32Array.from({ length: N }, (_, row) => 2 ** ((row % 7) - 9));
    const quantized = Int8Array.from(seededNormal(N * K, 6), (value, i) =>
      i % K === 1 ? -127 : Math.max(-126, Math.min(126, 40 * value)),
    );
    const w = Float32Array.from(quantized, (q, i) => q * (scales[Math.floor(i / K)] ?? 0));
    const x = seededHalves(M * K, 5);
    const weight = await packInt8(of(), w, N, K);
    for (const tile of gemmCandidates(of(), { M, N, K, storage: 'q8' })) {
      const y = await run(of(), x, { weight }, { tile });
      // Matrix units multiply q / 127 rounded to f16.
      const tolerance = tile.family === 'matrix' ? 2e-2 : 1e-4;
      expect(maxAbsDiff(y, product(x, w, K)), JSON.stringify(tile)).toBeLessThan(tolerance);
    }
  });

  test.each(['gelu', 'quickGelu', 'geluTanh', 'tanh'] as const)(
    '%s equals PyTorch from the far negative to the far positive',
    async (activation) => {
      const table = golden[activation];
      const x = Float32Array.from(table.flatMap(([value = 0]) => [value, 0, 0, 0]));
      const weight = pack(of(), Float32Array.of(1, 0, 0, 0), 1, 4);
      const y = await run(of(), x, { weight }, { activation });
      table.forEach(([at = 0, expected = 0], i) => {
        // GELU's erfc is good to 1.5e-7, of which it takes half times x; the others' exp is good to a few steps of f32.
        const tolerance = 0.75e-7 * Math.min(Math.abs(at), 10) + 2.5e-7 * Math.abs(expected);
        expect(Math.abs((y[i] ?? Number.NaN) - expected), `${activation}(${at})`).toBeLessThanOrEqual(
          tolerance,
        );
      });
    },
  );

  const flags = [false, true];
  const epilogues = flags.flatMap((bias) =>
    flags.flatMap((gelu) => flags.map((addTo) => ({ bias, gelu, addTo }))),
  );
  test.each(epilogues)('epilogue %o', async ({ bias, gelu, addTo }) => {
    // Sums of a few binary digits are exact, so that what GELU is given is a value of the golden table.
    const table = golden.gelu.filter(([at = 0]) => Math.abs(at) >= 0.5 && Math.abs(at) <= 6);
    const biases = Float32Array.of(0.5, -1, 2.25, 0, 7);
    const N = biases.length;
    const x = Float32Array.from(table.flatMap(([at = 0]) => [at, 1, 0, 0]));
    const w = Float32Array.from([...biases].flatMap((b) => [1, bias ? -b : 0, 0, 0]));
    const before = seededNormal(table.length * N, 7);
    const y = await run(
      of(),
      x,
      { weight: pack(of(), w, N, 4), bias: bias ? biases : undefined },
      { activation: gelu ? 'gelu' : undefined, addTo: addTo ? before : undefined },
    );
    const expected = table.flatMap(([at = 0, activated = 0], row) =>
      Array.from(biases, (_, n) => (gelu ? activated : at) + (addTo ? (before[row * N + n] ?? 0) : 0)),
    );
    expect(maxAbsDiff(y, expected)).toBeLessThan(2e-6);
  });
});

describe('a tensor that does not fit is a ShapeError that names it', () => {
  const build = (change: { x?: number[]; bias?: number[]; addTo?: number[] }) => {
    const gpu = software;
    const x = gpu.empty(change.x ?? [3, 8]);
    const bias = gpu.empty(change.bias ?? [5]);
    const addTo = change.addTo && gpu.empty(change.addTo);
    const weight = pack(gpu, new Float32Array(40), 5, 8);
    return gpu.compute('gemm', (cmd) => ({
      inputs: {},
      outputs: { y: linear(cmd, x, { weight, bias }, { addTo }) },
    }));
  };
  test.each([
    [{ x: [3, 7] }, new ShapeError('linear', 'x', '[..., 8]', [3, 7])],
    [{ bias: [4] }, new ShapeError('linear', 'bias', '[5]', [4])],
    [{ bias: [1, 5] }, new ShapeError('linear', 'bias', '[5]', [1, 5])],
    [{ addTo: [3, 8] }, new ShapeError('linear', 'addTo', '[3, 5]', [3, 8])],
  ])('%o', async (change, error) => {
    await expect(build(change)).rejects.toThrow(error);
  });
});
