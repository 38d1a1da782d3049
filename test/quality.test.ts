// The judges are NumPy and scikit-learn in double precision (golden/quality/quality.py), intervals included: they are
// drawn by the same numbers there.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError, InvalidOptionError, ShapeError } from '../src/errors.ts';
import { shiftModalities } from '../src/metrics/gap/shift.ts';
import { agreement } from '../src/metrics/quality/agreement.ts';
import { averagePrecision } from '../src/metrics/quality/average-precision.ts';
import { compareQuality } from '../src/metrics/quality/compare.ts';
import { embeddingQuality } from '../src/metrics/quality/embedding-quality.ts';
import {
  EntryCountError,
  LabelWithoutPromptError,
  UnpairedReportsError,
} from '../src/metrics/quality/errors.ts';
import type { JudgedRows } from '../src/metrics/quality/judged-rows.ts';
import { kMeans } from '../src/metrics/quality/k-means.ts';
import { QUALITY_MEASURES, type QualityReport } from '../src/metrics/quality/report.ts';
import { disturbedRows } from '../src/metrics/quality/zero-shot.ts';
import { NonFiniteVectorError, type Vectors, ZeroVectorError } from '../src/metrics/vectors.ts';
import { HostMemoryError } from '../src/platform/host-memory.ts';
import { testGpu } from './support/gpu.ts';
import { seededNormal, seededUniform } from './support/numbers.ts';

interface Case {
  readonly name: string;
  readonly n: number;
  readonly dim: number;
  readonly classes: number;
  readonly captions: number;
  readonly sample: number;
  readonly groups?: number;
  readonly inertia: number;
  readonly measures: Record<string, { value: number; low: number; high: number; floor?: number }>;
}
interface Golden {
  readonly seed: number;
  readonly resamples: number;
  readonly swaps: number;
  readonly noise: number;
  readonly logitScale: number;
  readonly cases: readonly Case[];
  readonly averagePrecision: readonly { scores: number[]; relevant: number[]; value: number }[];
  readonly agreement: readonly {
    name: string;
    classes: number[];
    clusters: number[];
    adjustedRand: number;
    vMeasure: number;
  }[];
}
const golden = JSON.parse(
  readFileSync(new URL('golden/quality/quality.json', import.meta.url), 'utf8'),
) as Golden;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

/** As in golden/quality/quality.py, to the bit. */
function inputs({ n, dim, classes, captions, groups }: Omit<Case, 'inertia' | 'measures'>): JudgedRows {
  const items = Array.from({ length: n }, (_, i) => Math.floor(i / captions));
  const classOf = (i: number) => (items[i] ?? 0) % classes;
  const [centre, place, shift] = [
    seededUniform(classes * dim, 1),
    seededUniform(n * dim, 2),
    seededUniform(dim, 3),
  ];
  const at = (values: Float32Array, row: number, d: number) => values[row * dim + d] ?? 0;
  const rows = (seed: number, sign: number, each: readonly number[]): Vectors => {
    const noise = seededUniform(n * dim, seed);
    const value = (i: number, d: number) =>
      at(centre, classOf(i), d) +
      0.5 * at(place, items[i] ?? 0, d) +
      0.4 * at(noise, each[i] ?? 0, d) +
      sign * 0.2 * (shift[d] ?? 0);
    const data = Float32Array.from({ length: n * dim }, (_, k) => value(Math.floor(k / dim), k % dim));
    return { data, rows: n, dim };
  };
  const own = Array.from({ length: n }, (_, i) => i);
  const beside = seededUniform(classes * dim, 7);
  const names = ['heart', 'lung', 'liver', 'kidney', 'brain'].slice(0, classes);
  return {
    images: rows(4, 1, items),
    texts: rows(5, -1, own),
    queries: rows(6, -1, own),
    items: items.map((item) => `item ${item}`),
    labels: items.map((item, i) => names[(classOf(i) + Number(item % 7 === 3)) % classes] ?? ''),
    ...(groups && { groups: own.map((i) => Math.floor(i / groups)) }),
    prompts: {
      vectors: { data: centre.map((value, i) => value + 0.9 * (beside[i] ?? 0)), rows: classes, dim },
      labels: names,
    },
    logitScale: golden.logitScale,
  };
}

