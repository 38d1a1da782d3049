// Controls: what must hold whatever the data, and every refusal. The maps themselves are judged in closing.test.ts.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeClosing } from '../src/closing/closing-file.ts';
import {
  ClosingFileError,
  ClosingMismatchError,
  FewRowsError,
  NoSpreadError,
  UnpairedRowsError,
} from '../src/closing/errors.ts';
import type { ClosingOptions } from '../src/closing/options.ts';
import { InvalidOptionError, ShapeError, UnknownOptionError } from '../src/errors.ts';
import type { PixelSource } from '../src/image/source.ts';
import {
  BiomedClip,
  fitGapClosing,
  loadGapClosing,
  modalityGap,
  releaseGpu,
  sweepGapClosings,
} from '../src/index.ts';
import { NonFiniteVectorError, type Vectors, ZeroVectorError } from '../src/metrics/vectors.ts';
import { maxAbsDiff, seededNormal } from './support/numbers.ts';

const DIM = 12;
/** Pairs of `groups` subjects whose texts lie apart from their images and are stretched otherwise. */
function pairs(n: number, { groups = 20, seed = 1, dim = DIM } = {}) {
  const centres = seededNormal(groups * dim, seed);
  const [own, noiseX, noiseY] = [10, 11, 12].map((s) => seededNormal(n * dim, seed + s)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const group = Array.from({ length: n }, (_, i) => i % groups);
  const rowsOf = (noise: Float32Array, side: number): Vectors => ({
    data: Float32Array.from({ length: n * dim }, (_, at) => {
      const [i, d] = [Math.floor(at / dim), at % dim];
      const shared = (centres[(group[i] ?? 0) * dim + d] ?? 0) + 0.7 * (own[at] ?? 0);
      const stretch = side > 0 ? 1 + d / dim : 2 - d / dim;
      return stretch * (shared + 0.3 * (noise[at] ?? 0)) + (d === 0 ? 6 * side : 0);
    }),
    rows: n,
    dim,
  });
  return { images: rowsOf(noiseX, 1), texts: rowsOf(noiseY, -1), groups: group };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'closing-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await releaseGpu();
});

const closingOf = (rows: { images: Vectors; texts: Vectors }, options: ClosingOptions = {}) =>
  fitGapClosing({ images: rows.images, texts: rows.texts }, options);

function shuffled(rows: Vectors): Vectors {
  const { data, dim } = rows;
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows.rows; i++) {
    out.set(data.subarray(i * dim, (i + 1) * dim), ((i * 7 + 3) % rows.rows) * dim);
  }
  return { ...rows, data: out };
}

describe('shuffled pairs', () => {
  const real = pairs(300);
  const broken = { ...real, texts: shuffled(real.texts) };
  const held = pairs(100, { seed: 1 });
  const recall = async (rows: typeof real, options: ClosingOptions) => {
    const closing = await closingOf(rows, { folds: 0, ...options });
    const [images, texts] = [await closing.images(held.images), await closing.texts(held.texts)];
    const { retrieval } = await modalityGap(images, texts, { resamples: 0, permutations: 0 });
    return retrieval.textToImage.recallAt10.value;
  };

  test('leave transport as it was', async () => {
    for (const method of ['center', 'transport'] as const) {
      const [a, b] = [
        await closingOf(real, { method, folds: 0 }),
        await closingOf(broken, { method, folds: 0 }),
      ];
      expect(maxAbsDiff(a.maps.images.weight, b.maps.images.weight)).toBeLessThan(1e-5); // sums in another order
      expect(maxAbsDiff(a.maps.texts.weight, b.maps.texts.weight)).toBeLessThan(1e-5);
    }
  });

  test.each(['cca', 'head'] as const)('destroy %s', async (method) => {
    const options = method === 'head' ? { method, head: { identity: 0, learningRate: 0.02 } } : { method };
    expect(await recall(real, options)).toBeGreaterThan(0.5);
    expect(await recall(broken, options)).toBeLessThan(0.35); // chance is 0.1
  });
});

