import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { ShapeError } from '../src/errors.ts';
import { PANEL_GAP, packedWords } from '../src/kernels/gemm/packed-matrix.ts';
import { WeightUploader } from '../src/model/weight-uploader.ts';
import golden from './golden/weight-uploader.json' with { type: 'json' };
import { testGpu } from './support/gpu.ts';
import { seededUniform } from './support/numbers.ts';
import { readTensor } from './support/read-tensor.ts';
import { tensorReader } from './support/tensor-reader.ts';

// Judges: the order `[ceil(R / 4), K + gap, 4]` written out element by element; numpy's float16 (golden/weight-uploader.py).

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

/** What the GEMM should find at panel, column and row of a weight `[rows, cols]`, with zeros in the gaps. */
function panels(w: Float32Array, cols: number): number[] {
  const rows = w.length / cols;
  const ordered: number[] = [];
  for (let panel = 0; panel < Math.ceil(rows / 4); panel++)
    for (let col = 0; col < cols + PANEL_GAP; col++)
      for (let row = 4 * panel; row < 4 * panel + 4; row++)
        ordered.push(row < rows && col < cols ? (w[row * cols + col] ?? Number.NaN) : 0);
  return ordered;
}

const floats = (words: Uint32Array) => [...new Float32Array(words.buffer)];
const halves = (words: Uint32Array) => [...new Uint16Array(words.buffer)];

test.each([
  [1, 1],
  [4, 3],
  [5, 7],
  [10, 12],
  [64, 65],
])('a weight of %i x %i, and its bias', async (rows, cols) => {
  const w = seededUniform(rows * cols, 1);
  const bias = seededUniform(rows, 2);
  const reader = tensorReader({
    'fc.weight': { shape: [rows, cols], values: w },
    'fc.bias': { shape: [rows], values: bias },
  });
  const uploader = new WeightUploader(gpu, reader, 'f32');
  const { weight, bias: uploaded } = await uploader.linear('fc');
  uploader.finish();
  expect(weight).toMatchObject({ rows, cols, storage: 'f32' });
  expect(floats(await readTensor(gpu, weight.words))).toEqual(panels(w, cols));
  expect(uploaded && floats(await readTensor(gpu, uploaded))).toEqual([...bias]);
});

test('a weight of several pieces, the last of which is short', async () => {
  const [rows, cols] = [70, 65_536]; // 8 MB are 32 rows
  const w = seededUniform(rows * cols, 3);
  const asked: number[] = [];
  const reader = tensorReader({ 'fc.weight': { shape: [rows, 64, 32, 32], values: w } }, asked);
  const uploader = new WeightUploader(gpu, reader, 'f32');
  const { weight } = await uploader.linear('fc', { bias: false });
  uploader.finish();
  expect(asked).toEqual([32 * cols]);
  const found = new Float32Array((await readTensor(gpu, weight.words)).buffer);
  let wrong = 0;
  for (let panel = 0; panel < 18; panel++)
    for (let col = 0; col < cols; col++)
      for (let i = 0; i < 4; i++) {
        const row = 4 * panel + i;
        const expected = row < rows ? w[row * cols + col] : 0;
        if (found[(panel * (cols + PANEL_GAP) + col) * 4 + i] !== expected) wrong += 1;
      }
  expect(wrong).toBe(0);
  for (const tensor of uploader.tensors) gpu.free(tensor);
});

test('layers stacked to one', async () => {
  const part = (rows: number, seed: number) => ({ shape: [rows, 6], values: seededUniform(rows * 6, seed) });
  const bias = (rows: number, seed: number) => ({ shape: [rows], values: seededUniform(rows, seed) });
  const tensors = {
    ...{ 'q.weight': part(8, 1), 'k.weight': part(4, 2), 'v.weight': part(7, 3) },
    ...{ 'q.bias': bias(8, 4), 'k.bias': bias(4, 5), 'v.bias': bias(7, 6) },
  };
  const uploader = new WeightUploader(gpu, tensorReader(tensors), 'f32');
  const { weight, bias: stacked } = await uploader.stacked(['q', 'k', 'v']);
  const whole = Float32Array.from([
    ...tensors['q.weight'].values,
    ...tensors['k.weight'].values,
    ...tensors['v.weight'].values,
  ]);
  expect(weight.rows).toBe(19);
  expect(floats(await readTensor(gpu, weight.words))).toEqual(panels(whole, 6));
  expect(stacked && floats(await readTensor(gpu, stacked))).toEqual([
    ...tensors['q.bias'].values,
    ...tensors['k.bias'].values,
    ...tensors['v.bias'].values,
  ]);
});