describe.each(golden.cases)('$name: $n x $dim', (of) => {
  let report: QualityReport;
  beforeAll(async () => {
    const { seed, resamples, swaps, noise } = golden;
    report = await embeddingQuality(gpu, inputs(of), { seed, resamples, swaps, noise, sample: of.sample });
  });

  test('the judge has every measure', () => {
    expect(QUALITY_MEASURES.map(({ name }) => name).sort()).toEqual(Object.keys(of.measures).sort());
  });

  test.each(QUALITY_MEASURES)('$name', ({ name, of: read }) => {
    const ours = read(report);
    const judge = of.measures[name];
    for (const key of ['value', 'low', 'high'] as const) {
      expect(Math.abs((ours?.[key] ?? Number.NaN) - (judge?.[key] ?? 0)), key).toBeLessThan(1e-4); // cosines in f32
    }
  });

  test('the floor of the distribution gap', () => {
    const { baseline } = report.distributionGap;
    expect(baseline.mean).toBeCloseTo(of.measures.distributionGap?.floor ?? 0, 6);
    expect(baseline.permutations).toBe(golden.swaps);
  });

  test('says what it is of', () => {
    const { pairs, items, drawn, sampled, classes } = report;
    const units = of.groups ? ['groups', of.n / of.groups] : ['items', of.n / of.captions];
    expect({ pairs, items, drawn, sampled, classes }).toEqual({
      pairs: of.n,
      items: of.n / of.captions,
      drawn: { units: units[0], count: units[1] },
      sampled: Math.min(of.n, of.sample),
      classes: of.classes,
    });
  });
});

test.each(golden.averagePrecision)(
  'average precision, ties found together: $value',
  ({ scores, relevant, value }) => {
    expect(averagePrecision(Float32Array.from(scores), Uint8Array.from(relevant))).toBeCloseTo(value, 12);
  },
);

test('average precision without a relevant candidate is undefined', () => {
  expect(averagePrecision(Float32Array.of(1, 2), Uint8Array.of(0, 0))).toBeNaN();
});

describe('agreement of clusters and classes', () => {
  test.each(golden.agreement)('$name', ({ classes, clusters, adjustedRand, vMeasure }) => {
    const ours = agreement(classes, clusters, new Float64Array(classes.length).fill(1));
    expect(ours.adjustedRand).toBeCloseTo(adjustedRand, 12);
    expect(ours.vMeasure).toBeCloseTo(vMeasure, 12);
  });

  test('rows drawn twice are no pair of different rows; of none nothing is defined', () => {
    const { classes, clusters } = golden.agreement[0] ?? { classes: [], clusters: [] };
    const once = agreement(classes, clusters, new Float64Array(classes.length).fill(1));
    const twice = agreement(classes, clusters, new Float64Array(classes.length).fill(2));
    expect(twice.adjustedRand).toBeCloseTo(once.adjustedRand, 12);
    expect(twice.vMeasure).toBeCloseTo(once.vMeasure, 12);
    expect(agreement([0, 1], [0, 1], [0, 0])).toEqual({ adjustedRand: Number.NaN, vMeasure: Number.NaN });
  });
});