test('prompts closed by their own mean have none afterwards', async () => {
  const closing = await closingOf(pairs(200), { method: 'local', folds: 0 });
  const prompts = pairs(30, { seed: 9 }).texts;
  const meanLength = ({ data, rows, dim }: Vectors) =>
    Math.hypot(
      ...Array.from({ length: dim }, (_, d) =>
        data.reduce((sum, v, i) => sum + (i % dim === d ? v / rows : 0), 0),
      ),
    );
  expect(meanLength(await closing.texts(prompts))).toBeGreaterThan(0.1);
  expect(meanLength(await closing.texts(prompts, { mean: 'own' }))).toBeLessThan(0.06); // scaling brings a little back
  const one = { data: prompts.data.slice(0, DIM), rows: 1, dim: DIM };
  await expect(closing.texts(one, { mean: 'own' })).rejects.toThrow(FewRowsError);
});

test('reciprocal transport changes no inner product of an image with a text', async () => {
  const { images, texts } = pairs(200);
  const { maps } = await closingOf({ images, texts }, { method: 'reciprocal', folds: 0 });
  for (let i = 0; i < DIM; i++) {
    for (let j = 0; j < DIM; j++) {
      let sum = 0; // W_x^T W_y
      for (let k = 0; k < DIM; k++) {
        sum += (maps.images.weight[k * DIM + i] ?? 0) * (maps.texts.weight[k * DIM + j] ?? 0);
      }
      expect(sum).toBeCloseTo(Number(i === j), 4);
    }
  }
});

test('a head tells the loss of each of its steps', async () => {
  const losses: number[] = [];
  const done: number[] = [];
  await fitGapClosing(pairs(80), {
    method: 'head',
    head: { steps: 120, reportEvery: 40 },
    folds: 0,
    onProgress: (progress) => {
      if (progress.stage !== 'training') return;
      done.push(progress.done);
      losses.push(...(progress.losses ?? []));
      expect(progress.total).toBe(120);
    },
  });
  expect(done).toEqual([40, 80, 120]);
  expect(losses).toHaveLength(120);
  expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
});

test('held-out figures come with a floor and intervals, and the gap is smaller than before', async () => {
  const { images, texts, groups } = pairs(300);
  const { report } = await closingOf({ images, texts }, { method: 'transport', strength: 1, groups });
  expect(report.heldOut).toMatchObject({ folds: 5, byGroup: true, pairs: 300, supportsClaims: true });
  const gap = report.heldOut?.measures.find(({ name }) => name === 'distributionGap');
  expect(gap?.after).toBeLessThan(gap?.before ?? 0);
  expect(gap?.floor).toBeGreaterThan(0);
  expect(gap?.high).toBeLessThan(0);
  expect(report.logitScale).toBeGreaterThan(1);
  expect(report.groups).toBe(20);
});

test('9 pairs give a warning, and their figures support no claim', async () => {
  const { report } = await closingOf(pairs(9), { method: 'transport' });
  expect(report.warnings[0]).toMatch(/^9 rows tell no more than the means, and nothing can be claimed/);
  expect(report.heldOut?.supportsClaims).toBe(false);
});

test('a saved closing reads back as it was, in a path and in bytes', async () => {
  const { images, texts, groups } = pairs(120);
  const model = { fingerprint: 'a'.repeat(64), logitScale: 85 };
  const closing = await closingOf({ images, texts }, { method: 'cca', groups, model, folds: 2 });
  const path = join(folder, 'gap.safetensors');
  await closing.save(path);
  for (const again of [await loadGapClosing(path), await loadGapClosing(await closing.toBytes())]) {
    expect(again.report).toEqual(JSON.parse(JSON.stringify(closing.report)));
    const ids = Array.from({ length: 120 }, (_, i) => `row ${i}`);
    const moved = await again.images({ ...images, ids });
    expect(moved.ids).toBe(ids);
    expect(moved.data).toEqual((await closing.images(images)).data);
  }
});

