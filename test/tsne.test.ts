// Judge: scikit-learn 1.2's TSNE with its early stop off, on its digits set and on 5,000 generated points in 512
// dimensions (golden/tsne/tsne.py). bench/tsne.ts compares five seeds of each.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trustworthiness } from '../bench/trustworthiness.ts';
import { clusters } from '../bench/tsne-points.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError, InvalidOptionError, ShapeError } from '../src/errors.ts';
import { PointScaleError } from '../src/metrics/neighbours/errors.ts';
import {
  DivergedError,
  PcaInitError,
  PerplexityError,
  TooFewPointsError,
} from '../src/metrics/tsne/errors.ts';
import { tsneSettings } from '../src/metrics/tsne/options.ts';
import {
  type TsneIteration,
  type TsneOptions,
  type TsneProgress,
  type TsneSnapshot,
  tsne,
} from '../src/metrics/tsne/tsne.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { NonFiniteVectorError, ZeroVectorError } from '../src/metrics/vectors.ts';
import { testGpu } from './support/gpu.ts';
import { seededNormal } from './support/numbers.ts';
import { digitsFrom, firstRows, tsneGolden } from './support/tsne-data.ts';

interface RunGolden {
  readonly options: { readonly n_iter: number };
  readonly klDivergence: number;
  readonly trustworthiness: number;
  readonly learningRate: number;
}

const golden = tsneGolden<{
  x: string;
  rows: number;
  dim: number;
  barnesHut: RunGolden;
  cosine: RunGolden;
  exact: RunGolden & { rows: number };
}>('digits');
const digits = digitsFrom(golden);

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

const NO_EARLY_STOP = { nIterWithoutProgress: Number.POSITIVE_INFINITY, minGradNorm: 0 };

describe('as good a map as scikit-learn’s', () => {
  test.each([
    { name: 'digits', x: () => digits, judge: golden.barnesHut, step: 1, options: {} },
    { name: 'digits, cosine', x: () => digits, judge: golden.cosine, step: 1, options: { metric: 'cosine' } },
    {
      name: 'digits, exact',
      x: () => firstRows(digits, golden.exact.rows),
      judge: golden.exact,
      step: 1,
      options: { method: 'exact' },
    },
    {
      name: 'clusters',
      x: () => clusters(5000),
      judge: tsneGolden<{ barnesHut: RunGolden }>('clusters').barnesHut,
      step: 10,
      options: {},
    },
  ] satisfies { options: TsneOptions; [key: string]: unknown }[])(
    '$name',
    async ({ x, judge, step, options }) => {
      const points = x();
      const maxIter = judge.options.n_iter;
      const map = await tsne(gpu, points, { ...NO_EARLY_STOP, ...options, maxIter });
      expect(map.iterations).toBe(maxIter);
      expect(map.learningRate).toBeCloseTo(judge.learningRate, 10);
      expect(map.klDivergence).toBeLessThan(1.02 * judge.klDivergence);
      const trust = trustworthiness(points, map.embedding, step);
      if (options.metric !== 'cosine') expect(trust).toBeGreaterThan(judge.trustworthiness - 0.005);
    },
    600_000, // a minute in all on two cores; far more where others use them
  );
});

/** Points of three clusters. */
function threeClusters(rows: number, dim = 5): Vectors {
  const data = seededNormal(rows * dim, 1).map((v, i) => v + 10 * (Math.floor(i / dim) % 3));
  return { data, rows, dim };
}

test('the same seed gives the same map to the bit, another seed another', async () => {
  const x = threeClusters(150);
  const maps = [];
  for (const seed of [1, 1, 2]) {
    maps.push(await tsne(gpu, x, { init: 'random', seed, maxIter: 300, perplexity: 10 }));
  }
  expect(maps[1]?.embedding).toEqual(maps[0]?.embedding);
  expect(maps[2]?.embedding).not.toEqual(maps[0]?.embedding);
});

test('two calls at once give what each gives alone', async () => {
  const [a, b] = [threeClusters(100), threeClusters(130)];
  const options = { maxIter: 250, perplexity: 8 };
  const [one, two] = await Promise.all([tsne(gpu, a, options), tsne(gpu, b, options)]);
  expect((await tsne(gpu, a, options)).embedding).toEqual(one.embedding);
  expect((await tsne(gpu, b, options)).embedding).toEqual(two.embedding);
});

test('clusters come apart, from every start', async () => {
  const x = threeClusters(90);
  const start = seededNormal(180, 3).map((v) => v * 1e-4);
  for (const init of ['pca', 'random', start] as const) {
    const { embedding } = await tsne(gpu, x, { init, perplexity: 10, maxIter: 500 });
    expect(nearestOfSameCluster(embedding)).toBe(1);
  }
});