describe('k-means', () => {
  test.each(golden.cases.filter(({ sample, n }) => sample >= n))(
    'finds scikit-learn’s best: $name',
    async (of) => {
      const { images, texts } = inputs(of);
      const data = Float32Array.from([...unitRows(images), ...unitRows(texts)]);
      const { inertia, clusters } = await kMeans(gpu, { data, rows: 2 * of.n, dim: of.dim }, of.classes, {
        seed: 7,
      });
      expect(inertia / of.inertia).toBeCloseTo(1, 5);
      expect(new Set(clusters).size).toBe(of.classes);
    },
  );

  test('of equal rows, and of as many clusters as rows', async () => {
    const same = { data: new Float32Array(12).fill(0.5), rows: 6, dim: 2 };
    const { clusters, central, inertia } = await kMeans(gpu, same, 3, { seed: 1 });
    expect([clusters, central[0], inertia]).toEqual([new Uint32Array(6), 0, 0]);
    const rows = { data: seededNormal(12, 1), rows: 6, dim: 2 };
    const each = await kMeans(gpu, rows, 6, { seed: 1 });
    expect(each.inertia).toBe(0);
    expect(new Set(each.clusters).size).toBe(6);
    expect(Array.from(each.central, (row) => each.clusters[row])).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

function unitRows({ data, rows, dim }: Vectors): Float32Array {
  const length = (row: number) => Math.hypot(...data.subarray(row * dim, (row + 1) * dim));
  const lengths = Array.from({ length: rows }, (_, row) => length(row));
  return data.map((value, at) => value / (lengths[Math.floor(at / dim)] ?? 1));
}

const random = (n: number, seed: number, dim = 8): Vectors => ({
  data: seededNormal(n * dim, seed),
  rows: n,
  dim,
});
const few = { resamples: 20, swaps: 5 };
const everything = (n: number, images = random(n, 1), texts = random(n, 2)): JudgedRows => ({
  images,
  texts,
  queries: random(n, 3),
  labels: Array.from({ length: n }, (_, i) => i % 3),
  prompts: { vectors: random(3, 4), labels: [0, 1, 2] },
  logitScale: 10,
});

describe('special inputs', () => {
  test('one pair: a distribution gap is undefined, the rest is not', async () => {
    const report = await embeddingQuality(gpu, everything(1), few);
    const values = QUALITY_MEASURES.map(({ name, of }) => [name, of(report)?.value ?? Number.NaN] as const);
    expect(values.filter(([, value]) => Number.isNaN(value)).map(([name]) => name)).toEqual([
      'distributionGap',
    ]);
    expect(report.meanAveragePrecision?.value).toBe(1);
    expect(report.mixedSearch?.ndcgAt10.value).toBeCloseTo(1, 12);
    expect(report.clusters?.adjustedRand.value).toBe(1);
  });

  test('rows that are all the same: by chance, ties found together', async () => {
    const same: Vectors = { data: new Float32Array(12 * 4).fill(0.5), rows: 12, dim: 4 };
    const labels = Array.from({ length: 12 }, (_, i) => i % 3);
    const report = await embeddingQuality(gpu, { images: same, texts: same, queries: same, labels }, few);
    expect(report.meanAveragePrecision?.value).toBeCloseTo(7 / 23, 12); // of 23 others 7 are of the class
    expect(report.clusters?.vMeasure.value).toBe(0); // all in one cluster
    expect(report.clusters?.adjustedRand.value).toBe(0);
    expect(report.distributionGap.value).toBe(0);
    expect(report.centroidDistance.value).toBe(0);
    expect(report.retrieval.imageToText.recallAt1.value).toBeCloseTo(1 / 12, 12);
    expect(report.mixedSearch?.imagesInTop10.value).toBe(1); // of equal cosines images come first
  });

  test('copies of an image within its item are one result of a search', async () => {
    const images: Vectors = { data: Float32Array.of(1, 0, 1, 0, 0, 1), rows: 3, dim: 2 };
    const texts: Vectors = { data: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9), rows: 3, dim: 2 };
    const judged = { images, texts, queries: texts, labels: ['a', 'a', 'b'], items: [5, 5, 6] };
    const report = await embeddingQuality(gpu, judged, few);
    expect(report.items).toBe(2);
    expect(report.mixedSearch?.ndcgAt10.value).toBeCloseTo(1, 12);
    expect(report.mixedSearch?.imagesInTop10.value).toBeCloseTo(2 / 5, 12); // two images, three texts
    expect(report.meanAveragePrecision?.value).toBe(1);
    const apart = await embeddingQuality(gpu, { ...judged, items: undefined }, few);
    expect(apart.mixedSearch?.imagesInTop10.value).toBeCloseTo(3 / 6, 12);
    expect(apart.retrieval.textToImage.recallAt1.value).toBeLessThan(1);
  });

  test('the nearest of several prompts of a class names it', async () => {
    const images: Vectors = { data: Float32Array.of(1, 0, 0, 1), rows: 2, dim: 2 };
    const vectors: Vectors = { data: Float32Array.of(-1, 0, 0, 1, 3, 0.1), rows: 3, dim: 2 };
    const rows = { images, texts: images, labels: ['a', 'b'] };
    const right = await embeddingQuality(
      gpu,
      { ...rows, prompts: { vectors, labels: ['a', 'b', 'a'] } },
      few,
    );
    expect(right.zeroShot?.accuracy.value).toBe(1);
    const wrong = await embeddingQuality(
      gpu,
      { ...rows, prompts: { vectors, labels: ['a', 'a', 'b'] } },
      few,
    );
    expect(wrong.zeroShot?.accuracy.value).toBe(0);
  });

  test('flips: of the given disturbed images, else of a step of the given length', async () => {
    const rows = everything(30);
    const flips = async (given: JudgedRows, noise = 0.5) =>
      (await embeddingQuality(gpu, given, { ...few, noise })).zeroShot?.flips.value;
    const disturbed = disturbedRows(rows.images, 2, 0);
    expect(await flips({ ...rows, disturbed: rows.images })).toBe(0);
    expect(await flips({ ...rows, disturbed })).toBe(await flips(rows, 2));
    expect(await flips(rows, 2)).toBeGreaterThan((await flips(rows, 0.1)) ?? 1);
    const unit = unitRows(rows.images);
    for (let row = 0; row < 30; row++) {
      const step = Math.hypot(
        ...Array.from({ length: 8 }, (_, d) => (disturbed.data[row * 8 + d] ?? 0) - (unit[row * 8 + d] ?? 0)),
      );
      expect(step).toBeCloseTo(2, 5);
    }
  });

  test('of more than ten relevant results ten are ideal', async () => {
    const [image, near] = [
      Array(12).fill([1, 0]).flat(),
      Array.from({ length: 12 }, (_, i) => [1, 0.01 * (i + 1)]).flat(),
    ];
    const of = (data: number[]): Vectors => ({ data: Float32Array.from([...data, 0, 1]), rows: 13, dim: 2 });
    const items = [...Array(12).fill('a'), 'b'];
    const { mixedSearch } = await embeddingQuality(
      gpu,
      { images: of(image), texts: of(near), queries: of(image), items },
      { resamples: 0, swaps: 0 },
    );
    expect(mixedSearch?.imagesInTop10.value).toBeCloseTo((12 * 0.1 + 0.1) / 13, 12); // the image once, and nine of its texts
    expect(mixedSearch?.ndcgAt10.value).toBeCloseTo(1, 12);
  });

  test('a resample without a pair of the sample says nothing of it', async () => {
    const report = await embeddingQuality(gpu, everything(3), { resamples: 200, swaps: 0, sample: 1 });
    const { meanAveragePrecision, clusters, zeroShot } = report;
    expect(zeroShot?.accuracy.resamples).toBe(200);
    expect(meanAveragePrecision?.resamples).toBeLessThan(180); // (2 / 3)^3 of them
    expect(meanAveragePrecision).toMatchObject({ value: 1, low: 1, high: 1 });
    expect(clusters?.vMeasure.resamples).toBe(meanAveragePrecision?.resamples);
  });

  test('progress counts every stage to its end', async () => {
    const last = new Map<string, number[]>();
    await embeddingQuality(gpu, everything(6), {
      ...few,
      onProgress: ({ stage, done, total }) => last.set(stage, [done, total]),
    });
    expect([...last]).toEqual([
      ['cosines', [12, 12]],
      ['clusters', [3, 3]],
      ['spectrum', [25, 25]],
    ]);
  });

  test('what the rows do not tell is undefined, and absent from comparisons', async () => {
    const bare = await embeddingQuality(gpu, { images: random(9, 1), texts: random(9, 2) }, few);
    const absent = QUALITY_MEASURES.filter(({ of }) => of(bare) === undefined).map(
      ({ name }) => name.split('.')[0],
    );
    expect([...new Set(absent)]).toEqual([
      'meanAveragePrecision',
      'clusters',
      'mixedSearch',
      'zeroShot',
      'logitEntropy',
    ]);
    expect(compareQuality(bare, bare)).toHaveLength(QUALITY_MEASURES.length - absent.length);
  });

  test('without resamples and swaps there are values alone', async () => {
    const report = await embeddingQuality(gpu, everything(9), { resamples: 0, swaps: 0 });
    expect(report.centroidDistance).toMatchObject({ low: Number.NaN, high: Number.NaN, resamples: 0 });
    expect(report.distributionGap.baseline.permutations).toBe(0);
    expect(report.distributionGap.value).toBeGreaterThan(0);
  });

  test('QUALITY_MEASURES has every estimate of a report, by the name of its place', async () => {
    const report = await embeddingQuality(gpu, everything(5), few);
    const listed = new Map<string, unknown>(QUALITY_MEASURES.map(({ name, of }) => [name, of(report)]));
    expect(listed).toEqual(new Map(estimatesIn(report)));
  });
});

/** Every estimate of a report with its place. */
function estimatesIn(value: object, path = ''): [string, object][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, object][] => {
    if (typeof inner !== 'object' || inner === null || ArrayBuffer.isView(inner)) return [];
    if ('replicates' in inner) return [[`${path}${key}`, inner]];
    return key === 'drawn' ? [] : estimatesIn(inner, `${path}${key}.`);
  });
}

describe('paired differences', () => {
  const of = golden.cases[1] as Case;
  const options = { resamples: 300, swaps: 0, seed: 3 };
  /** Images moved towards the texts a little: better, by the same kind of rows. */
  const moved = (rows: JudgedRows, amount: number): JudgedRows => ({
    ...rows,
    images: {
      ...rows.images,
      data: rows.images.data.map((value, at) => value + amount * ((rows.texts.data[at] ?? 0) - value)),
    },
  });

  test('of a report with itself are exactly 0, and the same seed gives the same report', async () => {
    const [one, two] = [
      await embeddingQuality(gpu, inputs(of), options),
      await embeddingQuality(gpu, inputs(of), options),
    ];
    expect(two).toEqual(one);
    for (const { difference, low, high, resamples } of compareQuality(one, two)) {
      expect({ difference, low, high }).toEqual({ difference: 0, low: 0, high: 0 });
      expect(resamples).toBeGreaterThan(0);
    }
    const other = await embeddingQuality(gpu, inputs(of), { ...options, seed: 4 });
    expect(other.mixedNdcgAt10.value).toBe(one.mixedNdcgAt10.value);
    expect(other.mixedNdcgAt10.low).not.toBe(one.mixedNdcgAt10.low);
  });

  test('see a change, which intervals of unpaired resamples see less sharply', async () => {
    const before = await embeddingQuality(gpu, inputs(of), options);
    const after = await embeddingQuality(gpu, moved(inputs(of), 0.1), options);
    const unpaired = await embeddingQuality(gpu, moved(inputs(of), 0.1), { ...options, seed: 4 });
    const differences = new Map(compareQuality(before, after).map((each) => [each.name, each]));
    for (const name of ['mixedNdcgAt10', 'meanAveragePrecision', 'logitEntropy.imageToText'] as const) {
      const paired = differences.get(name);
      const at = QUALITY_MEASURES.find((measure) => measure.name === name)?.of;
      const [a, b] = [at?.(before)?.replicates ?? [], at?.(unpaired)?.replicates ?? []];
      const apart = Float64Array.from(b, (value, r) => value - (a[r] ?? 0)).sort();
      const width = (paired?.high ?? 0) - (paired?.low ?? 0);
      expect(width, name).toBeLessThan(0.7 * ((apart[292] ?? 0) - (apart[7] ?? 0)));
      expect(paired?.difference).toBeCloseTo((paired?.after ?? 0) - (paired?.before ?? 0), 12);
    }
    const { low = 0, high = 0 } = differences.get('mixedNdcgAt10') ?? {};
    expect(low).toBeGreaterThan(0);
    const back = new Map(compareQuality(after, before).map((each) => [each.name, each])).get('mixedNdcgAt10');
    expect(back?.high).toBeCloseTo(-low, 12);
    expect(back?.low).toBeCloseTo(-high, 12);
  });

  test('a centroid distance that vanishes: the difference lies in its interval, which is below 0', async () => {
    const rows = inputs(of);
    const before = await embeddingQuality(gpu, rows, options);
    const after = await embeddingQuality(
      gpu,
      { ...rows, ...shiftModalities(rows.images, rows.texts, 1) },
      options,
    );
    const change = compareQuality(before, after).find(({ name }) => name === 'centroidDistance');
    expect(change?.low).toBeLessThan(change?.difference ?? Number.NaN);
    expect(change?.high).toBeGreaterThan(change?.difference ?? Number.NaN);
    expect(change?.high).toBeLessThan(0);
  });

  test('a change that is noise has an interval over 0', async () => {
    const before = await embeddingQuality(gpu, inputs(of), options);
    const rows = inputs(of);
    const noise = seededUniform(of.n * of.dim, 9);
    const data = rows.images.data.map((value, at) => value + 0.02 * (noise[at] ?? 0));
    const after = await embeddingQuality(gpu, { ...rows, images: { ...rows.images, data } }, options);
    const of10 = compareQuality(before, after).find(({ name }) => name === 'mixedNdcgAt10');
    expect(of10?.low).toBeLessThan(0);
    expect(of10?.high).toBeGreaterThan(0);
  });

  test('other dimensions are compared; other pairs, draws or labels are not', async () => {
    const report = await embeddingQuality(gpu, everything(9), few);
    const narrow = everything(9, random(9, 1, 4), random(9, 2, 4));
    const other = { ...narrow, queries: undefined, prompts: undefined };
    expect(compareQuality(report, await embeddingQuality(gpu, other, few)).map(({ name }) => name)).toContain(
      'distributionGap',
    );
    const against = async (rows: JudgedRows, changed = few) =>
      compareQuality(report, await embeddingQuality(gpu, rows, changed));
    await expect(against(everything(8))).rejects.toThrow(new UnpairedReportsError('pairs', 9, 8));
    await expect(against(everything(9), { ...few, resamples: 10 })).rejects.toThrow(
      new UnpairedReportsError('resamples', 20, 10),
    );
    const labels = [0, 0, 0, 1, 1, 1, 2, 2, 2];
    await expect(against({ ...everything(9), labels })).rejects.toThrow('items, groups or labels differ');
  });
});

describe('errors', () => {
  const rows = everything(4);
  const nan = { ...random(4, 1), data: seededNormal(32, 1).fill(Number.NaN, 17, 18) };
  const zero = { ...random(4, 1), data: seededNormal(32, 1).fill(0, 8, 16) };
  const prompts = { vectors: random(3, 4), labels: [0, 1, 2] };
  const wrong: [string, JudgedRows, Error][] = [
    ['too few texts', { ...rows, texts: random(3, 2) }, new EntryCountError('texts', 4, 3)],
    ['too few queries', { ...rows, queries: random(2, 2) }, new EntryCountError('queries', 4, 2)],
    ['too many disturbed', { ...rows, disturbed: random(5, 2) }, new EntryCountError('disturbed', 4, 5)],
    ['labels too short', { ...rows, labels: [0, 1] }, new EntryCountError('labels', 4, 2)],
    ['items too long', { ...rows, items: [0, 1, 2, 3, 4] }, new EntryCountError('items', 4, 5)],
    ['groups too short', { ...rows, groups: [] }, new EntryCountError('groups', 4, 0)],
    [
      'prompts without a label each',
      { ...rows, prompts: { ...prompts, labels: [0, 1] } },
      new EntryCountError('prompts.labels', 3, 2, 'prompts'),
    ],
    [
      'prompts, no labels',
      { ...rows, labels: undefined },
      new InvalidOptionError('labels', 'given where there are prompts', undefined),
    ],
    [
      'a label without a prompt',
      { ...rows, prompts: { ...prompts, labels: [0, 1, '2'] } },
      new LabelWithoutPromptError(2, 2),
    ],
    [
      'a label that is none',
      { ...rows, labels: [0, 1, Number.NaN, 2] },
      new InvalidOptionError('labels[2]', 'a text or a number', Number.NaN),
    ],
    [
      'other dimensions',
      { ...rows, texts: random(4, 2, 7) },
      new ShapeError('embeddingQuality', 'texts', '[rows, 8]', [4, 7]),
    ],
    [
      'no rows',
      { ...rows, images: random(0, 1) },
      new ShapeError('embeddingQuality', 'images', 'at least one row', [0, 8]),
    ],
    ['a NaN', { ...rows, queries: nan }, new NonFiniteVectorError('queries', 2, 1, Number.NaN)],
    ['a row of zeros', { ...rows, texts: zero }, new ZeroVectorError('texts', 1)],
    [
      'a logit scale of 0',
      { ...rows, logitScale: 0 },
      new InvalidOptionError('logitScale', 'a positive number', 0),
    ],
  ];
  test.each(wrong)('%s', async (_, given, error) => {
    await expect(embeddingQuality(gpu, given, few)).rejects.toThrow(error);
  });

  test.each([
    [{ resamples: -1 }, 'resamples must be an integer of at least 0, got -1'],
    [{ swaps: 0.5 }, 'swaps must be an integer of at least 0, got 0.5'],
    [{ sample: 0 }, 'sample must be an integer of at least 1, got 0'],
    [{ noise: 0 }, 'noise must be a positive number, got 0'],
    [{ seed: Number.NaN }, 'seed must be an integer, got NaN'],
  ])('%o', async (options, message) => {
    await expect(embeddingQuality(gpu, rows, options)).rejects.toThrow(message);
  });

  test('messages say what is needed and what came', () => {
    expect(new EntryCountError('labels', 966, 900).message).toBe(
      'embeddingQuality: labels needs one entry for each of the 966 images, got 900',
    );
  });

  test('disturbedRows', () => {
    expect(() => disturbedRows(random(2, 1), -1)).toThrow(InvalidOptionError);
    expect(() => disturbedRows(random(2, 1), 1, 0.5)).toThrow(InvalidOptionError);
    expect(() => disturbedRows({ ...random(2, 1), rows: 3 })).toThrow(ShapeError);
  });

  test('aborts, and refuses what the host has no memory for', async () => {
    const signal = AbortSignal.abort();
    await expect(embeddingQuality(gpu, rows, { ...few, signal })).rejects.toThrow(AbortedError);
    await expect(embeddingQuality(gpu, rows, few, { availableMemory: () => 100 })).rejects.toThrow(
      HostMemoryError,
    );
    const late = new AbortController();
    const onProgress = ({ stage }: { stage: string }) => stage === 'spectrum' && late.abort();
    await expect(embeddingQuality(gpu, rows, { ...few, signal: late.signal, onProgress })).rejects.toThrow(
      AbortedError,
    );
  });
});