test('damaged files and other files are refused', async () => {
  const bytes = await (await closingOf(pairs(50), { method: 'center', folds: 0 })).toBytes();
  const text = Buffer.from(bytes).toString('latin1');
  const changed = (from: string, to: string) => Buffer.from(text.replace(from, to), 'latin1');
  await expect(loadGapClosing(changed('closing 1', 'closing 2'))).rejects.toThrow(ClosingFileError);
  await expect(loadGapClosing(changed('image.recentre', 'image.recentrE'))).rejects.toThrow(
    'has no tensor image.recentre',
  );
  const nan = bytes.slice();
  new DataView(nan.buffer).setFloat32(nan.length - 4, Number.NaN, true);
  await expect(loadGapClosing(nan)).rejects.toThrow('not finite');
  const path = join(folder, 'other.safetensors');
  await writeFile(
    path,
    await readFile(new URL('../weights/default/open_clip_model.safetensors', import.meta.url)),
  );
  await expect(loadGapClosing(path)).rejects.toThrow(`${path}: has the format "pt" instead of`);
  await expect(loadGapClosing(join(folder, 'none'))).rejects.toThrow('there is no such file');
  await expect(loadGapClosing('')).rejects.toThrow(InvalidOptionError);
});

test('unequal row counts are fine for what needs no pairs', async () => {
  const { images, texts } = pairs(60);
  const fewer = { data: texts.data.slice(0, 40 * DIM), rows: 40, dim: DIM };
  const { report } = await closingOf({ images, texts: fewer }, { method: 'transport' });
  expect(report).toMatchObject({ rows: { images: 60, texts: 40 }, heldOut: undefined, pairedBy: undefined });
  await expect(closingOf({ images, texts: fewer }, { method: 'cca' })).rejects.toThrow(UnpairedRowsError);
  await expect(closingOf({ images, texts: fewer }, { method: 'head' })).rejects.toThrow(UnpairedRowsError);
});

describe('refusals', () => {
  const { images, texts, groups } = pairs(40);
  const with1 = (rows: Vectors, at: number, value: number) => {
    const data = rows.data.slice();
    data[at] = value;
    return { ...rows, data };
  };
  const constant = { ...texts, data: texts.data.map((_, i) => texts.data[i % DIM] ?? 0) };
  const one = (rows: Vectors) => ({ data: rows.data.slice(0, DIM), rows: 1, dim: DIM });
  test.each<[string, Vectors, Vectors, ClosingOptions, new (...args: never[]) => Error]>([
    ['a NaN', with1(images, 5, Number.NaN), texts, {}, NonFiniteVectorError],
    [
      'a zero row',
      { ...images, data: images.data.map((v, i) => (i < DIM ? 0 : v)) },
      texts,
      {},
      ZeroVectorError,
    ],
    ['constant rows', images, constant, { method: 'center' }, NoSpreadError],
    ['one row', one(images), one(texts), {}, FewRowsError],
    ['another dimension', images, { data: texts.data, rows: 20, dim: 2 * DIM }, {}, ShapeError],
    ['too few groups', images, texts, { groups: groups.slice(1) }, InvalidOptionError],
    ['an unknown method', images, texts, { method: 'magic' as 'cca' }, InvalidOptionError],
    ['strength of cca', images, texts, { method: 'cca', strength: 1 }, InvalidOptionError],
    ['strength beyond 1', images, texts, { method: 'transport', strength: 1.5 }, InvalidOptionError],
    ['one fold', images, texts, { folds: 1 }, InvalidOptionError],
    ['a misspelt option', images, texts, { strenght: 1 } as ClosingOptions, UnknownOptionError],
  ])('%s', async (_, x, y, options, error) => {
    await expect(closingOf({ images: x, texts: y }, options)).rejects.toThrow(error);
  });

  test('rows of another length', async () => {
    const closing = await closingOf({ images, texts }, { method: 'center', folds: 0 });
    await expect(closing.images({ data: new Float32Array(8).fill(1), rows: 1, dim: 8 })).rejects.toThrow(
      'closing: images must be [rows, 12], got [1, 8]',
    );
  });
});