/** The share of points whose nearest other is of the same of three clusters. */
function nearestOfSameCluster(map: Float32Array): number {
  const n = map.length / 2;
  let same = 0;
  for (let i = 0; i < n; i++) {
    const others = [...Array(n).keys()].filter((j) => j !== i);
    const distance = (j: number) =>
      ((map[2 * j] ?? 0) - (map[2 * i] ?? 0)) ** 2 + ((map[2 * j + 1] ?? 0) - (map[2 * i + 1] ?? 0)) ** 2;
    const nearest = others.reduce((best, j) => (distance(j) < distance(best) ? j : best));
    if (nearest % 3 === i % 3) same += 1;
  }
  return same / n;
}

/** Root mean square of the distances to the mean. @param map `[n, 2]` */
function spread(map: Float32Array): number {
  const [x, y] = [0, 1].map((axis) => map.filter((_, i) => i % 2 === axis));
  const variance = (values: Float32Array = new Float32Array()) => {
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  };
  return Math.sqrt(variance(x) + variance(y));
}

test('openTSNE’s rate is n / exaggeration of each phase, and the first is exaggerated as much as the other at least', () => {
  const of = (options: TsneOptions) => tsneSettings(4800, options);
  expect(of({ learningRate: 'n/exaggeration' }).learningRates).toEqual([100, 1200]);
  expect(of({ learningRate: 'n/exaggeration', exaggeration: 4 }).learningRates).toEqual([100, 300]);
  expect(of({ exaggeration: 4 })).toMatchObject({ earlyExaggeration: 12, learningRates: [100, 100] });
  expect(of({ exaggeration: 24 })).toMatchObject({ earlyExaggeration: 24, exaggeration: 24 });
});

test('an exaggerated map has denser clusters, is reported with its own rate, and its divergence without the factor', async () => {
  const points = threeClusters(90);
  const [plain, dense] = [
    await tsne(gpu, points, { perplexity: 10, maxIter: 500 }),
    await tsne(gpu, points, {
      perplexity: 10,
      maxIter: 500,
      exaggeration: 4,
      learningRate: 'n/exaggeration',
    }),
  ];
  expect(dense.learningRate).toBeCloseTo(90 / 4 / 4, 6);
  expect(spread(dense.embedding)).toBeLessThan(0.7 * spread(plain.embedding));
  expect(dense.klDivergence).toBeGreaterThan(plain.klDivergence);
  expect(dense.klDivergence).toBeLessThan(4 * plain.klDivergence);
});

test('the learning rate auto grows with the points from 2,400 on, as scikit-learn’s', () => {
  const rate = (rows: number, options: TsneOptions = {}) => tsneSettings(rows, options).learningRates[0];
  expect([rate(240), rate(2400), rate(4800), rate(48_000)]).toEqual([50, 50, 100, 1000]);
  expect(rate(4800, { earlyExaggeration: 4 })).toBe(300);
  for (const perplexity of [0, -5, Number.POSITIVE_INFINITY, Number.NaN]) {
    expect(() => rate(240, { perplexity })).toThrow(InvalidOptionError);
  }
});

test.each([2, 3, 4, 5, 9])('%d points', async (rows) => {
  const x = threeClusters(rows);
  for (const method of ['barnes_hut', 'exact'] as const) {
    const map = await tsne(gpu, x, { perplexity: Math.min(3, rows - 1), maxIter: 250, method });
    expect(map.embedding.length).toBe(2 * rows);
    expect(map.embedding.every(Number.isFinite)).toBe(true);
    expect(map.klDivergence).toBeGreaterThan(-1e-6);
  }
});

test('duplicates and points that are all the same have a map', async () => {
  const data = threeClusters(60).data;
  const twice = { data: Float32Array.from([...data, ...data]), rows: 120, dim: 5 };
  const same = { data: new Float32Array(200).fill(7), rows: 50, dim: 4 };
  for (const [x, init] of [
    [twice, 'pca'],
    [same, 'random'],
  ] as const) {
    for (const method of ['barnes_hut', 'exact'] as const) {
      const map = await tsne(gpu, x, { perplexity: 5, maxIter: 300, init, method });
      expect(map.embedding.every(Number.isFinite)).toBe(true);
      expect(map.klDivergence).toBeGreaterThan(0);
    }
  }
});

