import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError } from '../src/errors.ts';
import type { MatrixTile } from '../src/kernels/gemm/matrix-tiles.ts';
import {
  type GemmShape,
  type GemmTile,
  gemmCandidates,
  rememberTile,
  shapeClass,
  tunedTile,
} from '../src/kernels/gemm/tile.ts';
import { agrees, trustedTiles } from '../src/kernels/gemm/trial.ts';
import { type TuningCache, tuneGemm } from '../src/kernels/gemm/tuning.ts';
import { asHardware, testGpu } from './support/gpu.ts';

let software: Gpu;
let gpu: Gpu; // seen as a GPU: software adapters' tiles are not measured
beforeAll(async () => {
  software = await testGpu();
  gpu = asHardware(software);
});
afterAll(() => software.destroy());

function memoryCache(entries = new Map<string, string>()): TuningCache & { entries: Map<string, string> } {
  return {
    entries,
    get: async (key) => entries.get(key),
    set: async (key, value) => void entries.set(key, value),
  };
}

const shape = (M: number, N: number): GemmShape => ({ M, N, K: 32, storage: 'f32' });

test('measures each class of shapes once, and leaves no memory behind', async () => {
  const cache = memoryCache();
  const { bytesAlive } = gpu.counters;
  const progress: number[][] = [];
  const shapes = [shape(40, 64), shape(41, 64), shape(3, 64)]; // the first two are of one class
  await tuneGemm(gpu, shapes, cache, { onProgress: (done, total) => progress.push([done, total]) });
  expect(progress).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(cache.entries.size).toBe(2);
  expect(gpu.counters.bytesAlive).toBe(bytesAlive);
  expect(gemmCandidates(gpu, shape(40, 64))).toContainEqual(tunedTile(gpu, shape(40, 64)));
});

test('takes what the cache knows without a dispatch; another device uses it too', async () => {
  const cache = memoryCache();
  await tuneGemm(gpu, [shape(40, 68)], cache);
  const owner = await testGpu();
  const other = asHardware(owner);
  await tuneGemm(other, [shape(40, 68)], cache);
  expect(other.counters.dispatches).toBe(0);
  expect(tunedTile(other, shape(40, 68))).toEqual(tunedTile(gpu, shape(40, 68)));
  owner.destroy();
});

test.each(['99', '-1', 'fast'])('measures again where the cache holds nonsense: %j', async (value) => {
  const cache = memoryCache();
  await tuneGemm(gpu, [shape(40, 72)], cache);
  const [key = ''] = cache.entries.keys();
  cache.entries.set(key, value);
  const { dispatches } = gpu.counters;
  await tuneGemm(gpu, [shape(40, 72)], cache);
  expect(gpu.counters.dispatches).toBeGreaterThan(dispatches);
  expect(Number(cache.entries.get(key))).toBeLessThan(gemmCandidates(gpu, shape(40, 72)).length);
});

test('a remembered tile goes for its class alone', () => {
  const candidates = gemmCandidates(gpu, shape(600, 76));
  const last = candidates.at(-1);
  if (!last) throw new Error('no candidate');
  rememberTile(gpu, shape(600, 76), last);
  expect(tunedTile(gpu, shape(9000, 76))).toBe(last);
  expect(tunedTile(gpu, shape(100, 76))).toEqual(candidates[0]);
  expect(shapeClass(shape(32, 8))).not.toBe(shapeClass(shape(33, 8)));
});

test('a signal that has fired is an AbortedError', async () => {
  const tuning = tuneGemm(gpu, [shape(40, 80)], memoryCache(), { signal: AbortSignal.abort() });
  await expect(tuning).rejects.toThrow(AbortedError);
});

test('a software adapter gets the tile with the least work for its rows, and nothing is measured', async () => {
  const [candidate] = gemmCandidates(software, shape(40, 64));
  if (candidate?.family !== 'subgroup') return; // an adapter without subgroups of one size
  const { dispatches } = software.counters;
  await tuneGemm(software, [shape(40, 64)], memoryCache());
  expect(software.counters.dispatches).toBe(dispatches);
  const rows = (M: number) => tunedTile(software, shape(M, 64));
  expect([1, 8, 9, 16, 17, 24, 32, 48, 197].map(rows)).toMatchObject(
    [8, 8, 16, 16, 24, 24, 16, 24, 40].map((expected) => ({ rows: expected })),
  );
});

describe('tiles of matrix units', () => {
  const half: GemmShape = { M: 40, N: 96, K: 64, storage: 'packed16' };
  const isMatrix = ({ family }: GemmTile) => family === 'matrix';
  /** As the adapter has them; or as one of NVIDIA's would, where it has none. */
  const matrixTile = (): MatrixTile => {
    const own = gemmCandidates(gpu, half).find(isMatrix);
    if (own?.family === 'matrix') return own;
    return {
      family: 'matrix',
      component: 'f16',
      unitM: 16,
      unitN: 16,
      unitK: 16,
      tilesM: 2,
      tilesN: 2,
      subgroupsM: 2,
      subgroupsN: 2,
      subgroup: 32,
      depth: 32,
      splits: 1,
    };
  };

  test('are trusted where the adapter has the units and their products are right', async () => {
    const candidates = gemmCandidates(gpu, half);
    expect(candidates.some(isMatrix)).toBe(gpu.info.subgroupMatrices.length > 0);
    expect(await trustedTiles(gpu, half, candidates)).toEqual(candidates);
  });

  test('are never used for f32 weights that the units would round', () => {
    const inF32 = gpu.info.subgroupMatrices.some(({ componentType }) => componentType === 'f32');
    expect(gemmCandidates(gpu, { ...half, storage: 'f32' }).some(isMatrix)).toBe(inF32);
  });

  test('are left out where they do not compile, and the device goes on', async () => {
    const impossible = { ...matrixTile(), unitM: 4, unitN: 4, unitK: 4 };
    const [plain] = gemmCandidates(gpu, half);
    if (!plain) throw new Error('no candidate');
    const { bytesAlive } = gpu.counters;
    expect(await trustedTiles(gpu, half, [impossible, plain])).toEqual([plain]);
    expect(gpu.counters.bytesAlive).toBe(bytesAlive);
    await tuneGemm(gpu, [shape(40, 84)], memoryCache());
  });

  test('are left out where their products are wrong', async () => {
    // Half of the lanes that a subgroup has: half of the parts are computed by nobody.
    const lame = { ...matrixTile(), subgroup: matrixTile().subgroup / 2 };
    const [plain] = gemmCandidates(gpu, half);
    if (!plain) throw new Error('no candidate');
    expect(await trustedTiles(gpu, half, [plain, lame])).toEqual([plain]);
  });

  test('a product agrees if no value is off by more than rounding to f16 explains', () => {
    const expected = Float32Array.of(3, -4, 0, 1);
    expect(agrees(Float32Array.of(3.001, -4.001, 0.001, 1), expected)).toBe(true);
    expect(agrees(Float32Array.of(3, -4, 0.1, 1), expected)).toBe(false);
    expect(agrees(Float32Array.of(3, -4, Number.NaN, 1), expected)).toBe(false);
    expect(agrees(Float32Array.of(-4, 3, 0, 1), expected)).toBe(false);
  });
});
