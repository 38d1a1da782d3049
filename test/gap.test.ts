// The judges are NumPy, SciPy and scikit-learn in double precision, from the definitions (golden/gap/gap.py), intervals
// and baselines included: they are drawn by the same numbers there.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError, InvalidOptionError, ShapeError } from '../src/errors.ts';
import { PANEL_GAP } from '../src/kernels/gemm/packed-matrix.ts';
import { PairCountError, PairIdsError } from '../src/metrics/gap/errors.ts';
import { type Estimate, type PairedEstimate, pValueText } from '../src/metrics/gap/estimate.ts';
import { modalityGap } from '../src/metrics/gap/modality-gap.ts';
import { GAP_STATISTICS, type GapOptions, type GapReport } from '../src/metrics/gap/report.ts';
import { modalityPurity } from '../src/metrics/gap/rows.ts';
import { shiftModalities } from '../src/metrics/gap/shift.ts';
import { symmetricEigenvalues } from '../src/metrics/linear-algebra.ts';
import { NonFiniteVectorError, selectRows, type Vectors, ZeroVectorError } from '../src/metrics/vectors.ts';
import { HostMemoryError } from '../src/platform/host-memory.ts';
import { testGpu, withLimits } from './support/gpu.ts';
import { maxAbsDiff, seededNormal, seededUniform } from './support/numbers.ts';

interface GoldenStatistic {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly baseline?: { mean: number; low: number; high: number; pValue: number };
}
interface Golden {
  readonly name: string;
  readonly n: number;
  readonly dim: number;
  readonly noise: number;
  readonly offset: number;
  readonly gapVector: number[];
  readonly statistics: Record<string, GoldenStatistic>;
}
const golden = JSON.parse(readFileSync(new URL('golden/gap/gap.json', import.meta.url), 'utf8')) as {
  resamples: number;
  permutations: number;
  seed: number;
  logitScale: number;
  cases: Golden[];
};

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

/** As in golden/gap/gap.py, to the bit. */
function inputs({
  n,
  dim,
  noise,
  offset,
}: Pick<Golden, 'n' | 'dim' | 'noise' | 'offset'>): [Vectors, Vectors] {
  const base = seededUniform(n * dim, 1);
  const shift = seededUniform(dim, 2);
  const rows = (seed: number, sign: number): Vectors => {
    const own = seededUniform(n * dim, seed);
    const value = (i: number) =>
      ((base[i] ?? 0) + noise * (own[i] ?? 0) + sign * offset * (shift[i % dim] ?? 0)) *
      (0.5 + Math.floor(i / dim) / n);
    return { data: Float32Array.from({ length: n * dim }, (_, i) => value(i)), rows: n, dim };
  };
  return [rows(3, 1), rows(4, -1)];
}

/** The report under the golden file's names. */
function flat(report: GapReport): Record<string, Estimate | PairedEstimate> {
  const { retrieval, meanCosine, uniformity, effectiveRank, gapDimensions, logitEntropy } = report;
  const named = (prefix: string, statistics: object) =>
    Object.fromEntries(Object.entries(statistics).map(([name, value]) => [`${prefix}${name}`, value]));
  return {
    ...named('', meanCosine),
    ...named('imageToText.', retrieval.imageToText),
    ...named('textToImage.', retrieval.textToImage),
    ...named('entropy.', logitEntropy ?? {}),
    centroidDistance: report.centroidDistance,
    distributionGap: report.distributionGap,
    squaredFrechet: report.squaredFrechet,
    relativeGap: report.relativeGap,
    mixedNdcgAt10: report.mixedNdcgAt10,
    modalityPurity: report.modalityPurity,
    alignment: report.alignment,
    uniformityImages: uniformity.images,
    uniformityTexts: uniformity.texts,
    separability: report.separability,
    forHalf: gapDimensions.forHalf,
    for90Percent: gapDimensions.for90Percent,
    effectiveRankImages: effectiveRank.images,
    effectiveRankTexts: effectiveRank.texts,
  };
}