test('callbacks come every 50 iterations and after the last, and progress runs through', async () => {
  const seen: TsneIteration[] = [];
  const progress: TsneProgress[] = [];
  const map = await tsne(gpu, threeClusters(60), {
    perplexity: 5,
    maxIter: 320,
    ...NO_EARLY_STOP,
    onIteration: (state) => seen.push(state),
    onProgress: (state) => progress.push(state),
  });
  expect(seen.map(({ iteration }) => iteration)).toEqual([50, 100, 150, 200, 250, 300, 320]);
  expect(seen.at(-1)?.klDivergence).toBe(map.klDivergence);
  expect([...new Set(progress.map(({ stage }) => stage))]).toEqual([
    'start',
    'neighbours',
    'probabilities',
    'iterations',
  ]);
  expect(progress.at(-1)).toEqual({ stage: 'iterations', done: 320, total: 320 });
});

test('snapshots come as often as asked and after the last, and change nothing', async () => {
  const x = threeClusters(60);
  const options = { perplexity: 5, maxIter: 320, ...NO_EARLY_STOP };
  const snapshots: TsneSnapshot[] = [];
  const shown = await tsne(gpu, x, {
    ...options,
    snapshotEvery: 70,
    onSnapshot: async (snapshot) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      snapshots.push(snapshot);
    },
  });
  expect(snapshots.map(({ iteration }) => iteration)).toEqual([70, 140, 210, 280, 320]);
  expect(snapshots.at(-1)?.embedding).toEqual(shown.embedding);
  expect(snapshots[0]?.embedding).not.toEqual(snapshots[1]?.embedding);
  expect(shown.embedding).toEqual((await tsne(gpu, x, options)).embedding);
});

test('a snapshot shows the map that a run of so many iterations ends with', async () => {
  const x = threeClusters(60);
  const iterations: number[] = [];
  let at260: Float32Array | undefined;
  await tsne(gpu, x, {
    perplexity: 5,
    maxIter: 300,
    ...NO_EARLY_STOP,
    snapshotEvery: 10,
    onSnapshot: ({ iteration, embedding }) => {
      iterations.push(iteration);
      if (iteration === 260) at260 = embedding;
    },
  });
  expect(iterations).toEqual(Array.from({ length: 30 }, (_, i) => 10 * (i + 1)));
  const shorter = await tsne(gpu, x, { perplexity: 5, maxIter: 260, ...NO_EARLY_STOP });
  expect(at260).toEqual(shorter.embedding);
});

test.each(['onSnapshot', 'onIteration'] as const)('%s pauses the descent with its promise', async (hook) => {
  let resume: (() => void) | undefined;
  const going = new Promise<void>((resolve) => {
    resume = resolve;
  });
  const seen: number[] = [];
  let done = 0;
  let atPause: Promise<number> | undefined;
  const run = tsne(gpu, threeClusters(60), {
    perplexity: 5,
    maxIter: 250,
    snapshotEvery: 50,
    [hook]: ({ iteration }: { iteration: number }) => {
      seen.push(iteration);
      if (iteration !== 100) return;
      atPause = new Promise((resolve) => setTimeout(() => resolve(done), 50));
      void atPause.then(resume);
      return going;
    },
    onProgress: (progress) => {
      if (progress.stage === 'iterations') done = progress.done;
    },
  });
  expect((await run).iterations).toBe(250);
  expect(await atPause).toBe(100); // nothing went on in the 50 ms
  expect(seen).toEqual([50, 100, 150, 200, 250]);
});

test('an abort ends the waiting of a paused descent', async () => {
  const alive = gpu.counters.buffersAlive;
  const controller = new AbortController();
  const run = tsne(gpu, threeClusters(60), {
    perplexity: 5,
    signal: controller.signal,
    onSnapshot: () => {
      setTimeout(() => controller.abort('enough'), 1);
      return new Promise(() => {}); // never
    },
  });
  await expect(run).rejects.toThrow(AbortedError);
  expect(gpu.counters.buffersAlive).toBe(alive);
});

test('what a callback throws ends the descent', async () => {
  const alive = gpu.counters.buffersAlive;
  const onSnapshot = async () => {
    throw new RangeError('no room to draw');
  };
  const run = tsne(gpu, threeClusters(60), { perplexity: 5, onSnapshot });
  await expect(run).rejects.toThrow('no room to draw');
  expect(gpu.counters.buffersAlive).toBe(alive);
});

test('ends early where the gradient is small, or nothing is gained', async () => {
  const x = threeClusters(60);
  const still = await tsne(gpu, x, { perplexity: 5, minGradNorm: 1e9 });
  expect(still.iterations).toBe(100); // the first check of either phase
  const stuck = await tsne(gpu, x, { perplexity: 5, nIterWithoutProgress: 50, maxIter: 20_000 });
  expect(stuck.iterations).toBeLessThan(20_000);
});

