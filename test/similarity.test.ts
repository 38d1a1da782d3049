// The judges: NumPy in double precision (golden/similarity.py) for the matrices, and for the k best a stable sort of
// our own matrix, bit by bit.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError, InvalidOptionError, ShapeError } from '../src/errors.ts';
import { PANEL_GAP } from '../src/kernels/gemm/packed-matrix.ts';
import { eachScoreBlock, eachTopKBlock } from '../src/metrics/similarity/blocks.ts';
import { MatrixTooLargeError, ResultRangeError } from '../src/metrics/similarity/errors.ts';
import { type SimilarityMetric, similarityMatrix } from '../src/metrics/similarity/similarity.ts';
import { planTiles } from '../src/metrics/similarity/tiles.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { NonFiniteVectorError, ZeroVectorError } from '../src/metrics/vectors.ts';
import { HostMemoryError } from '../src/platform/host-memory.ts';
import { asHardware, testGpu } from './support/gpu.ts';
import { floatsFromBase64, maxAbsDiff, seededNormal, seededUniform } from './support/numbers.ts';

interface Case {
  readonly n: number;
  readonly m: number;
  readonly dim: number;
  readonly seed: number;
  readonly metric: SimilarityMetric;
  readonly k: number;
  readonly matrix: string;
  readonly order: string;
}
const { cases } = JSON.parse(readFileSync(new URL('golden/similarity.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};
const METRICS = ['cosine', 'euclidean', 'dot'] as const;

let software: Gpu;
let hardware: Gpu;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
});
afterAll(() => software.destroy());

const vectors = (data: Float32Array, dim: number): Vectors => ({ data, rows: data.length / dim, dim });

/** As in golden/similarity.py. */
function inputs({ n, m, dim, seed }: Case): [Vectors, Vectors] {
  const a = seededUniform(n * dim, seed);
  const b = seededUniform(m * dim, seed + 100);
  const close = Math.floor(Math.min(n, m) / 2);
  b.set(a.subarray(0, close * dim));
  for (let row = 0; row < close; row++) b[row * dim] = (b[row * dim] ?? 0) + Math.fround(1e-4);
  return [vectors(a, dim), vectors(b, dim)];
}

/** The first k columns of each row of a matrix by a stable sort: the judge of `topK`. */
function sorted(
  { data, rows, cols }: { data: Float32Array; rows: number; cols: number },
  k: number,
  sign: number,
) {
  const indices = new Uint32Array(rows * k);
  for (let row = 0; row < rows; row++) {
    const of = (col: number) => data[row * cols + col] ?? Number.NaN;
    const order = Array.from({ length: cols }, (_, col) => col).sort((p, q) => sign * (of(q) - of(p)));
    indices.set(order.slice(0, k), row * k);
  }
  const values = Float32Array.from(indices, (col, i) => data[Math.floor(i / k) * cols + col] ?? Number.NaN);
  return { indices, values };
}

async function expectTopKSorted(
  gpu: Gpu,
  a: Vectors,
  b: Vectors | undefined,
  metric: SimilarityMetric,
  k: number,
) {
  const matrix = await similarityMatrix(gpu, a, b, { metric });
  const best = await similarityMatrix(gpu, a, b, { metric, topK: k });
  const judge = sorted(matrix, k, metric === 'euclidean' ? -1 : 1);
  expect(best).toMatchObject({ rows: a.rows, k });
  expect(best.indices).toEqual(judge.indices);
  expect(maxAbsDiff(best.values, judge.values)).toBe(0);
}

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
])('as on $variant', ({ of }) => {
  test.each(cases)('equals NumPy: $metric, $n x $m x $dim', async (golden) => {
    const [a, b] = inputs(golden);
    const { metric, k, n, m, dim } = golden;
    const { data, rows, cols } = await similarityMatrix(of(), a, b, { metric });
    expect([rows, cols]).toEqual([n, m]);
    // Products of 512 values reach 40, where 1e-5 is two steps of f32: relative there.
    const scale =
      metric === 'dot' ? Math.max(1, dim / 16) : metric === 'euclidean' ? Math.max(1, dim / 64) : 1;
    expect(maxAbsDiff(data, floatsFromBase64(golden.matrix)) / scale).toBeLessThan(1e-5);
    const { indices } = await similarityMatrix(of(), a, b, { metric, topK: k });
    expect(indices).toEqual(new Uint32Array(floatsFromBase64(golden.order).buffer));
  });

  test.each(METRICS)('the k best equal an exact sort: %s', async (metric) => {
    const a = vectors(seededNormal(45 * 20, 1), 20);
    const b = vectors(seededNormal(1500 * 20, 2), 20);
    for (const k of [1, 10, 100, 1500]) await expectTopKSorted(of(), a, b, metric, k);
    await expectTopKSorted(of(), a, undefined, metric, 45);
  });

  test.each(METRICS)('ties go by index: %s', async (metric) => {
    // Few different rows, so that most scores are equal; 0 and -0 are among the products.
    const a = vectors(
      Float32Array.from({ length: 600 * 2 }, (_, i) => [1, 0, 0, -1, -2, 1][i % 6] ?? 0),
      2,
    );
    for (const k of [1, 7, 300]) await expectTopKSorted(of(), a, undefined, metric, k);
  });

  test.each([1, -1])('scores that get better, or worse, with every column: %d', async (sign) => {
    const b = vectors(
      Float32Array.from({ length: 3000 }, (_, i) => sign * i),
      1,
    );
    await expectTopKSorted(of(), vectors(Float32Array.of(1, -1), 1), b, 'dot', 50);
  });
});

