// Numbers at the ends of f32: logits of 1e4, denormals, rows of zeros, a NaN among many. The judge: the same formula in double
// precision, in this file; where order or batches change, the first result.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { BiomedClip } from '../src/index.ts';
import { attention, attentionTileCount, attentionTiles } from '../src/kernels/attention.ts';
import { modalityGap } from '../src/metrics/gap/modality-gap.ts';
import { similarityMatrix } from '../src/metrics/similarity/similarity.ts';
import { NonFiniteVectorError, ZeroVectorError } from '../src/metrics/vectors.ts';
import { asHardware, testGpu } from './support/gpu.ts';
import { maxAbsDiff, seededNormal } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage } from './support/synthetic-inputs.ts';

let software: Gpu;
let plain: Gpu;
beforeAll(async () => {
  software = await testGpu();
  plain = await testGpu({ withoutFeatures: ['subgroups'] });
});
afterAll(() => {
  software.destroy();
  plain.destroy();
});

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

describe('attention', () => {
  const [TOKENS, WIDTH] = [70, 32];

  /** One head, in double precision: softmax(q k^T / sqrt(C)) v. */
  function expected(qkv: Float32Array): number[] {
    const part = (row: number, of: number) =>
      qkv.subarray((3 * row + of) * WIDTH, (3 * row + of + 1) * WIDTH);
    const rows = Array.from({ length: TOKENS }, (_, row) => row);
    return rows.flatMap((row) => {
      const logits = rows.map((key) => dot(part(row, 0), part(key, 1)) / Math.sqrt(WIDTH));
      const most = Math.max(...logits);
      const weights = logits.map((logit) => Math.exp(logit - most));
      const sum = weights.reduce((a, b) => a + b, 0);
      return Array.from({ length: WIDTH }, (_, c) =>
        rows.reduce((mixed, key) => mixed + ((weights[key] ?? 0) / sum) * (part(key, 2)[c] ?? 0), 0),
      );
    });
  }

  async function attend(gpu: Gpu, qkv: Float32Array): Promise<Float32Array> {
    const count = attentionTileCount(gpu, 1, TOKENS);
    const input = gpu.upload(qkv, [TOKENS, 3 * WIDTH]);
    const tiles = gpu.upload(attentionTiles(gpu, [TOKENS], count), [count, 4]);
    const { y } = await gpu.compute('attention', (cmd) => ({
      inputs: {},
      outputs: { y: attention(cmd, input, tiles, 1) },
    }));
    return y;
  }

  /** Queries and keys so long that logits are within about `most` of 0. */
  function inputs(most: number): Float32Array {
    const scale = Math.sqrt(most / Math.sqrt(WIDTH));
    return seededNormal(TOKENS * 3 * WIDTH, 9).map((value, i) =>
      i % (3 * WIDTH) < 2 * WIDTH ? value * scale : value,
    );
  }

  test.each([
    ['the adapter', () => software],
    ['an adapter without subgroups', () => plain],
    ['hardware', () => asHardware(software)],
  ] as const)('logits of 1e4 on %s', async (_, of) => {
    const qkv = inputs(1e4);
    const ours = await attend(of(), qkv);
    expect(ours.every(Number.isFinite)).toBe(true);
    // A logit of 1e4 has a rounding of about 1e-3 in f32, which is the share by which a weight may be off.
    expect(maxAbsDiff(ours, expected(qkv))).toBeLessThan(0.02);
  });

  test.each([1e-30, 1e-44])('values of %d', async (size) => {
    const qkv = inputs(1).map((value) => value * size);
    const ours = await attend(software, qkv);
    expect(maxAbsDiff(ours, expected(qkv))).toBeLessThan(1.2e-38 + size * 1e-5); // a device may take denormals for zeros
  });
});