describe.each(golden.cases)('$name: $n x $dim', (of) => {
  let report: GapReport;
  let statistics: Record<string, Estimate | PairedEstimate>;
  beforeAll(async () => {
    const { resamples, permutations, seed, logitScale } = golden;
    report = await modalityGap(gpu, ...inputs(of), { resamples, permutations, seed, logitScale });
    statistics = flat(report);
  });

  test('every statistic of the report is judged', () => {
    expect(Object.keys(statistics).sort()).toEqual(Object.keys(of.statistics).sort());
  });

  test.each(Object.entries(of.statistics))('%s', (name, judge) => {
    const ours = statistics[name];
    for (const key of ['value', 'low', 'high'] as const) {
      expect(Math.abs((ours?.[key] ?? Number.NaN) - judge[key]), key).toBeLessThan(1e-4);
    }
    expect(ours?.resamples).toBe(golden.resamples);
    expect(ours !== undefined && 'baseline' in ours).toBe(judge.baseline !== undefined);
    for (const [key, value] of Object.entries(judge.baseline ?? {})) {
      const baseline = (ours as PairedEstimate | undefined)?.baseline;
      expect(Math.abs((baseline?.[key as 'mean'] ?? Number.NaN) - value), `baseline ${key}`).toBeLessThan(
        1e-4,
      );
    }
  });

  test('the gap vector, and the dimensions that carry most of it', () => {
    expect(maxAbsDiff(report.gapVector, of.gapVector)).toBeLessThan(1e-6);
    const squares = of.gapVector.map((value) => value * value);
    const total = squares.reduce((a, b) => a + b);
    const order = [...squares.keys()].sort((a, b) => (squares[b] ?? 0) - (squares[a] ?? 0)).slice(0, 10);
    expect(report.gapDimensions.largest.map(({ dimension }) => dimension)).toEqual(order);
    for (const { dimension, share } of report.gapDimensions.largest) {
      expect(share.value).toBeCloseTo((squares[dimension] ?? 0) / total, 6);
      expect(share.low).toBeLessThanOrEqual(share.high);
    }
  });
});

test('the same seed gives the same report, another seed other intervals', async () => {
  const of = golden.cases[2] as Golden;
  const options = { resamples: 50, permutations: 50, logitScale: 10 };
  const run = (seed: number) => modalityGap(gpu, ...inputs(of), { ...options, seed });
  expect(await run(1)).toEqual(await run(1));
  const [one, two] = [await run(1), await run(2)];
  expect(one.centroidDistance.value).toBe(two.centroidDistance.value);
  expect(one.centroidDistance.low).not.toBe(two.centroidDistance.low);
});