test('nothing is allocated or read back between checks, and nothing stays', async () => {
  const before = { ...gpu.counters };
  let first = before;
  let last = before;
  await tsne(gpu, threeClusters(60), {
    perplexity: 5,
    maxIter: 500,
    ...NO_EARLY_STOP,
    onIteration: ({ iteration }) => {
      if (iteration === 300) first = { ...gpu.counters };
      if (iteration === 500) last = { ...gpu.counters };
    },
  });
  expect(last.buffersCreated).toBe(first.buffersCreated);
  expect(last.readBacks - first.readBacks).toBe(4);
  expect(gpu.counters.buffersAlive).toBe(before.buffersAlive);
});

test('an abort ends it, and frees what it held', async () => {
  const alive = gpu.counters.buffersAlive;
  const controller = new AbortController();
  const run = tsne(gpu, threeClusters(60), {
    perplexity: 5,
    signal: controller.signal,
    onIteration: () => controller.abort('enough'),
  });
  await expect(run).rejects.toThrow(AbortedError);
  expect(gpu.counters.buffersAlive).toBe(alive);
});

const x = threeClusters(20);
test.each<{ name: string; points: Vectors; options: TsneOptions; error: Error }>([
  {
    name: 'a perplexity of as many as there are points',
    points: x,
    options: { perplexity: 20 },
    error: new PerplexityError(20, 20),
  },
  {
    name: 'the default perplexity on few points',
    points: x,
    options: {},
    error: new PerplexityError(30, 20),
  },
  {
    name: 'one point',
    points: firstRows(x, 1),
    options: { perplexity: 0.5 },
    error: new TooFewPointsError(1),
  },
  { name: 'no points', points: firstRows(x, 0), options: {}, error: new TooFewPointsError(0) },
  {
    name: 'data of another length',
    points: { ...x, rows: 21 },
    options: {},
    error: new ShapeError('tsne', 'x.data', '[21 * 5]', [100]),
  },
  {
    name: 'a value that is not finite',
    points: { ...x, data: x.data.map((v, i) => (i === 7 ? Number.NaN : v)) },
    options: {},
    error: new NonFiniteVectorError('x', 1, 2, Number.NaN),
  },
  {
    name: 'a zero row, by cosine',
    points: { ...x, data: x.data.map((v, i) => (i < 5 ? 0 : v)) },
    options: { metric: 'cosine', perplexity: 5, init: 'random' },
    error: new ZeroVectorError('x', 0),
  },
  {
    name: 'values whose squares are too large',
    points: { ...x, data: x.data.map((v) => v * 1e19) },
    options: { perplexity: 5, init: 'random' },
    error: new PointScaleError(0),
  },
  {
    name: 'PCA of one dimension',
    points: { data: x.data, rows: 100, dim: 1 },
    options: { perplexity: 5 },
    error: new PcaInitError('the points have one dimension'),
  },
  ...(
    [
      ['perplexity', 0, 'a number above 0'],
      ['earlyExaggeration', 0.5, 'a number from 1'],
      ['exaggeration', 0.9, 'a number from 1'],
      ['learningRate', 0, "'auto', 'n/exaggeration' or a number above 0"],
      ['maxIter', 249, 'a whole number from 250'],
      ['nIterWithoutProgress', -2, 'a whole number from -1'],
      ['minGradNorm', -1, 'a number from 0'],
      ['angle', 1.5, 'a number from 0 to 1'],
      ['snapshotEvery', 0, 'a whole number from 1'],
      ['snapshotEvery', 2.5, 'a whole number from 1'],
      ['seed', 0.5, 'a whole number'],
      ['metric', 'manhattan', 'one of euclidean, cosine'],
      ['method', 'fft', 'one of barnes_hut, exact'],
      ['init', 'spectral', 'one of pca, random'],
    ] as const
  ).map(([option, value, expected]) => ({
    name: `${option} of ${value}`,
    points: x,
    options: { perplexity: 5, [option]: value },
    error: new InvalidOptionError(option, expected, value),
  })),
  {
    name: 'a start of another length',
    points: x,
    options: { perplexity: 5, init: new Float32Array(38) },
    error: new InvalidOptionError(
      'init',
      "'pca', 'random' or a Float32Array of 20 x 2 finite values",
      'a Float32Array of 38',
    ),
  },
])('an error: $name', async ({ points, options, error }) => {
  const alive = gpu.counters.buffersAlive;
  await expect(tsne(gpu, points, options)).rejects.toThrow(error);
  expect(gpu.counters.buffersAlive).toBe(alive);
});

test('a map that leaves f32 is a DivergedError', async () => {
  const options = { perplexity: 5, learningRate: 1e29, earlyExaggeration: 1e29 };
  const run = tsne(gpu, threeClusters(60), options);
  await expect(run).rejects.toThrow(DivergedError);
});