describe('a model loaded with a closing', () => {
  const texts = ['a chest X-ray', 'a pie chart', 'a brain MRI', 'a box plot'];
  const image = (grey: number): PixelSource => ({
    width: 8,
    height: 8,
    data: Uint8Array.from({ length: 256 }, (_, i) => (i % 4 === 3 ? 255 : (grey * (i + 1)) % 251)),
  });
  const images = [1, 7, 31, 90].map(image);

  test('gives what the closing makes of its embeddings, and says so', async () => {
    await using plain = await BiomedClip.load();
    const raw = await plain.embedBatch({ images, texts });
    const closing = await closingOf(raw, { method: 'center', model: plain.info, folds: 2 });
    await using model = await BiomedClip.load(undefined, { closing });
    expect(model.info.closing).toEqual({ method: 'center', strength: undefined });
    expect(model.info.logitScale).toBe(closing.report.logitScale);
    const closed = await model.embedBatch({ images, texts });
    expect(closed.images.ids).toEqual(raw.images.ids);
    expect(maxAbsDiff(closed.images.data, (await closing.images(raw.images)).data)).toBeLessThan(1e-6);
    expect(maxAbsDiff(closed.texts.data, (await closing.texts(raw.texts)).data)).toBeLessThan(1e-6);
    await expect(closingOf(closed, { method: 'center', model: model.info })).rejects.toThrow(
      'model must be one without a closing',
    );
    await expect(model.embedBatch({ texts }, { normalize: false })).rejects.toThrow(
      'normalize must be true for a model with a closing',
    );
  });

  test('refuses one of another checkpoint, and warns of one of unknown origin', async () => {
    const rows = pairs(20, { dim: 192 });
    const other = await closingOf(rows, {
      method: 'center',
      model: { fingerprint: 'b'.repeat(64) },
      folds: 0,
    });
    await expect(BiomedClip.load(undefined, { closing: other })).rejects.toThrow(ClosingMismatchError);
    const narrow = await closingOf(pairs(20), { method: 'center', folds: 0 });
    await expect(BiomedClip.load(undefined, { closing: narrow })).rejects.toThrow(ShapeError);
    const unknown = await closingOf(rows, { method: 'center', folds: 0 });
    const warnings: string[] = [];
    const options = { closing: unknown, onWarning: ({ name }: Error) => warnings.push(name) };
    await using _ = await BiomedClip.load(undefined, options);
    expect(warnings).toEqual(['ClosingUnknownModelError', 'ClosingLogitScaleError']);
  });
});

describe('auto', () => {
  test('takes only the means out of few rows', async () => {
    const { report } = await closingOf(pairs(9), { folds: 0 });
    expect(report).toMatchObject({ method: 'center', reason: '9 rows tell the means and no more' });
  });

  test('takes a step that held elsewhere where no groups can be held out', async () => {
    const { images, texts } = pairs(100);
    const one = { method: 'local', strength: 0.5, reason: expect.stringContaining('without groups') };
    expect((await closingOf({ images, texts }, { folds: 0 })).report).toMatchObject(one);
    const groups = new Array(100).fill('same');
    expect((await closingOf({ images, texts }, { folds: 0, groups })).report).toMatchObject(one);
  });

  test('goes as far as groups that it has not seen allow', async () => {
    const many = pairs(300, { groups: 150 });
    const { groups, ...rows } = many;
    expect((await closingOf(rows, { groups, folds: 0 })).report).toMatchObject({
      method: 'reciprocal',
      strength: 1,
      reason: expect.stringMatching(/the step that closes most .* 3 folds/),
    });
  });

  test('stays nearer where a full step costs unseen groups their names', async () => {
    const { images, texts, groups } = pairs(300, { groups: 6 });
    // Each image group is stretched along an axis of its own, so what six groups teach misleads on others.
    const data = images.data.map((value, at) => {
      const [row, d] = [Math.floor(at / DIM), at % DIM];
      return d % 6 === groups[row] ? 8 * value : value;
    });
    const { report } = await closingOf({ images: { ...images, data }, texts }, { groups, folds: 0 });
    expect(report.method).not.toBe('reciprocal');
  });
});