test('a row is at distance 0 from itself and from its copies, and near duplicates keep their distance', async () => {
  const base = seededNormal(512, 3).map((v) => v + 100); // |a|^2 is 5e6: 1e-3 would drown in it
  const near = Float32Array.from(base, (v, i) => (i === 7 ? v + 2 ** -10 : v));
  const { data } = await similarityMatrix(
    software,
    vectors(Float32Array.of(...base, ...base, ...near), 512),
    undefined,
    {
      metric: 'euclidean',
    },
  );
  expect([...data]).toEqual([0, 0, 2 ** -10, 0, 0, 2 ** -10, 2 ** -10, 2 ** -10, 0]);
});

test.each([1e-30, 1e30])('vectors of %d: no square overflows or vanishes', async (size) => {
  const x = vectors(Float32Array.of(3 * size, 0, 0, 4 * size), 2);
  const cosine = await similarityMatrix(software, x);
  expect(maxAbsDiff(cosine.data, [1, 0, 0, 1])).toBeLessThan(1e-6);
  const { data } = await similarityMatrix(software, x, undefined, { metric: 'euclidean' });
  expect(maxAbsDiff(data, [0, 5 * size, 5 * size, 0]) / size).toBeLessThan(1e-6);
  const best = await similarityMatrix(software, x, undefined, { metric: 'euclidean', topK: 2 });
  expect([...best.indices]).toEqual([0, 1, 1, 0]);
  expect(maxAbsDiff(best.values, [0, 5 * size, 0, 5 * size]) / size).toBeLessThan(1e-6);
});

test('dot products of huge and tiny rows are right, or an error that names the rows', async () => {
  const huge = vectors(Float32Array.of(3e30, 0, 0, 4e30), 2);
  const small = vectors(Float32Array.of(2e-20, 1e-20, 1, 1), 2);
  const { data } = await similarityMatrix(software, huge, small, { metric: 'dot' });
  for (const [i, wanted] of [6e10, 3e30, 4e10, 4e30].entries())
    expect((data[i] ?? 0) / wanted).toBeCloseTo(1, 6);
  const best = await similarityMatrix(software, huge, small, { metric: 'dot', topK: 1 });
  expect([...best.indices]).toEqual([1, 1]);
  const overflow = new ResultRangeError(0, 0);
  await expect(similarityMatrix(software, huge, undefined, { metric: 'dot' })).rejects.toThrow(overflow);
  const listed = similarityMatrix(software, huge, undefined, { metric: 'dot', topK: 2 });
  await expect(listed).rejects.toThrow(overflow);
  const wide = vectors(Float32Array.of(3e38, 0, -3e38, 0), 2);
  await expect(similarityMatrix(software, wide, undefined, { metric: 'euclidean' })).rejects.toThrow(
    new ResultRangeError(0, 1),
  );
});

test('no rows give an empty matrix', async () => {
  const none = vectors(new Float32Array(), 3);
  const one = vectors(Float32Array.of(1, 2, 3), 3);
  expect(await similarityMatrix(software, none, one)).toEqual({
    data: new Float32Array(),
    rows: 0,
    cols: 1,
  });
  expect(await similarityMatrix(software, one, none)).toEqual({
    data: new Float32Array(),
    rows: 1,
    cols: 0,
  });
});