describe('degenerate inputs', () => {
  const few = { resamples: 20, permutations: 20, logitScale: 10 };
  const rows = (n: number, seed: number, dim = 8): Vectors => ({
    data: seededNormal(n * dim, seed),
    rows: n,
    dim,
  });

  test('one pair: what is undefined is NaN, the rest is not', async () => {
    const [images, texts] = [rows(1, 1), rows(1, 2)];
    const report = await modalityGap(gpu, images, texts, few);
    const nan = Object.entries(flat(report)).filter(([, { value }]) => Number.isNaN(value));
    expect(nan.map(([name]) => name).sort()).toEqual(
      [
        ...[
          'imageImage',
          'textText',
          'mismatched',
          'relativeGap',
          'distributionGap',
          'separability',
          'squaredFrechet',
        ],
        ...['effectiveRankImages', 'effectiveRankTexts', 'uniformityImages', 'uniformityTexts'],
      ].sort(),
    );
    expect(report.retrieval.imageToText.recallAt1.value).toBe(1);
    expect(report.modalityPurity.value).toBe(0);
    expect(report.logitEntropy?.imageToText.value).toBe(0);
    expect(report.alignment.value).toBeCloseTo(report.centroidDistance.value ** 2, 6);
  });

  test('two pairs: everything is defined', async () => {
    const report = await modalityGap(gpu, rows(2, 1), rows(2, 2), few);
    for (const [name, { value, low, high }] of Object.entries(flat(report))) {
      expect(Number.isFinite(value) && low <= high, name).toBe(true);
    }
    expect(report.effectiveRank.images.value).toBeCloseTo(1, 6); // two centred rows lie on a line
  });

  test('identical modalities have no gap', async () => {
    const x = rows(30, 3);
    const report = await modalityGap(gpu, x, { ...x }, few);
    expect(report.centroidDistance).toEqual({ value: 0, low: 0, high: 0, resamples: 20 });
    expect(report.distributionGap.value).toBeLessThan(1e-6);
    expect(report.relativeGap.value).toBeLessThan(1e-6);
    expect(report.meanCosine.matched.value).toBeCloseTo(1, 6);
    expect(report.retrieval.imageToText.recallAt1.value).toBe(1);
    expect(report.retrieval.imageToText.recallAt1.baseline.pValue).toBeLessThan(0.06);
    expect(report.gapDimensions.forHalf.value).toBeNaN();
    expect(report.separability.value).toBeLessThanOrEqual(0.5);
  });

  test('rows that are all the same: ties go by index, under a random pairing to the middle', async () => {
    const same: Vectors = { data: new Float32Array(12 * 4).fill(0.5), rows: 12, dim: 4 };
    const { retrieval, separability } = await modalityGap(gpu, same, { ...same }, few);
    expect(retrieval.imageToText.meanRank.value).toBe(6.5);
    expect(retrieval.imageToText.recallAt1.value).toBeCloseTo(1 / 12, 12);
    expect(retrieval.imageToText.meanRank.baseline.mean).toBeCloseTo(6.5, 9);
    expect(retrieval.imageToText.meanRank.baseline.pValue).toBe(1);
    expect(separability.value).toBe(0.5);
  });

  test('purity: of equal cosines the own modality’s come first, whatever comes nearer', () => {
    const own = [1, ...Array(6).fill(0.5)];
    expect(modalityPurity(own, 0, Array(6).fill(0.5))).toBe(0.6);
    expect(modalityPurity([1, ...Array(5).fill(0.5)], 0, [...Array(5).fill(0.5), 0.6])).toBe(0.5);
  });

  test('p says where it is as small as so many pairings can tell', () => {
    expect(pValueText({ pValue: 1 / 1001, permutations: 1000 })).toBe('<= 0.001');
    expect(pValueText({ pValue: 2 / 1001, permutations: 1000 })).toBe('= 0.002');
    expect(pValueText({ pValue: 1 / 31, permutations: 30 })).toBe('<= 0.032');
    expect(pValueText({ pValue: 1, permutations: 30 })).toBe('= 1');
  });

  test('the distribution gap is of shapes, whatever room they take: alignment of the centroids hardly moves it', async () => {
    const [images, texts] = inputs({ n: 60, dim: 8, noise: 0.5, offset: 1 });
    const options = { resamples: 0, permutations: 0 };
    const raw = await modalityGap(gpu, images, texts, options);
    const moved = shiftModalities(images, texts, 1);
    const aligned = await modalityGap(gpu, moved.images, moved.texts, options);
    expect(aligned.squaredFrechet.value).toBeGreaterThan(1.5 * raw.squaredFrechet.value);
    expect(aligned.distributionGap.value).toBeLessThan(1.1 * raw.distributionGap.value);
    const apart = { rows: 2, dim: 4 };
    const [x, y] = [Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0), Float32Array.of(0, 0, 1, 0, 0, 0, 0, 1)];
    const disjoint = await modalityGap(gpu, { ...apart, data: x }, { ...apart, data: y }, options);
    expect(disjoint.distributionGap.value).toBeCloseTo(1, 6);
  });

  test('GAP_STATISTICS has every estimate of a report, by the name of its place', async () => {
    const report = await modalityGap(gpu, rows(5, 1), rows(5, 2), few);
    const listed = GAP_STATISTICS.map(({ name, of }) => [name, of(report)] as const);
    expect(listed.toSorted(byName)).toEqual(estimatesIn(report).sort(byName));
    const bare = { ...report, logitEntropy: undefined };
    const absent = GAP_STATISTICS.filter(({ of }) => of(bare) === undefined).map(({ name }) => name);
    expect(absent).toEqual(['logitEntropy.imageToText', 'logitEntropy.textToImage']);
  });

  test('without resamples and permutations there are values alone', async () => {
    const report = await modalityGap(gpu, rows(5, 1), rows(5, 2), { resamples: 0, permutations: 0 });
    expect(report.centroidDistance).toMatchObject({ low: Number.NaN, high: Number.NaN, resamples: 0 });
    expect(report.alignment.baseline).toMatchObject({ mean: Number.NaN, permutations: 0 });
    expect(report.centroidDistance.value).toBeGreaterThan(0);
    expect(report.logitEntropy).toBeUndefined();
  });
});

/** Every estimate of a report with its place, such as `meanCosine.matched`; lists, which have no names, left out. */
function estimatesIn(value: object, path = ''): [string, object][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner) || ArrayBuffer.isView(inner))
      return [];
    if ('resamples' in inner) return [[`${path}${key}`, inner]];
    return estimatesIn(inner, `${path}${key}.`);
  });
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