describe('captions that are the names of classes', () => {
  const named = (groups: number) => {
    const rows = pairs(60, { groups });
    const { data } = rows.texts;
    const copies = data.map(
      (_, at) => data[(rows.groups[Math.floor(at / DIM)] ?? 0) * DIM + (at % DIM)] ?? 0,
    );
    return { ...rows, texts: { ...rows.texts, data: copies } };
  };

  test('are fitted by auto, which takes the means out where neighbours do not differ', async () => {
    const { groups, ...rows } = named(10);
    const reason = expect.stringContaining('copies of so few different ones');
    expect((await closingOf(rows, { folds: 0 })).report).toMatchObject({ method: 'center', reason });
    expect((await closingOf(rows, { groups, folds: 0 })).report.method).toBe('center');
    await expect(closingOf(rows, { method: 'local' })).rejects.toThrow("'local' learns from what neighbours");
  });

  test('of two classes have no held-out figures, and a warning says so', async () => {
    const { groups, ...rows } = named(2);
    const { report } = await closingOf(rows, { method: 'center', groups });
    expect(report.heldOut).toBeUndefined();
    expect(report.warnings[0]).toMatch(/^there are no held-out figures and no logit scale/);
  });

  test('are no misses of each other to the logit scale, and one class a fold has none', async () => {
    const { groups, ...rows } = named(3);
    const grouped = await closingOf(rows, { method: 'center', groups, folds: 3 });
    expect(grouped.report.heldOut?.folds).toBe(3);
    expect(grouped.report.logitScale).toBeUndefined();
    const names = grouped.report.heldOut?.measures.map(({ name }) => name);
    expect(names).not.toContain('meanAveragePrecision'); // 1 whatever the rows
    const copies = await closingOf(named(10), { method: 'center', folds: 3 });
    expect(copies.report.logitScale).toBeGreaterThan(9); // 7.1 if copies count as misses
    const told = await closingOf(rows, { method: 'center', folds: 3 });
    expect(told.report.logitScale).toBeCloseTo(100, 4); // no miss is nearer, so CLIP's own limit ends it
  });
});

test('rows of two directions, whose covariance has no inverse, give finite maps', async () => {
  const rows = pairs(2);
  for (const method of ['transport', 'reciprocal', 'local'] as const) {
    const closing = await closingOf(rows, { method, folds: 0 });
    expect((await closing.images(rows.images)).data.every(Number.isFinite)).toBe(true);
  }
});

test('a group of one row is held out with others, or nothing is', async () => {
  const { images, texts } = pairs(100);
  const few = Array.from({ length: 100 }, (_, i) => (i < 3 ? i : 3 + (i % 3)));
  const some = await closingOf({ images, texts }, { method: 'center', groups: few, folds: 6 });
  expect(some.report.heldOut).toMatchObject({ byGroup: true, pairs: 100 });
  const lone = Array.from({ length: 100 }, (_, i) => Number(i === 0));
  const none = await closingOf({ images, texts }, { groups: lone });
  expect(none.report.reason).toContain('without groups to judge by');
  expect(none.report.warnings[0]).toMatch(/^there are no held-out figures/);
});

