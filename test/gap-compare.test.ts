// The judge is NumPy in double precision, from the definitions (golden/gap/compare.py), which has the same draws.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError, InvalidOptionError } from '../src/errors.ts';
import { compareGaps, type GapComparison, type MeasuredModel } from '../src/metrics/gap/compare.ts';
import type { ComparedModel } from '../src/metrics/gap/compared-pairs.ts';
import { COMPARED_STATISTICS } from '../src/metrics/gap/compared-statistics.ts';
import { ComparedModelError, ComparedPairsError, PairCountError } from '../src/metrics/gap/errors.ts';
import { centredEstimate } from '../src/metrics/gap/estimate.ts';
import { modalityGap } from '../src/metrics/gap/modality-gap.ts';
import { NonFiniteVectorError, selectRows, type Vectors } from '../src/metrics/vectors.ts';
import { HostMemoryError } from '../src/platform/host-memory.ts';
import { testGpu } from './support/gpu.ts';
import { seededNormal, seededUniform } from './support/numbers.ts';

type Interval = Readonly<Record<'value' | 'low' | 'high', number>>;
interface Golden {
  readonly name: string;
  readonly n: number;
  readonly dims: readonly [number, number];
  readonly each: number;
  readonly models: readonly Readonly<Record<string, Interval>>[];
  readonly differences: Readonly<Record<string, Interval>>;
  readonly agreement: Readonly<Record<'images' | 'texts', Record<'cka' | 'debiasedCka', Interval>>>;
  readonly mistakes: {
    readonly uncentred: number;
    readonly unpaired: Interval;
    readonly 'wrong anchor': number;
    readonly 'whole spectrum': number;
  };
}
const golden = JSON.parse(readFileSync(new URL('golden/gap/compare.json', import.meta.url), 'utf8')) as {
  resamples: number;
  seed: number;
  cases: Golden[];
};

let gpu: Gpu;
beforeAll(async () => {
  gpu = await testGpu();
});
afterAll(() => gpu.destroy());

/** As in golden/gap/compare.py. */
function model({ n, dims, each }: Golden, m: 0 | 1): ComparedModel {
  const dim = dims[m];
  const [hidden, see] = [seededUniform(n * 8, 1), seededUniform(8 * dim, 10 * m + 2)];
  const rows = (side: number): Vectors => {
    const [own, shift] = [seededUniform(n * dim, 10 * m + 3 + side), seededUniform(dim, 10 * m + 5 + side)];
    const data = Float32Array.from({ length: n * dim }, (_, at) => {
      const [i, d] = [Math.floor(at / dim), at % dim];
      let seen = 0;
      for (let h = 0; h < 8; h++) seen += (hidden[i * 8 + h] ?? 0) * (see[h * dim + d] ?? 0);
      return seen + 0.6 * (own[at] ?? 0) + 0.5 * (shift[d] ?? 0);
    });
    return { data, rows: n, dim, ids: Array.from({ length: n }, (_, i) => `item ${Math.floor(i / each)}`) };
  };
  return { name: `model ${m}`, images: rows(0), texts: rows(1) };
}

function expectInterval(ours: Interval | undefined, judge: Interval, what: string): void {
  for (const key of ['value', 'low', 'high'] as const) {
    // f32 products of unit rows, sums over up to 60 x 60 of them
    expect(Math.abs((ours?.[key] ?? Number.NaN) - judge[key]), `${what}, ${key}`).toBeLessThan(5e-5);
  }
}

function statistic(of: MeasuredModel | undefined, name: string): Interval | undefined {
  return of && COMPARED_STATISTICS.find((one) => one.name === name)?.of(of);
}

