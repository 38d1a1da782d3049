import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { ShapeError } from '../src/errors.ts';
import { attention, attentionTileCount, attentionTiles } from '../src/kernels/attention.ts';
import golden from './golden/attention.json' with { type: 'json' };
import { asHardware, testGpu } from './support/gpu.ts';
import { floatsFromBase64, maxAbsDiff, seededUniform } from './support/numbers.ts';

// Judge: torch.nn.MultiheadAttention on a padded batch with a mask (golden/attention.py).

let software: Gpu;
let plain: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  plain = await testGpu({ withoutFeatures: ['subgroups'] });
  hardware = asHardware(software);
});
afterAll(() => {
  software.destroy();
  plain.destroy();
});

interface Case {
  readonly heads: number;
  readonly headWidth: number;
  readonly lengths: readonly number[];
  readonly scale: number;
  readonly seed: number;
  readonly causal?: boolean;
}

/** `[N, 3C]`; q and k are `scale` times as large as v. */
function qkvOf({ heads, headWidth, lengths, scale, seed }: Case): Float32Array {
  const width = heads * headWidth;
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  return seededUniform(tokens * 3 * width, seed).map((value, i) =>
    i % (3 * width) < 2 * width ? value * scale : value,
  );
}

/** `[N, C]` */
async function attend(
  gpu: Gpu,
  qkv: Float32Array,
  lengths: readonly number[],
  heads: number,
  { spareTiles = 0, causal = false } = {},
): Promise<Float32Array> {
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const count = attentionTileCount(gpu, lengths.length, tokens) + spareTiles;
  const input = gpu.upload(qkv, [tokens, qkv.length / tokens]);
  const tiles = gpu.upload(attentionTiles(gpu, lengths, count), [count, 4]);
  const { y } = await gpu.compute('attention', (cmd) => ({
    inputs: {},
    outputs: { y: attention(cmd, input, tiles, heads, { causal }) },
  }));
  return y;
}

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'an adapter without subgroups', of: () => plain },
  { variant: 'hardware', of: () => hardware },
])('as on $variant', ({ of }) => {
  test.each(golden.cases)('equals PyTorch: $name', async (given) => {
    const y = await attend(of(), qkvOf(given), given.lengths, given.heads, given);
    // Logits of 100 have f32 steps of 8e-6, and a score is a sum of dozens; exp passes that on.
    expect(maxAbsDiff(y, floatsFromBase64(given.y))).toBeLessThan(given.scale > 5 ? 2e-4 : 2e-6);
  });

  test('a sequence has the same result to the bit whatever lies beside it', async () => {
    const [heads, headWidth, length] = [1, 64, 37];
    const given = { heads, headWidth, lengths: [length], scale: 1.5, seed: 8 };
    const mine = qkvOf(given);
    const alone = await attend(of(), mine, [length], heads);
    const before = qkvOf({ ...given, lengths: [5], scale: 50, seed: 9 });
    const after = qkvOf({ ...given, lengths: [21], scale: 50, seed: 10 });
    const together = await attend(
      of(),
      Float32Array.from([...before, ...mine, ...after]),
      [5, length, 21],
      heads,
    );
    expect(together.subarray(5 * headWidth, (5 + length) * headWidth)).toEqual(alone);
  });

  test('tiles that are left over do nothing', async () => {
    const given = { heads: 1, headWidth: 64, lengths: [9, 3], scale: 1.5, seed: 11 };
    const qkv = qkvOf(given);
    const without = await attend(of(), qkv, given.lengths, given.heads);
    const withSpare = await attend(of(), qkv, given.lengths, given.heads, { spareTiles: 7 });
    expect(withSpare).toEqual(without);
  });
});

test('tokens that no tile names keep what their memory held', async () => {
  const gpu = software;
  const tiles = gpu.upload(attentionTiles(gpu, [2], 3), [3, 4]);
  const qkv = gpu.upload(seededUniform(6 * 12, 1), [6, 12]); // 6 rows, of which a sequence takes 2
  const { y } = await gpu.compute('attention', (cmd) => ({
    inputs: {},
    outputs: { y: attention(cmd, qkv, tiles, 1) },
  }));
  expect(y.subarray(0, 8).every((value) => value !== 0)).toBe(true);
  expect([...y.subarray(8)]).toEqual(new Array(16).fill(0)); // a new buffer is zero
});

test.each([
  { heads: 1, shape: [2, 18] }, // 6 wide
  { heads: 2, shape: [2, 36] },
  { heads: 5, shape: [2, 3 * 64] }, // no whole number
])('a head width that is no multiple of 4 is a ShapeError: %o', async ({ heads, shape }) => {
  const qkv = software.empty(shape);
  const tiles = software.empty([3, 4], 'u32');
  const build = software.compute('attention', (cmd) => ({
    inputs: {},
    outputs: { y: attention(cmd, qkv, tiles, heads) },
  }));
  const expected = `[N, 3 * ${heads} heads * a multiple of 4]`;
  await expect(build).rejects.toThrow(new ShapeError('attention', 'qkv', expected, shape));
});