describe('past the limits of buffers', () => {
  const limits = { bindingBytes: 4 * 64 * (32 + PANEL_GAP), scoreBytes: 2 ** 14, work: 2 ** 19 };

  const a = vectors(seededNormal(150 * 32, 4), 32);
  const b = vectors(seededNormal(333 * 32, 5), 32);

  // More than a tile has columns, and fewer.
  test.each([9, 100])('the %d best of blocks and tiles are those of the whole', async (k) => {
    expect(planTiles({ rows: 150, cols: 333, dim: 32 }, limits, false)).toEqual({
      rowsPerBlock: 38,
      blocks: 4,
      colsPerTile: 64,
    });
    const whole = await similarityMatrix(software, a, b, { topK: k });
    const indices = new Uint32Array(150 * k);
    const done: number[] = [];
    const onProgress = (rows: number) => done.push(rows);
    await eachTopKBlock(software, a, b, k, { metric: 'cosine', limits, onProgress }, (block) => {
      indices.set(block.indices, block.firstRow * k);
    });
    expect(indices).toEqual(whole.indices);
    expect(done).toEqual([38, 76, 114, 150]);
  });

  test.each(METRICS)('a matrix of blocks and tiles is the whole: %s', async (metric) => {
    expect(planTiles({ rows: 150, cols: 333, dim: 32 }, limits, true)).toEqual({
      rowsPerBlock: 15,
      blocks: 10,
      colsPerTile: 64,
    });
    const whole = await similarityMatrix(software, a, b, { metric });
    const data = new Float32Array(150 * 333);
    await eachScoreBlock(software, a, b, { metric, limits }, ({ firstRow, scores }) => {
      data.set(scores, firstRow * 333);
    });
    expect(data).toEqual(whole.data);
  });

  test('the k best of 100,000 rows by themselves: the plan holds a tile of scores, and no binding is too large', () => {
    const device = { bindingBytes: 2 ** 27, scoreBytes: 2 ** 26 };
    for (const work of [2 ** 30, 2 ** 35]) {
      const shape = { rows: 100_000, cols: 100_000, dim: 512 };
      const { rowsPerBlock, blocks, colsPerTile } = planTiles(shape, { ...device, work }, false);
      expect(rowsPerBlock * blocks).toBeGreaterThanOrEqual(shape.rows);
      expect(rowsPerBlock * colsPerTile * 4).toBeLessThanOrEqual(device.scoreBytes);
      expect(colsPerTile * (512 + PANEL_GAP) * 4).toBeLessThanOrEqual(device.bindingBytes);
    }
  });

  test('among 100,000 rows of 512, more than one binding holds, the k best of some', async () => {
    const n = 100_000;
    const b = vectors(seededUniform(n * 512, 8), 512);
    const wanted = [0, 40_000, 65_535, 65_536, 99_999];
    const a = vectors(
      Float32Array.from(wanted.flatMap((row) => [...b.data.subarray(row * 512, (row + 1) * 512)])),
      512,
    );
    const before = software.counters.bytesAlive;
    let most = 0;
    const onProgress = () => {
      most = Math.max(most, software.counters.bytesAlive - before);
    };
    const { indices, values } = await similarityMatrix(software, a, b, { topK: 10, onProgress });
    expect(wanted.map((_, row) => indices[row * 10])).toEqual(wanted);
    for (const row of wanted.keys()) {
      expect(values[row * 10]).toBeCloseTo(1, 5);
      expect(values[row * 10 + 1]).toBeLessThan(0.3); // of unrelated rows: 5 / sqrt(512) is 0.22
    }
    expect(most).toBeLessThan(n * 512 * 4 + 2 ** 26);
  });

  test('the k best take memory for the rows and a tile, not for the matrix, and all of it is given back', async () => {
    const n = 4000;
    const x = vectors(seededNormal(n * 16, 6), 16);
    const before = software.counters.bytesAlive;
    let most = 0;
    const onProgress = () => {
      most = Math.max(most, software.counters.bytesAlive - before);
    };
    const small = { bindingBytes: 2 ** 27, scoreBytes: 2 ** 18, work: 2 ** 24 };
    await eachTopKBlock(software, x, x, 10, { metric: 'cosine', limits: small, onProgress }, () => {});
    expect(most).toBeGreaterThan(n * 16 * 4);
    expect(most).toBeLessThan(n * 16 * 4 + 3 * small.scoreBytes); // the matrix would be 64 MB
    expect(software.counters.bytesAlive).toBe(before);
  });
});

