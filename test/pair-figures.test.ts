// What each pair is among the others. Judge: NumPy (golden/pair-figures.py).
import { readFile } from 'node:fs/promises';
import { releaseGpu } from 'biomedclip-webgpu';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { pairFigures } from '../examples/browser/src/engine/pair-figures.ts';
import { FakeEngine } from './page/fake-engine.ts';

const fake = vi.hoisted(() => {
  Object.assign(globalThis, {
    document: { hidden: true, baseURI: 'http://localhost/' },
    matchMedia: () => ({ matches: false, addEventListener: () => {} }),
  });
  return { engine: undefined as FakeEngine | undefined };
});
vi.mock('../examples/browser/src/engine/client.ts', () => ({ engine: () => fake.engine?.remote }));

const { session } = await import('../examples/browser/src/state/session.ts');
const { measurePairs } = await import('../examples/browser/src/state/pair-figures.ts');
const table = await import('../examples/browser/src/state/pair-table.ts');

afterAll(() => releaseGpu());

interface Golden {
  readonly images: readonly (readonly number[])[];
  readonly texts: readonly (readonly number[])[];
  readonly cosine: readonly number[];
  readonly captionRank: readonly number[];
  readonly imageRank: readonly number[];
  readonly beatingCaption: readonly number[];
  readonly imageDistance: readonly number[];
  readonly captionDistance: readonly number[];
  readonly twins: readonly boolean[];
}
const golden: Golden = JSON.parse(
  await readFile(new URL('golden/pair-figures.json', import.meta.url), 'utf8'),
);
const rows = (lists: readonly (readonly number[])[]) => ({
  data: Float32Array.from(lists.flat()),
  rows: lists.length,
  dim: lists[0]?.length ?? 0,
});
const pairsOf = (from: number, to: number) => ({
  images: rows(golden.images.slice(from, to)),
  texts: rows(golden.texts.slice(from, to)),
});
const near = (actual: Float32Array, wanted: readonly number[]) =>
  expect(Math.max(...wanted.map((value, i) => Math.abs(value - (actual[i] ?? Number.NaN))))).toBeLessThan(
    2e-6,
  );

test('ranks, what beats, how far off and what is nearly the same: as NumPy', async () => {
  const figures = await pairFigures(pairsOf(0, 60), new AbortController().signal);
  near(figures.cosine, golden.cosine);
  expect([...figures.captionRank]).toEqual(golden.captionRank);
  expect([...figures.imageRank]).toEqual(golden.imageRank);
  expect([...figures.beatingCaption]).toEqual(golden.beatingCaption);
  near(figures.imageDistance, golden.imageDistance);
  near(figures.captionDistance, golden.captionDistance);
  expect([...figures.twins].map((twin) => twin >= 0)).toEqual(golden.twins);
  expect([figures.twins[30], figures.twins[31]]).toEqual([31, 30]);
});

test.each([1, 2])('of %i pairs too', async (n) => {
  const figures = await pairFigures(pairsOf(4, 4 + n), new AbortController().signal);
  near(figures.cosine, golden.cosine.slice(4, 4 + n));
  expect(Math.max(...figures.captionRank)).toBeLessThanOrEqual(n);
  expect(figures.imageDistance).toHaveLength(n);
});

describe('the table', () => {
  const N = 20;
  const facts = (i: number) => ({
    id: `${i}.png`,
    caption: i % 2 ? `An MRI, ${i}` : `an X-ray, ${i}`,
    label: i < 12 ? 'head' : 'hand',
    group: `p${i % 3}`,
    image: undefined,
  });
  const figures = () => ({
    cosine: Float32Array.from({ length: N }, (_, i) => i / N),
    captionRank: Uint32Array.from({ length: N }, (_, i) => N - i),
    imageRank: Uint32Array.from({ length: N }, (_, i) => (i < 10 ? 5 : 1)),
    beatingCaption: Int32Array.from({ length: N }, (_, i) => (i === N - 1 ? -1 : N - 1)),
    imageDistance: Float32Array.from({ length: N }, (_, i) => (i === 7 ? 0.9 : 0.1 + i / 1000)),
    captionDistance: new Float32Array(N).fill(0.2),
    twins: Int32Array.from({ length: N }, (_, i) => (i === 3 ? 4 : i === 4 ? 3 : -1)),
  });
  const ids = () => table.shownRows.value.map(({ pair }) => pair);
  async function open() {
    fake.engine = new FakeEngine();
    const vectors = { data: new Float32Array(2 * N), rows: N, dim: 2 };
    const kept = Array.from({ length: N }, (_, i) => i);
    session.take({
      model: undefined,
      space: { name: 'x', fingerprint: undefined, dim: 2 },
      inputs: kept.map(facts),
      window: undefined,
      embedded: {
        ...{ images: vectors, texts: vectors, kept, skipped: [], truncated: 0 },
        distances: Float32Array.from(kept, (i) => (i * 7) % N),
      },
    });
    const measured = measurePairs();
    await fake.engine.answer('pairFigures', figures());
    await measured;
  }

  test('begins with the pairs that lie farthest apart, and sorts by any column', async () => {
    await open();
    const farthest = [...Array(N).keys()].sort((a, b) => ((b * 7) % N) - ((a * 7) % N));
    expect(ids()).toEqual(farthest);
    table.sortBy('captionRank');
    expect(ids().slice(0, 3)).toEqual([19, 18, 17]);
    table.sortBy('captionRank');
    expect(ids().slice(0, 3)).toEqual([0, 1, 2]);
    table.sortBy('id');
    expect(ids().slice(0, 12).at(-1)).toBe(11); // 2 before 10, as people count
    table.sortBy('beatenBy');
    expect(ids().at(-1)).toBe(N - 1); // what nothing beats is last
  });

  test('is filtered by words, classes and numbers, together', async () => {
    await open();
    table.sortBy('id');
    table.searched.value = 'mri';
    expect(ids()).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    table.filterBy('label', 'hand');
    expect(ids()).toEqual([13, 15, 17, 19]);
    table.filterBy('cosine', [0.7, undefined]);
    expect(ids()).toEqual([15, 17, 19]);
    table.filterBy('captionRank', [undefined, 3]);
    expect(ids()).toEqual([17, 19]);
    table.clearFilters();
    expect(ids()).toHaveLength(N);
  });

  test('has the worst pairs, near-duplicates and outliers ready', async () => {
    await open();
    expect(table.readyPairs.value).toEqual({
      worst: [...Array(10).keys()], // caption rank beyond 2 of 20 up to pair 17, image rank up to 9
      twins: [3, 4],
      outliers: [7],
    });
    table.ready.value = 'twins';
    expect(ids().sort((a, b) => a - b)).toEqual([3, 4]);
  });

  test('after a shift there are no figures until there are new ones', async () => {
    await open();
    session.show({ kind: 'sliders', means: 1, shapes: 0 }, new Float32Array(N));
    expect(
      table.shownRows.value.every(
        ({ cosine, captionRank }) => cosine === undefined && captionRank === undefined,
      ),
    ).toBe(true);
    expect(table.readyPairs.value).toBeUndefined();
  });

  test('forgets its filters with the pairs', async () => {
    await open();
    table.searched.value = 'nothing like that';
    expect(ids()).toEqual([]);
    await open();
    expect(ids()).toHaveLength(N);
  });
});
