import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeEngine, settled } from './page/fake-engine.ts';
import { Site } from './page/site.ts';
import { openNinePairs, textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// Two embeddings of the same pairs side by side.

const fake = vi.hoisted(() => {
  Object.assign(globalThis, {
    document: { hidden: true, baseURI: 'http://localhost/' },
    matchMedia: () => ({ matches: false, addEventListener: () => {} }),
  });
  return { engine: undefined as FakeEngine | undefined };
});
vi.mock('../examples/browser/src/engine/client.ts', () => ({ engine: () => fake.engine?.remote }));

const { session } = await import('../examples/browser/src/state/session.ts');
const comparing = await import('../examples/browser/src/state/compare.ts');
const { matched } = await import('../examples/browser/src/state/compared-pairs.ts');
const { engines } = await import('../examples/browser/src/state/engines.ts');
const maps = await import('../examples/browser/src/state/map.ts');
const { differencesOf } = await import('../examples/browser/src/state/pair-differences.ts');
const messages = await import('../examples/browser/src/state/messages.ts');

const rows = (values: readonly number[]) => ({
  data: Float32Array.from(values.flatMap((value) => [value, 1])),
  rows: values.length,
  dim: 2,
});
const figures = (cosine: readonly number[], rank: readonly number[]) => ({
  cosine: Float32Array.from(cosine),
  captionRank: Uint32Array.from(rank),
});

function open(ids: readonly string[], values: readonly number[]): void {
  const kept = ids.map((_, i) => i);
  session.take({
    model: undefined,
    space: { name: 'tiny', fingerprint: 'f', dim: 2 },
    inputs: ids.map((id) => ({ id, caption: id, label: '', image: undefined })),
    window: undefined,
    embedded: {
      ...{ images: rows(values), texts: rows(values), kept, skipped: [], truncated: 0 },
      distances: new Float32Array(ids.length),
    },
  });
}

comparing.followComparison();

describe('the maps of a comparison', () => {
  let engine: FakeEngine;
  const RAW = { kind: 'raw' } as const;
  const place = (iteration: number, shown: MapShown = RAW) => {
    const embedding = Float32Array.from({ length: 8 }, (_, i) => iteration + i);
    maps.placeMap({
      ...{ perplexity: 1, isWhole: true, shown },
      step: { iteration, klDivergence: 0, embedding },
    });
    return embedding;
  };
  type MapShown = Parameters<typeof maps.placeMap>[0]['shown'];

  beforeEach(async () => {
    engine = fake.engine = new FakeEngine();
    open(['a', 'b'], [1, 2]);
    const kept = comparing.keepAsA();
    await engine.answer('shownVectors', { images: rows([3, 4]), texts: rows([5, 6]) });
    await kept;
    comparing.sideA.value = 'kept';
  });

  const compareThem = async () => {
    const done = comparing.compare();
    const figuresOf = figures([0.5, 0.25], [1, 2]);
    await engine.answer('compare', { statistics: [], a: figuresOf, b: figuresOf });
    await done;
  };

  test('are drawn once there is a map, from its places, with the rows of A', async () => {
    await compareThem();
    expect(engine.waits('mapBeside')).toBe(false);
    const embedding = place(1000);
    const { given, resolve } = await engine.next('mapBeside');
    expect(given[0]).toEqual({ images: rows([3, 4]), texts: rows([5, 6]) });
    expect(given[1]).toEqual(embedding);
    resolve(new Float32Array(8));
    await settled();
    expect(comparing.comparedMaps.value?.b).toEqual(embedding);
  });

  test('not from a map of another shift, nor from one that moves', async () => {
    place(1000);
    session.show({ kind: 'sliders', means: 1, shapes: 0 }, new Float32Array(2));
    await compareThem();
    expect(engine.waits('mapBeside')).toBe(false);
    void maps.runMap('settle');
    const { given, resolve } = await engine.next('map');
    await (given[1] as (step: object) => Promise<void>)({
      ...{ iteration: 5, klDivergence: undefined },
      embedding: new Float32Array(8),
    });
    expect(engine.waits('mapBeside')).toBe(false);
    resolve(undefined);
    await engine.next('mapBeside');
  });

  test('are drawn again by an engine that took the place of a lost one', async () => {
    place(1000);
    await compareThem();
    await engine.next('mapBeside');
    engines.value += 1;
    await engine.next('mapBeside');
  });

  test('an end of the comparison ends their descent', async () => {
    place(1000);
    await compareThem();
    await engine.next('mapBeside');
    engine.calls = [];
    comparing.endComparison();
    expect(engine.calls.filter(({ name }) => name === 'cancel').map(({ given }) => given[0])).toEqual(
      expect.arrayContaining(['compare', 'map beside']),
    );
    expect(comparing.comparedMaps.pending).toBe(false);
  });
});

describe('which pairs are compared', () => {
  let engine: FakeEngine;
  beforeEach(() => {
    engine = fake.engine = new FakeEngine();
    messages.messages.value = [];
    comparing.keptSide.value = undefined;
  });

  const keys = (...names: string[]) =>
    names.map((name) => ({ id: name.split(' ')[0] ?? '', caption: name.split(' ')[1] ?? '' }));

  test.each([
    ['by name, in any order', keys('a x', 'b x'), keys('b y', 'c x', 'a x'), { here: [0, 1], there: [2, 0] }],
    [
      'of several captions by the caption',
      keys('a x', 'a y', 'c x'),
      keys('c x', 'a y', 'a x'),
      { here: [0, 1, 2], there: [2, 1, 0] },
    ],
    [
      'one caption that is another now',
      keys('a x', 'a y'),
      keys('a y', 'a z'),
      { here: [0, 1], there: [1, 0] },
    ],
    ['not where it is unclear', keys('a x', 'a y'), keys('a z', 'a w'), { here: [], there: [] }],
    [
      'without captions in their order',
      keys('a', 'b', 'a', 'c'),
      keys('c x', 'a x', 'x x', 'a y'),
      { here: [0, 2, 3], there: [1, 3, 0] },
    ],
    ['the same twice', keys('a x', 'a x'), keys('a x', 'a x'), { here: [0, 1], there: [0, 1] }],
  ])('%s', (_, first, second, expected) => {
    expect(matched(first, second)).toEqual(expected);
  });

  test('what was set aside goes with the rows of the same pairs, in their order now', async () => {
    open(['a', 'b', 'c'], [1, 2, 3]);
    const kept = comparing.keepAsA();
    await engine.answer('shownVectors', { images: rows([1, 2, 3]), texts: rows([4, 5, 6]) });
    await kept;
    open(['c', 'x', 'a'], [30, 40, 10]);
    comparing.sideA.value = 'kept';
    const done = comparing.compare();
    const { given, resolve } = await engine.next('compare');
    expect(given[0]).toMatchObject({
      name: 'A: tiny',
      vectors: { images: rows([3, 1]), texts: rows([6, 4]) },
    });
    expect(given.slice(1)).toEqual(['B: tiny', [0, 2], { hasIntervals: true, shown: { kind: 'raw' } }]);
    resolve({ statistics: [], a: figures([0.5, 0.25], [1, 2]), b: figures([0.25, 0.5], [3, 1]) });
    await done;
    expect(comparing.compared.value).toMatchObject({ pairs: [0, 2], leftOut: { open: 1, a: 1 } });
    const found = comparing.compared.value;
    expect(found && differencesOf(found)).toEqual([
      { pair: 0, cosineA: 0.5, cosineB: 0.25, cosineChange: -0.25, rankA: 1, rankB: 3, rankChange: 2 },
      { pair: 2, cosineA: 0.25, cosineB: 0.5, cosineChange: 0.25, rankA: 2, rankB: 1, rankChange: -1 },
    ]);
  });

  test('what was fitted on the pairs gets no intervals, which would not hold', async () => {
    open(['a', 'b'], [1, 2]);
    session.show({ kind: 'sliders', means: 1, shapes: 0 }, new Float32Array(2));
    comparing.sideA.value = 'embedded';
    void comparing.compare();
    expect((await engine.next('compare')).given.at(-1)).toMatchObject({
      hasIntervals: false,
      shown: { kind: 'sliders' },
    });
  });

  test('embeddings of other pairs say that they have none in common', async () => {
    open(['a', 'b'], [1, 2]);
    comparing.keptSide.value = {
      name: 'others',
      isClosed: false,
      pairs: keys('x', 'y'),
      vectors: { images: rows([1, 2]), texts: rows([1, 2]) },
    };
    comparing.sideA.value = 'kept';
    await comparing.compare();
    expect(comparing.compareTrouble.words).toContain('others and the open pairs have none in common');
    expect(messages.messages.value).toEqual([]);
    expect(comparing.compared.pending).toBe(false);
  });

  test('a shift, or other pairs, while it is on its way: it never shows', async () => {
    open(['a', 'b'], [1, 2]);
    comparing.keptSide.value = {
      name: 'x',
      isClosed: false,
      pairs: [
        { id: 'a', caption: 'a' },
        { id: 'b', caption: 'b' },
      ],
      vectors: { images: rows([1, 2]), texts: rows([1, 2]) },
    };
    comparing.sideA.value = 'kept';
    const done = comparing.compare();
    const { resolve } = await engine.next('compare');
    session.show({ kind: 'sliders', means: 1, shapes: 0 }, new Float32Array(2));
    resolve({ statistics: [], a: figures([1, 1], [1, 1]), b: figures([1, 1], [1, 1]) });
    await done;
    expect(comparing.compared.value).toBeUndefined();
  });
});

describe.skipIf(!existsSync(CHROMIUM))('comparing by clicks', () => {
  let site: Site;
  let seen: Visit;
  let page: Page;

  beforeAll(async () => {
    site = await Site.build();
    seen = await visit(site);
    page = seen.page;
    await openNinePairs(page);
  });
  afterAll(async () => {
    await seen?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  const panel = () => page.locator('.panel-compare');
  const press = (name: string) => panel().getByRole('button', { name, exact: true }).click();
  const statistics = () => panel().getByRole('table', { name: 'Statistics of A and B' });
  const distances = async () => {
    const cells = await statistics()
      .getByRole('row', { name: /^Distance of the centroids/ })
      .getByRole('cell')
      .allTextContents();
    return cells.map((cell) => Number.parseFloat(cell.replace('−', '-')));
  };

  test('before and after a closing: the gap goes, and the maps and the pairs stand beside each other', async () => {
    expect(await panel().getByRole('button', { name: 'Compare', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('slider', { name: /means/i }).fill('1');
    await press('Compare');
    await statistics().waitFor();
    const [a = 0, b = 0, difference = 0] = await distances();
    expect(a).toBeGreaterThan(0.3);
    expect(b).toBeLessThan(0.1);
    expect(difference).toBeCloseTo(b - a, 2);
    await expect.poll(() => panel().locator('canvas').count()).toBe(2);
    expect(await panel().locator('figcaption').allTextContents()).toEqual([
      'A: as embedded',
      expect.stringMatching(/^B: embedded, closed: means 1\.00, shapes 0\.00$/),
    ]);
    const pairs = panel().getByRole('table', { name: 'Differences of pairs' });
    expect(await pairs.getAttribute('aria-rowcount')).toBe('10');
    await pairs.getByRole('button', { name: 'Cosine B' }).click();
    expect(await pairs.getByRole('columnheader', { name: 'Cosine B' }).getAttribute('aria-sort')).toBe(
      'descending',
    );
  });

  test('it goes to files, and away', async () => {
    const [download] = await Promise.all([page.waitForEvent('download'), press('Comparison as CSV')]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(10);
    expect(lines[1]).toContain('A: as embedded');
    const [json] = await Promise.all([page.waitForEvent('download'), press('Comparison as JSON')]);
    const report = JSON.parse(await readFile(await json.path(), 'utf8'));
    expect([report.pairs.length, report.a]).toEqual([9, 'A: as embedded']);
    await press('Close');
    await expect.poll(() => statistics().count()).toBe(0);
    expect(await panel().locator('canvas').count()).toBe(0);
  });

  test('a file of the same pairs, on a phone too', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Embeddings as NPZ', exact: true }).click(),
    ]);
    const npz = { name: 'embeddings.npz', mimeType: '', buffer: await readFile(await download.path()) };
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByLabel('Embeddings to compare with').setInputFiles(npz);
    await panel().getByText('set aside: embeddings.npz, embedded').waitFor();
    await press('Compare');
    await statistics().waitFor();
    expect((await distances())[0]).toBeGreaterThan(0.3);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await textOf(panel().locator('.hint').nth(1))).toMatch(/^9 pairs\./);
    expect([seen.errors, seen.foreign]).toEqual([[], []]);
    await page.setViewportSize({ width: 1400, height: 900 });
  });

  test('f32 beside f16, where the adapter has it, or the reason why not', async () => {
    await page.locator('.panel-closing').getByRole('radio', { name: 'embedded', exact: true }).check();
    await press('Set B aside as A');
    await panel().getByText('set aside: embedded', { exact: false }).waitFor();
    await press('Embed in f16');
    const half = panel().getByText('embedded (f16)', { exact: false });
    const refused = page.locator('.notice.error');
    await half.or(refused).first().waitFor();
    if (await refused.count()) {
      expect(await textOf(refused.first())).toMatch(/shader-f16/);
      return;
    }
    await press('Compare');
    await statistics().waitFor();
    expect(Math.abs((await distances())[2] ?? 1)).toBeLessThan(0.01);
  });
});
