import { afterAll, beforeAll, expect, test } from 'vitest';
import { timed } from '../bench/kernel.ts';
import { KERNEL_CASES } from '../bench/kernel-cases.ts';
import { ParityError } from '../bench/peer-errors.ts';
import type { Gpu } from '../src/device/gpu.ts';
import type { WeightStorage } from '../src/kernels/gemm/packed-matrix.ts';
import { cli } from './support/cli-run.ts';
import { testGpu } from './support/gpu.ts';

// Judges: the formulas of each case in double precision, which are not the kernels'.

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

const SHAPES: Readonly<Record<string, readonly number[]>> = {
  gemm: [33, 50, 132],
  distances: [33, 50, 132],
  attention: [2, 37, 3],
  'top-k': [9, 701, 6],
  'pairs-above': [37, 101, 60],
};

const options = { dtype: 'f32', rounds: 1, shape: '' } as const;

test.each(Object.keys(KERNEL_CASES))('%s is what its judge computes, and is timed', async (kernel) => {
  const storages: WeightStorage[] = ['f32', 'packed16', ...(kernel === 'gemm' ? (['q8'] as const) : [])];
  for (const storage of storages) {
    const prepared = await KERNEL_CASES[kernel]?.prepare(gpu, SHAPES[kernel] ?? [37, 100], storage);
    if (!prepared) throw new Error(`no case ${kernel}`);
    const { checked, times } = await timed(gpu, prepared, { ...options, kernel });
    expect(checked).toBeGreaterThan(30);
    expect(times.flat().every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
    expect(prepared.work.bytes).toBeGreaterThan(0);
  }
});

test('a kernel that computes something else is not timed', async () => {
  const prepared = await KERNEL_CASES['l2-normalize']?.prepare(gpu, [37, 100], 'f32');
  if (!prepared) throw new Error('no case');
  const wrong = { ...prepared, expected: (i: number) => 1.001 * prepared.expected(i) };
  await expect(timed(gpu, wrong, { ...options, kernel: 'l2-normalize' })).rejects.toThrow(ParityError);
});

test.each([
  ['misses one', (found: Uint32Array) => found.fill(0xffffffff, 3 * 7, 3 * 8)],
  ['finds one twice', (found: Uint32Array) => found.copyWithin(3 * 7, 3 * 8, 3 * 9)],
  ['finds one too many', (found: Uint32Array) => found.set([36, 100, 0], found.length - 3)],
  ['takes another column', (found: Uint32Array) => found.set([(found[1] ?? 0) ^ 1], 1)],
])('a search for pairs that %s is not timed', async (_, spoil) => {
  const prepared = await KERNEL_CASES['pairs-above']?.prepare(gpu, [37, 101, 60], 'f32');
  if (!prepared) throw new Error('no case');
  const read = (y: Float32Array<ArrayBuffer>) => {
    spoil(new Uint32Array(y.buffer, y.byteOffset, y.length));
    return prepared.read?.(y) ?? y;
  };
  await expect(timed(gpu, { ...prepared, read }, { ...options, kernel: 'pairs-above' })).rejects.toThrow(
    ParityError,
  );
});

test.each([
  ['conv 3x3', 'kernel must be one of gemm, '],
  ['gemm 5x5', 'shape must be MxNxK of gemm, such as 197x768x3072, got "5x5"'],
  ['gemm 5x0x5', 'shape must be MxNxK'],
  ['distances 5x5x5 --dtype q8', 'only gemm has weights in q8, not distances'],
  ['toString 5x5', 'kernel must be one of '],
])('bench kernel %s is wrong usage', async (argv, message) => {
  const { code, stderr } = await cli(['bench', 'kernel', ...argv.split(' ')]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
});
