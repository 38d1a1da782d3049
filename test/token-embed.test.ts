import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { ShapeError } from '../src/errors.ts';
import type { WeightStorage } from '../src/kernels/gemm/packed-matrix.ts';
import { tokenEmbed } from '../src/kernels/token-embed.ts';
import { f16FromFloats } from '../weights/floats.ts';
import { testGpu } from './support/gpu.ts';
import { maxAbsDiff, seededUniform } from './support/numbers.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

const ROWS = { words: 11, positions: 6 };
const IDS = [3, 0, 10, 1, 10, 2, 0, 5, 7, 0]; // id, position, id, position, ...

// The judge is the sum itself, in double precision.
test.each(['f32', 'f16', 'packed16'] as const)(
  'word + position + token type, words in %s',
  async (storage) => {
    if (storage === 'f16' && !gpu.info.features.has('shader-f16')) return;
    for (const width of [4, 260]) {
      const words = seededUniform(ROWS.words * width, 1).map((v) => Math.round(v * 512) / 512); // exact in f16
      const positions = seededUniform(ROWS.positions * width, 2);
      const tokenType = seededUniform(width, 3);
      const x = await embedded(width, storage, { words, positions, tokenType });
      const expected = Array.from(x, (_, i) => {
        const [token, c] = [Math.floor(i / width), i % width];
        const [id = 0, position = 0] = IDS.slice(2 * token);
        const [w = 0, p = 0, t = 0] = [words[id * width + c], positions[position * width + c], tokenType[c]];
        return w + p + t;
      });
      expect(maxAbsDiff(x, expected)).toBeLessThan(3e-7);
    }
  },
);

test('a width that is no multiple of 4 is a ShapeError', async () => {
  const tables = {
    words: new Float32Array(22),
    positions: new Float32Array(12),
    tokenType: new Float32Array(2),
  };
  const expected = new ShapeError('tokenEmbed', 'positions', '[P, a multiple of 4]', [6, 2]);
  await expect(embedded(2, 'f32', tables)).rejects.toThrow(expected);
});

async function embedded(
  width: number,
  storage: WeightStorage,
  tables: { words: Float32Array; positions: Float32Array; tokenType: Float32Array },
): Promise<Float32Array> {
  const { words, positions, tokenType } = tables;
  const ids = gpu.upload(Uint32Array.from(IDS), [IDS.length / 2, 2]);
  const weights = {
    words: gpu.upload(storage === 'f32' ? words : new Uint32Array(f16FromFloats(words).buffer)),
    storage,
    positions: gpu.upload(positions, [ROWS.positions, width]),
    tokenType: gpu.upload(tokenType),
  };
  const { x } = await gpu.compute('token-embed', (cmd) => ({
    inputs: {},
    outputs: { x: tokenEmbed(cmd, ids, weights) },
  }));
  return x;
}