test.each([
  { first: [6, 5], second: [4, 5], named: 'a.weight', actual: [6, 5] }, // rows that would straddle a panel
  { first: [8, 5], second: [4, 6], named: 'b.weight', actual: [4, 6] },
])('parts that do not stack are a ShapeError: %o', async ({ first, second, named, actual }) => {
  const tensor = (shape: number[]) => ({
    shape,
    values: new Float32Array((shape[0] ?? 0) * (shape[1] ?? 0)),
  });
  const reader = tensorReader({ 'a.weight': tensor(first), 'b.weight': tensor(second) });
  const stacking = new WeightUploader(gpu, reader, 'f32').matrix(['a.weight', 'b.weight']);
  await expect(stacking).rejects.toThrow(new ShapeError('stacked', named, '[a multiple of 4, 5]', actual));
});

describe.each(['f16', 'packed16'] as const)('in %s', (storage) => {
  const values = Float32Array.from(golden.values);

  test('a weight is rounded as numpy rounds it', async () => {
    const reader = tensorReader({ 'fc.weight': { shape: [4, 16], values } });
    const { words } = await new WeightUploader(gpu, reader, storage).matrix(['fc.weight']);
    const bits = Float32Array.from(golden.bits);
    expect(halves(await readTensor(gpu, words))).toEqual(panels(bits, 16));
  });

  test('a table is rounded as numpy rounds it, and stays in rows', async () => {
    const reader = tensorReader({ table: { shape: [8, 8], values } });
    const table = await new WeightUploader(gpu, reader, storage).table('table', storage);
    expect(halves(await readTensor(gpu, table))).toEqual(golden.bits);
  });
});

test('a table in f32 is as it was; leading axes count as rows', async () => {
  const values = seededUniform(5 * 8, 1);
  const uploader = new WeightUploader(gpu, tensorReader({ table: { shape: [1, 5, 8], values } }), 'f16');
  const table = await uploader.table('table');
  expect(table.shape).toEqual([5, 8]);
  expect(floats(await readTensor(gpu, table))).toEqual([...values]);
});

test('a table whose width is no multiple of 4 is a ShapeError', async () => {
  const reader = tensorReader({ table: { shape: [2, 6], values: new Float32Array(12) } });
  const table = new WeightUploader(gpu, reader, 'f32').table('table');
  await expect(table).rejects.toThrow(new ShapeError('table', 'table', '[rows, a multiple of 4]', [2, 6]));
});

test('of a vector only the first values, where so many are asked for', async () => {
  const reader = tensorReader({ types: { shape: [2, 4], values: seededUniform(8, 1) } });
  const vector = await new WeightUploader(gpu, reader, 'f32').vector(['types'], 4);
  expect(vector.shape).toEqual([4]);
  expect(floats(await readTensor(gpu, vector))).toEqual([...seededUniform(4, 1)]);
});

test('what only loading needs is freed by `finish`, the rest stays', async () => {
  const before = gpu.counters.bytesAlive;
  const reader = tensorReader({ 'fc.weight': { shape: [4, 4], values: new Float32Array(16) } });
  const uploader = new WeightUploader(gpu, reader, 'f32');
  await uploader.matrix(['fc.weight']);
  uploader.finish();
  expect(gpu.counters.bytesAlive).toBe(before + 4 * packedWords(4, 4, 'f32'));
  for (const tensor of uploader.tensors) gpu.free(tensor);
  expect(gpu.counters.bytesAlive).toBe(before);
});