describe('errors', () => {
  const good = vectors(Float32Array.of(1, 2, 3, 4), 2);
  const run = (a: Vectors, b?: Vectors, options = {}) => similarityMatrix(software, a, b, options);

  test('a zero vector under cosine names input and row; other metrics take it', async () => {
    const zero = vectors(Float32Array.of(1, 2, 0, 0), 2);
    await expect(run(zero)).rejects.toThrow(new ZeroVectorError('a', 1));
    await expect(run(good, zero, { topK: 1 })).rejects.toThrow(new ZeroVectorError('b', 1));
    expect((await run(good, zero, { metric: 'dot' })).data).toEqual(Float32Array.of(5, 0, 11, 0));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d names input, row and column', async (bad) => {
    const x = vectors(Float32Array.of(1, 2, 3, bad), 2);
    await expect(run(x, good, { metric: 'dot' })).rejects.toThrow(new NonFiniteVectorError('a', 1, 1, bad));
    await expect(run(good, x)).rejects.toThrow(new NonFiniteVectorError('b', 1, 1, bad));
  });

  test('shapes', async () => {
    await expect(run(good, vectors(new Float32Array(3).fill(1), 3))).rejects.toThrow(
      new ShapeError('similarityMatrix', 'b', '[rows, 2]', [1, 3]),
    );
    await expect(run({ ...good, rows: 3 })).rejects.toThrow(
      new ShapeError('similarityMatrix', 'a.data', '[3 * 2]', [4]),
    );
    await expect(run({ ...good, dim: 0 })).rejects.toThrow(ShapeError);
  });

  test.each([0, 3, 1.5])('topK of %d', async (topK) => {
    await expect(run(good, undefined, { topK })).rejects.toThrow(InvalidOptionError);
  });

  test('an unknown metric', async () => {
    await expect(run(good, undefined, { metric: 'manhattan' as 'dot' })).rejects.toThrow(
      `metric must be 'cosine', 'euclidean' or 'dot', got "manhattan"`,
    );
  });

  test('a matrix that no array can hold', async () => {
    const many = vectors(new Float32Array(200_000).fill(1), 1);
    await expect(run(many)).rejects.toThrow(MatrixTooLargeError);
    await expect(run(many)).rejects.toThrow(
      'a matrix of 200,000 x 200,000 takes 160.0 GB, which cannot be allocated; ask for the nearest of each row by topK',
    );
  });

  test('more than the host has memory for is refused before the first step, with the size and the way out', async () => {
    const host = { availableMemory: () => 6.2e9 };
    const many = vectors(new Float32Array(60_000).fill(1), 1);
    const before = { ...software.counters };
    const whole = similarityMatrix(software, many, undefined, {}, host);
    await expect(whole).rejects.toMatchObject({
      name: 'MatrixTooLargeError',
      needed: 14.4e9,
      available: 6.2e9,
    });
    await expect(whole).rejects.toThrow(
      'a matrix of 60,000 x 60,000 takes 14.4 GB, and 6.2 GB are free; ask for the nearest of each row by topK, ' +
        'or compare some of the rows at a time',
    );
    const half = similarityMatrix(software, many, undefined, { topK: 30_000 }, host);
    await expect(half).rejects.toThrow(HostMemoryError);
    await expect(half).rejects.toThrow(
      'a list of the 30,000 nearest of each of 60,000 rows takes 14.4 GB, and 6.2 GB are free; ask for a smaller topK',
    );
    expect(software.counters).toEqual(before);
    const fits = { availableMemory: () => 16 };
    expect((await similarityMatrix(software, good, undefined, {}, fits)).data).toHaveLength(4);
  });

  test('rows that no tile has room for are a DeviceLimitError with the longest', async () => {
    const long = vectors(new Float32Array(2 * 500).fill(1), 500);
    const limits = { bindingBytes: 4 * 64 * (496 + PANEL_GAP), scoreBytes: 2 ** 14, work: 2 ** 19 };
    const blocks = eachScoreBlock(software, long, long, { metric: 'dot', limits }, () => {});
    await expect(blocks).rejects.toThrow(
      'similarityMatrix: a row (values) needs 500, the device allows 496; compare shorter vectors',
    );
    const just = { ...limits, bindingBytes: 4 * 64 * (500 + PANEL_GAP) };
    await eachScoreBlock(software, long, long, { metric: 'dot', limits: just }, ({ scores }) => {
      expect(scores).toEqual(new Float32Array(4).fill(500));
    });
  });

  test('a signal ends it between blocks, and frees what it held', async () => {
    const before = software.counters.bytesAlive;
    const abort = new AbortController();
    const x = vectors(seededNormal(400 * 512, 7), 512);
    const limits = { bindingBytes: 2 ** 27, scoreBytes: 2 ** 20, work: 2 ** 20 };
    const onProgress = () => abort.abort();
    const options = { metric: 'cosine', limits, signal: abort.signal, onProgress } as const;
    await expect(eachTopKBlock(software, x, x, 3, options, () => {})).rejects.toThrow(AbortedError);
    expect(software.counters.bytesAlive).toBe(before);
    await expect(run(good, undefined, { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
  });
});