describe('pairs by id', () => {
  const of = (ids: readonly string[], ...data: number[]): Vectors => ({
    data: Float32Array.from(data),
    rows: ids.length,
    dim: 2,
    ids,
  });
  const bare = { resamples: 0, permutations: 200 };

  test('in any order they give what the paired rows give; without common ids rows are paired, and it is said', async () => {
    const [images, texts] = inputs({ n: 6, dim: 4, noise: 0.1, offset: 0.2 });
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const order = [3, 0, 5, 2, 4, 1];
    const shuffled = selectRows({ ...texts, ids }, order);
    const judge = await modalityGap(gpu, images, texts, bare);
    expect(judge).toMatchObject({ pairedBy: 'rows', items: 6 });
    const report = await modalityGap(gpu, { ...images, ids }, shuffled, bare);
    expect(report).toEqual({ ...judge, pairedBy: 'ids' });
    expect(report.retrieval.imageToText.recallAt1.value).toBe(1);
    const wrong = await modalityGap(gpu, { ...images, ids }, shuffled, { ...bare, pairBy: 'rows' });
    expect(wrong.retrieval.imageToText.recallAt1.value).toBeLessThan(0.5);
    const others = { ...shuffled, ids: ids.map((id) => `text of ${id}`) };
    expect((await modalityGap(gpu, { ...images, ids }, others, bare)).pairedBy).toBe('rows');
  });

  test('several captions of an image are no misses of each other, and copies of an image count once', async () => {
    const images = of(['A', 'A', 'B', 'B'], 1, 0, 1, 0, 0, 1, 0, 1);
    const texts = of(['A', 'A', 'B', 'B'], 0.9, 0.1, 0.8, 0.2, 0.1, 0.9, 0.6, 0.4);
    const { retrieval, items, pairs, mixedNdcgAt10 } = await modalityGap(gpu, images, texts, bare);
    expect({ items, pairs }).toEqual({ items: 2, pairs: 4 });
    expect(retrieval.imageToText.recallAt1.value).toBe(1);
    expect(retrieval.textToImage.recallAt1.value).toBe(0.75); // the last caption is nearer to A
    expect(retrieval.textToImage.meanRank.value).toBe(1.25);
    expect(retrieval.imageToText.recallAt1.baseline.mean).toBeCloseTo(0.5, 1); // one item of two
    expect(mixedNdcgAt10.value).toBeGreaterThan(0.8);
    const once = of(['A', 'B'], 1, 0, 0, 1);
    expect(await modalityGap(gpu, once, texts, bare)).toEqual(
      await modalityGap(gpu, images, texts, bare), // an image is paired with each of its captions
    );
  });

  test('ids of which only some correspond are an error that names them', async () => {
    const run = (a: Vectors, b: Vectors) => modalityGap(gpu, a, b, bare);
    const some = run(of(['a', 'b'], 1, 0, 0, 1), of(['b', 'c'], 1, 0, 0, 1));
    await expect(some).rejects.toThrow(new PairIdsError(['a'], ['c'], []));
    await expect(some).rejects.toThrow(
      'images and texts do not correspond by id: the id "a" of the images no text has; the id "c" of the texts no image has',
    );
    await expect(run(of(['a', 'a'], 1, 0, 0, 1), of(['a', 'a', 'a'], 1, 0, 0, 1, 1, 1))).rejects.toThrow(
      new PairIdsError([], [], ['a']),
    );
    const unnamed = { data: Float32Array.of(1, 0), rows: 1, dim: 2 };
    await expect(modalityGap(gpu, unnamed, unnamed, { ...bare, pairBy: 'ids' })).rejects.toThrow(
      InvalidOptionError,
    );
  });
});