describe('similarity', () => {
  const dim = 24;
  const rows = seededNormal(6 * dim, 4);
  const vectors = (data: Float32Array) => ({ data, rows: data.length / dim, dim });
  const cosine = (a: Float32Array, b: Float32Array) =>
    dot(a, b) / Math.sqrt(dot(a, a)) / Math.sqrt(dot(b, b));
  const row = (data: Float32Array, i: number) => data.subarray(i * dim, (i + 1) * dim);

  test.each([1e37, 1, 1e-20, 1e-37])('of rows of about %d', async (size) => {
    const x = rows.map((value) => value * size);
    const { data } = await similarityMatrix(software, vectors(x), vectors(rows), { metric: 'cosine' });
    const judged = Array.from({ length: 36 }, (_, at) =>
      cosine(row(x, Math.floor(at / 6)), row(rows, at % 6)),
    );
    expect(maxAbsDiff(data, judged)).toBeLessThan(2e-6);
  });

  test('of a row of zeros, and of one with a NaN, is an error that names it', async () => {
    const zeros = rows.map((value, i) => (Math.floor(i / dim) === 4 ? 0 : value));
    const wrong = rows.map((value, i) => (i === 3 * dim + 7 ? Number.NaN : value));
    const of = (x: Float32Array) =>
      similarityMatrix(software, vectors(x), vectors(rows), { metric: 'cosine' });
    await expect(of(zeros)).rejects.toThrow(ZeroVectorError);
    await expect(of(zeros)).rejects.toThrow('4');
    await expect(of(wrong)).rejects.toThrow(NonFiniteVectorError);
    await expect(of(wrong)).rejects.toThrow('3');
  });
});

test.each([1e-3, 1e4])('the entropy of logits of scale %d', async (logitScale) => {
  const [n, dim] = [40, 16];
  const [images, texts] = [seededNormal(n * dim, 1), seededNormal(n * dim, 2)];
  const rows = (data: Float32Array) => ({ data, rows: n, dim });
  const { logitEntropy } = await modalityGap(software, rows(images), rows(texts), {
    ...{ logitScale, resamples: 0, permutations: 0 },
  });
  const row = (data: Float32Array, i: number) => data.subarray(i * dim, (i + 1) * dim);
  const entropy = (i: number) => {
    const x = row(images, i);
    const logits = Array.from({ length: n }, (_, j) => {
      const y = row(texts, j);
      return (logitScale * dot(x, y)) / Math.sqrt(dot(x, x) * dot(y, y));
    });
    const most = Math.max(...logits);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0);
    return -logits.reduce((total, logit) => {
      const p = Math.exp(logit - most) / sum;
      return total + (p === 0 ? 0 : p * Math.log(p));
    }, 0);
  };
  const mean = Array.from({ length: n }, (_, i) => entropy(i)).reduce((a, b) => a + b, 0) / n;
  expect(logitEntropy?.imageToText.value).toBeCloseTo(mean, logitScale > 1 ? 3 : 6); // a cosine is off by 1e-7 times the scale
});

test('a model: the same bits from run to run and load to load, and other batches within f32’s rounding', async () => {
  const adapter = process.env.BIOMEDCLIP_ADAPTER;
  const tiny = await seededModel({ preset: 'tiny', seed: 3 });
  const inputs = {
    images: Array.from({ length: 7 }, (_, i) => syntheticImage(30 + i, 41)),
    texts: Array.from({ length: 9 }, (_, i) => 'word '.repeat(1 + i * i)),
  };
  try {
    await using model = await BiomedClip.load(tiny.path, { adapter, onWarning: () => {} });
    await using again = await BiomedClip.load(tiny.path, { adapter, onWarning: () => {} });
    const first = await model.embedBatch(inputs);
    expect(await model.embedBatch(inputs)).toEqual(first);
    expect(await again.embedBatch(inputs)).toEqual(first);
    for (const batchSize of [1, 2, 5]) {
      const other = await model.embedBatch(inputs, { batchSize });
      for (const kind of ['images', 'texts'] as const) {
        expect(maxAbsDiff(other[kind].data, first[kind].data), `${kind}, ${batchSize}`).toBeLessThan(2e-6);
      }
    }
  } finally {
    await tiny.remove();
  }
});

test('a picture that cannot be read takes no other with it', async () => {
  const tiny = await seededModel({ preset: 'tiny', seed: 3 });
  try {
    await using model = await BiomedClip.load(tiny.path, {
      adapter: process.env.BIOMEDCLIP_ADAPTER,
      onWarning: () => {},
    });
    const images = Array.from({ length: 5 }, (_, i) => syntheticImage(30 + i, 41));
    const alone = await model.embedBatch({ images });
    const damaged = images.map((image, i) => (i === 2 ? new Uint8Array([1, 2, 3]) : image));
    const { images: kept, skipped } = await model.embedBatch({ images: damaged }, { onError: 'skip' });
    expect(skipped.map(({ index }) => index)).toEqual([2]);
    expect(kept.ids).toEqual(['0', '1', '3', '4']);
    const others = [0, 1, 3, 4].flatMap((i) => [
      ...alone.images.data.slice(i * alone.images.dim, (i + 1) * alone.images.dim),
    ]);
    expect(maxAbsDiff(kept.data, others)).toBeLessThan(2e-6);
  } finally {
    await tiny.remove();
  }
});