describe.each(golden.cases)('$name: $n pairs, $dims dimensions', (of) => {
  const { resamples, seed } = golden;
  let report: GapComparison;
  beforeAll(async () => {
    report = await compareGaps(gpu, [model(of, 0), model(of, 1)], { resamples, seed, permutations: 0 });
  });

  test('each model’s geometry, and what resamples of items change of its gap', () => {
    expect(report).toMatchObject({ pairs: of.n, items: of.n / of.each, resamples, seed });
    for (const [m, judge] of of.models.entries()) {
      for (const [name, interval] of Object.entries(judge)) {
        expectInterval(statistic(report.models[m], name), interval, `${m} ${name}`);
      }
    }
  });

  test('differences by paired draws; by unpaired ones they would be others', () => {
    const [{ models, statistics } = { models: [], statistics: [] }] = report.differences;
    expect(models).toEqual(['model 0', 'model 1']);
    for (const [name, { value, low, high }] of Object.entries(of.differences)) {
      const ours = statistics.find((one) => one.name === name);
      expect(ours?.resamples).toBe(resamples);
      expectInterval(ours && { ...ours, value: ours.difference }, { value, low, high }, name);
    }
    const { low = 0 } = statistics.find(({ name }) => name === 'centroidDistance') ?? {};
    expect(Math.abs(low - of.mistakes.unpaired.low)).toBeGreaterThan(1e-3);
  });

  test('the models’ images, and their texts, by CKA; uncentred, by the other anchor or the whole spectrum it is another', () => {
    const [agreement] = report.agreement;
    for (const side of ['images', 'texts'] as const) {
      for (const [name, judge] of Object.entries(of.agreement[side])) {
        expectInterval(agreement?.[side][name as 'cka'], judge, `${side} ${name}`);
      }
    }
    const { uncentred, 'wrong anchor': anchor, 'whole spectrum': whole } = of.mistakes;
    expect(Math.abs((agreement?.images.cka.value ?? 0) - uncentred)).toBeGreaterThan(1e-3);
    const score = report.models[0]?.geometry.spectralAlignment.imageToText.value ?? 0;
    for (const mistake of [anchor, whole]) expect(Math.abs(score - mistake)).toBeGreaterThan(1e-4);
  });
});

const bare = { resamples: 0, permutations: 0 };

function random(n: number, dim: number, seed: number): Vectors {
  return { data: seededNormal(n * dim, seed), rows: n, dim };
}

function named(name: string, n: number, dim: number, seed: number): ComparedModel {
  return { name, images: random(n, dim, seed), texts: random(n, dim, seed + 1) };
}

describe('properties', () => {
  test('CKA is blind to turning and to scaling of all rows, and without pairing is about 0 debiased', async () => {
    const [n, dim] = [40, 6];
    const a = named('a', n, dim, 1);
    const turned = ({ data, rows }: Vectors): Vectors => {
      // a Householder reflection after a cyclic shift of the axes: orthogonal, and no axis stays
      const v = seededNormal(dim, 9);
      const square = v.reduce((sum, x) => sum + x * x, 0);
      const out = Float32Array.from(data, (_, at) => data[at - (at % dim) + ((at + 1) % dim)] ?? 0);
      for (let i = 0; i < rows; i++) {
        const row = out.subarray(i * dim, (i + 1) * dim);
        const along = row.reduce((sum, x, d) => sum + x * (v[d] ?? 0), 0) / square;
        for (let d = 0; d < dim; d++) row[d] = 3 * ((row[d] ?? 0) - 2 * along * (v[d] ?? 0));
      }
      return { data: out, rows, dim };
    };
    const b = { name: 'b', images: turned(a.images), texts: turned(a.texts) };
    const c = named('c', n, 40, 20);
    const { agreement, models } = await compareGaps(gpu, [a, b, c], bare);
    expect(agreement.map(({ models: two }) => two.join())).toEqual(['a,b', 'a,c', 'b,c']);
    const [same, other] = agreement;
    for (const side of ['images', 'texts'] as const) {
      expect(same?.[side].cka.value).toBeCloseTo(1, 5);
      expect(same?.[side].debiasedCka.value).toBeCloseTo(1, 5);
      expect(other?.[side].cka.value).toBeGreaterThan(0.2); // by chance
      expect(Math.abs(other?.[side].debiasedCka.value ?? 1)).toBeLessThan(0.2);
    }
    for (const name of ['geometry.cka', 'geometry.spectralAlignment.imageToText']) {
      expect(statistic(models[1], name)?.value).toBeCloseTo(statistic(models[0], name)?.value ?? 0, 5);
    }
  });

  test('a model has the report that modalityGap gives of it alone; a copy differs by 0, with no interval around it', async () => {
    const a = { ...named('a', 12, 5, 3), logitScale: 10 };
    const options = { resamples: 30, permutations: 20, seed: 4 };
    const stages: string[] = [];
    const { models, differences } = await compareGaps(gpu, [a, { ...a, name: 'b' }], {
      ...options,
      onProgress: ({ model: of, stage }) => stages.push(`${of} ${stage}`),
    });
    expect(models[0]?.gap).toEqual(await modalityGap(gpu, a.images, a.texts, { ...options, logitScale: 10 }));
    expect([...new Set(stages)]).toEqual(
      ['a', 'b'].flatMap((of) => ['cosines', 'spectrum', 'geometry'].map((stage) => `${of} ${stage}`)),
    );
    const statistics = differences[0]?.statistics ?? [];
    expect(statistics.map(({ name }) => name)).toEqual(COMPARED_STATISTICS.map(({ name }) => name));
    for (const { name, difference, low, high } of statistics) {
      expect([name, difference, low, high]).toEqual([name, 0, 0, 0]);
    }
  });

  test('pairs are matched by ids in any order, of which some may repeat', async () => {
    const ids = ['p', 'q', 'q', 'r', 's', 't'];
    const a = named('a', 6, 4, 1);
    const [images, texts] = [
      { ...a.images, ids },
      { ...a.texts, ids },
    ];
    const order = [5, 3, 1, 0, 2, 4];
    const moved = { name: 'b', images: selectRows(images, order), texts: selectRows(texts, order) };
    const { agreement, items, pairs } = await compareGaps(gpu, [{ name: 'a', images, texts }, moved], bare);
    expect({ items, pairs }).toEqual({ items: 5, pairs: 6 });
    expect(agreement[0]?.images.cka.value).toBeCloseTo(1, 5);
    expect(agreement[0]?.texts.cka.value).toBeCloseTo(1, 5);
  });

  test('a moved interval stays in the range of its statistic', () => {
    expect(centredEstimate(0.1, [0, 0.9]).low).toBeLessThan(0);
    expect(centredEstimate(0.1, [0, 0.9], [0, 1]).low).toBe(0);
    expect(centredEstimate(0.9, [0.1, 1], [0, 1]).high).toBe(1);
  });

  test('two and three pairs: what is undefined is NaN, nothing is invented', async () => {
    for (const n of [1, 2, 3]) {
      const { agreement } = await compareGaps(gpu, [named('a', n, 4, 1), named('b', n, 4, 5)], bare);
      expect(agreement[0]?.images.debiasedCka.value).toBeNaN();
      if (n > 1) expect(agreement[0]?.images.cka.value).toBeGreaterThan(0);
    }
  });
});