describe('errors', () => {
  const rows = (...data: number[]): Vectors => ({
    data: Float32Array.from(data),
    rows: data.length / 2,
    dim: 2,
  });
  const run = (images: Vectors, texts: Vectors, options = {}) => modalityGap(gpu, images, texts, options);

  test('counts that differ, and none at all', async () => {
    await expect(run(rows(1, 2, 3, 4), rows(1, 2))).rejects.toThrow(new PairCountError(2, 1));
    await expect(run(rows(), rows())).rejects.toThrow(new PairCountError(0, 0));
  });

  test('dimensions that differ', async () => {
    const texts = { data: Float32Array.of(1, 2, 3), rows: 1, dim: 3 };
    await expect(run(rows(1, 2), texts)).rejects.toThrow(
      new ShapeError('modalityGap', 'texts', '[rows, 2]', [1, 3]),
    );
  });

  test('vectors without a direction name their row', async () => {
    await expect(run(rows(1, 2, 0, 0), rows(1, 2, 3, 4))).rejects.toThrow(new ZeroVectorError('images', 1));
    await expect(run(rows(1, 2), rows(1, Number.NaN))).rejects.toThrow(
      new NonFiniteVectorError('texts', 0, 1, Number.NaN),
    );
  });

  test.each([{ resamples: -1 }, { permutations: 1.5 }, { seed: 0.5 }, { logitScale: 0 }])(
    '%o',
    async (options) => {
      const [[name, value] = ['', 0]] = Object.entries(options);
      await expect(run(rows(1, 2), rows(1, 2), options)).rejects.toThrow(InvalidOptionError);
      await expect(run(rows(1, 2), rows(1, 2), options)).rejects.toThrow(
        new RegExp(`^${name} must be .*${value}$`),
      );
    },
  );

  test('more pairs than the host has memory for, before the first step', async () => {
    const x: Vectors = { data: new Float32Array(40_000).fill(1), rows: 10_000, dim: 4 };
    const before = { ...gpu.counters };
    const measured = modalityGap(gpu, x, x, { resamples: 10 }, { availableMemory: () => 1e8 });
    await expect(measured).rejects.toThrow(HostMemoryError);
    await expect(measured).rejects.toThrow(
      'modalityGap: 10,000 pairs takes 0.2 GB, and 0.1 GB are free; measure a sample of the pairs, or ask for ' +
        'fewer resamples and permutations, or none',
    );
    expect(gpu.counters).toEqual(before);
  });

  test('more pairs than a binding has room for, before the first step; without resamples they are taken', async () => {
    const small = withLimits(gpu, 4 * 64 * (96 + PANEL_GAP));
    const pairs = (rows: number): [Vectors, Vectors] => [
      { data: seededNormal(rows * 4, 1), rows, dim: 4 },
      { data: seededNormal(rows * 4, 2), rows, dim: 4 },
    ];
    const stages: string[] = [];
    const onProgress = ({ stage }: { stage: string }) => stages.push(stage);
    const options = { resamples: 10, permutations: 5, onProgress };
    const measured = modalityGap(small, ...pairs(97), options);
    await expect(measured).rejects.toThrow(
      'modalityGap (pairs) needs 97, the device allows 96; measure a sample of the pairs, or ask for fewer resamples and',
    );
    expect(stages).toEqual([]);
    const same = async (count: number, options: GapOptions) => {
      const [one, two] = [
        await modalityGap(small, ...pairs(count), options),
        await modalityGap(gpu, ...pairs(count), options),
      ];
      expect(one.retrieval).toEqual(two.retrieval);
      expect(one.centroidDistance).toEqual(two.centroidDistance);
      expect(one.uniformity.texts.value).toBeCloseTo(two.uniformity.texts.value, 6); // cosines in f32
      return [one.uniformity.images.high, two.uniformity.images.high] as const;
    };
    const [high, wholeHigh] = await same(96, options);
    expect(high).toBeCloseTo(wholeHigh, 6);
    await same(97, { resamples: 0, permutations: 5 });
    small.destroy();
  });

  test('a signal ends it', async () => {
    const abort = new AbortController();
    const onProgress = ({ stage }: { stage: string }) => {
      if (stage === 'spectrum') abort.abort();
    };
    const x: Vectors = { data: seededNormal(400, 1), rows: 20, dim: 20 };
    const options = { resamples: 20, permutations: 5, onProgress, signal: abort.signal };
    await expect(run(x, { ...x }, options)).rejects.toThrow(AbortedError);
  });
});

test('eigenvalues of a matrix with known ones, some of them equal', () => {
  // Q diag(v) Q with the reflection Q = 1 - 2 u u^T
  const size = 23;
  const wanted = Float64Array.from({ length: size }, (_, i) => [0, 0, 1e-6, 1, 1, 1, 2.5, -3][i % 8] ?? 0);
  const u = Float64Array.from(seededNormal(size, 9));
  const length = Math.sqrt(u.reduce((sum, value) => sum + value * value, 0));
  const q = (i: number, j: number) => Number(i === j) - (2 * (u[i] ?? 0) * (u[j] ?? 0)) / length ** 2;
  const matrix = Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return wanted.reduce((sum, value, k) => sum + q(i, k) * value * q(k, j), 0);
  });
  expect(maxAbsDiff(symmetricEigenvalues(matrix, size), wanted.sort())).toBeLessThan(1e-13);
});
