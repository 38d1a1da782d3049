// The conveniences of Node's entry: the judge is the function that they wrap, on a device of its own.
import { totalmem } from 'node:os';
import { afterAll, expect, test, vi } from 'vitest';
import { DestroyedError } from '../src/errors.ts';
import { modalityGap, releaseGpu, similarityMatrix } from '../src/index.ts';
import { MatrixTooLargeError } from '../src/metrics/similarity/errors.ts';
import { similarityMatrix as similarityOnDevice } from '../src/metrics/similarity/similarity.ts';
import { platform as nodePlatform } from '../src/node/platform.ts';
import { DefaultGpu } from '../src/platform/default-gpu.ts';
import { HostMemoryError } from '../src/platform/host-memory.ts';
import { testGpu } from './support/gpu.ts';
import { seededNormal } from './support/numbers.ts';

afterAll(() => releaseGpu());
const x = { data: seededNormal(40, 1), rows: 10, dim: 4 };

test('similarityMatrix and modalityGap open a device themselves, and again after releaseGpu', async () => {
  const gpu = await testGpu();
  const judge = await similarityOnDevice(gpu, x);
  gpu.destroy();
  expect(await similarityMatrix(x)).toEqual(judge);
  await releaseGpu();
  const { indices } = await similarityMatrix(x, undefined, { topK: 1 });
  expect([...indices]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const report = await modalityGap(x, x, { resamples: 0, permutations: 0 });
  expect(report.centroidDistance.value).toBe(0);
});

test('what the host has no memory for is refused', async () => {
  const free = vi.spyOn(process, 'availableMemory').mockReturnValue(399);
  await expect(similarityMatrix(x)).rejects.toThrow(MatrixTooLargeError);
  expect((await similarityMatrix(x, undefined, { topK: 2 })).values).toHaveLength(20);
  await expect(modalityGap(x, x, { resamples: 0, permutations: 10 })).rejects.toThrow(HostMemoryError);
  free.mockRestore();
  const bytes = nodePlatform.availableMemory?.() ?? 0;
  expect(bytes).toBeGreaterThan(2 ** 20);
  expect(bytes).toBeLessThanOrEqual(totalmem());
});

test('calls at once share one device; a released one is not handed out', async () => {
  const shared = new DefaultGpu(nodePlatform);
  const [one, two] = await Promise.all([shared.get(), shared.get()]);
  expect(one).toBe(two);
  await shared.release();
  expect(() => one.check()).toThrow(DestroyedError);
  const again = await shared.get();
  expect(again).not.toBe(one);
  again.destroy(); // by somebody else
  expect(await shared.get()).not.toBe(again);
  await shared.release();
});

test('a platform without an adapter: every call says so, and a later one may succeed', async () => {
  let tries = 0;
  const shared = new DefaultGpu({
    ...nodePlatform,
    gpu: (options) => (++tries < 3 ? Promise.reject(new Error('none')) : nodePlatform.gpu(options)),
  });
  await expect(shared.get()).rejects.toThrow('none');
  await expect(shared.get()).rejects.toThrow('none');
  expect((await shared.get()).check()).toBeUndefined();
  await shared.release();
});