describe('errors', () => {
  const run = (...models: ComparedModel[]) => compareGaps(gpu, models, bare);
  const withIds = (of: ComparedModel, ...ids: string[]): ComparedModel => ({
    ...of,
    images: { ...of.images, ids },
    texts: { ...of.texts, ids },
  });

  test('other pairs are an error that names them', async () => {
    const [a, b] = [named('a', 3, 4, 1), named('b', 3, 5, 2)];
    const error = run(withIds(a, 'p', 'q', 'r'), withIds(b, 'q', 'q', 's'));
    await expect(error).rejects.toThrow(
      new ComparedPairsError('a', 'b', { missing: ['p', 'r'], extra: ['q', 's'] }),
    );
    await expect(error).rejects.toThrow(
      'models are compared over the same pairs: the ids "p", "r" "b" lacks; the ids "q", "s" only "b" has; embed',
    );
    await expect(run(a, named('b', 4, 4, 2))).rejects.toThrow(
      '"a" has 3 pairs without ids, "b" 4 pairs without ids',
    );
    await expect(run(withIds(a, 'p', 'q', 'r'), b)).rejects.toThrow(ComparedPairsError);
  });

  test('a model whose rows cannot be measured is named, with the reason', async () => {
    const [a, b] = [named('a', 3, 4, 1), named('b', 3, 5, 2)];
    const uneven = run(a, { ...b, texts: random(2, 5, 3) });
    await expect(uneven).rejects.toThrow(ComparedModelError);
    await expect(uneven).rejects.toThrow('model "b": modalityGap: needs as many texts as images');
    await expect(uneven).rejects.toHaveProperty('cause', new PairCountError(3, 2));
    const broken = { ...b.images, data: Float32Array.from(b.images.data).fill(Number.NaN, 7, 8) };
    const cause = new NonFiniteVectorError('images', 1, 2, Number.NaN);
    await expect(run(a, { ...b, images: broken })).rejects.toHaveProperty('cause', cause);
  });

  test('fewer than two, two of one name, no memory, or a signal', async () => {
    const [a, b] = [named('a', 3, 4, 1), named('b', 3, 5, 2)];
    await expect(run(a)).rejects.toThrow(InvalidOptionError);
    await expect(run(a, { ...b, name: 'a' })).rejects.toThrow(
      'models[1].name must be a name that no other model has',
    );
    const poor = compareGaps(gpu, [a, b], bare, { availableMemory: () => 500 });
    await expect(poor).rejects.toThrow(HostMemoryError);
    await expect(poor).rejects.toThrow('compare a sample of the pairs, or fewer models at a time');
    await expect(compareGaps(gpu, [a, b], { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
  });
});