test('figures without an interval read back as they were', async () => {
  const closing = await closingOf(pairs(60, { dim: 260 }), { method: 'center', folds: 2 });
  const again = await loadGapClosing(await closing.toBytes());
  const gap = again.report.heldOut?.measures.find(({ name }) => name === 'distributionGap');
  expect(gap?.low).toBeNaN(); // eigenvalues of so many dimensions take too long to resample
});

test.each([
  ['logitScale', -5],
  ['logitScale', null],
  ['fingerprint', 5],
])('a file whose report has the %s %s is refused', async (field, value) => {
  const rows = pairs(50);
  const model = { fingerprint: 'a'.repeat(64) };
  const { maps, report } = await closingOf(rows, { method: 'center', folds: 2, model });
  const bytes = await encodeClosing(maps, { ...report, [field]: value });
  await expect(loadGapClosing(bytes)).rejects.toThrow('logitScale or fingerprint');
});

test('options that nothing would read, and holes among groups, are refused', async () => {
  const rows = pairs(40);
  await expect(closingOf(rows, { method: 'center', head: { steps: 3 } })).rejects.toThrow(
    "head must be left out for method 'center'",
  );
  const groups: string[] = new Array(40);
  groups[1] = 'a';
  await expect(closingOf(rows, { method: 'center', groups })).rejects.toThrow(InvalidOptionError);
});

test('an image with several captions counts once where no pairs are looked at', async () => {
  const { images } = pairs(60);
  const captions = pairs(180, { seed: 1 }).texts;
  const id = (row: number) => `image ${row}`;
  const named = { ...images, ids: Array.from({ length: 60 }, (_, row) => id(row)) };
  const texts = { ...captions, ids: Array.from({ length: 180 }, (_, row) => id(Math.floor(row / 3))) };
  for (const method of ['local', 'transport', 'center'] as const) {
    const paired = await closingOf({ images: named, texts }, { method, folds: 0 });
    const apart = await closingOf({ images, texts: captions }, { method, folds: 0, pairBy: 'none' });
    expect(paired.report.pairedBy).toBe('ids');
    expect(maxAbsDiff(paired.maps.images.weight, apart.maps.images.weight)).toBeLessThan(1e-5);
    expect(maxAbsDiff(paired.maps.texts.weight, apart.maps.texts.weight)).toBeLessThan(1e-5);
  }
});

test('folds of pairs that share images are judged, each pair once', async () => {
  const { images } = pairs(60);
  const captions = pairs(180, { seed: 1 }).texts;
  const ids = (rows: number, each: number) =>
    Array.from({ length: rows }, (_, row) => `image ${Math.floor(row / each)}`);
  const rows = { images: { ...images, ids: ids(60, 1) }, texts: { ...captions, ids: ids(180, 3) } };
  const { report } = await closingOf(rows, { method: 'local', folds: 3 });
  expect(report.heldOut).toMatchObject({ folds: 3, pairs: 180 });
});

test('auto gives the maps of the method that it names', async () => {
  const { groups, ...rows } = pairs(300, { groups: 150 });
  const { maps, report } = await closingOf(rows, { groups, folds: 0 });
  const { method, strength } = report;
  const named = await closingOf(rows, { method, strength, folds: 0 });
  expect(maps.images.weight).toEqual(named.maps.images.weight);
  expect(maps.texts.recentre).toEqual(named.maps.texts.recentre);
});

test('a sweep takes no class measure from folds of one class', async () => {
  const { groups, ...rows } = pairs(60, { groups: 3 });
  const { splits } = await sweepGapClosings(rows, { groups, settings: [{ method: 'center' }] });
  const measured = (of: 'captions' | 'groups') =>
    Object.keys(splits.find((split) => split.of === of)?.points[0]?.measures ?? {});
  expect(measured('captions')).toContain('meanAveragePrecision');
  expect(measured('groups')).not.toContain('meanAveragePrecision');
  expect(measured('groups')).not.toContain('clusters.adjustedRand');
  expect(measured('groups')).toContain('distributionGap');
});
