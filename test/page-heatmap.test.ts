import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cosineLimits } from '../examples/browser/src/engine/cosine-limits.ts';
import { evenSample } from '../examples/browser/src/engine/even-sample.ts';
import { orderOf, reordered } from '../examples/browser/src/engine/pair-order.ts';
import { classesTogether } from '../examples/browser/src/state/label-order.ts';
import { Site } from './page/site.ts';
import { openNinePairs, textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// The order of the heatmap's rows and its colours: which point a row is of must be the same wherever it is said.

/** Cosines of unit vectors in the plane, given by their angles. */
function cosinesOf(images: readonly number[], texts: readonly number[]): Float32Array {
  const all = [...images, ...texts];
  return Float32Array.from(all.flatMap((a) => all.map((b) => Math.cos(a - b))));
}

describe('the order of rows', () => {
  const IMAGES = [0, 2, 0.1, 2.1, 1];
  const TEXTS = [0.5, 2, 0.2, 3, 1.3];
  const values = cosinesOf(IMAGES, TEXTS);

  test.each(['given', 'cluster', 'similarity'] as const)(
    'a cell is of its row and its column: %s',
    (order) => {
      const places = orderOf(values, 5, order);
      expect([...places].sort()).toEqual([0, 1, 2, 3, 4]);
      const at = (of: readonly number[]) => places.map((place) => of[place] ?? Number.NaN);
      expect(reordered(values, places)).toEqual(cosinesOf(at(IMAGES), at(TEXTS)));
    },
  );

  test('similarity: by the cosine within the pair, the highest first', () => {
    expect(orderOf(values, 5, 'similarity')).toEqual([1, 2, 4, 0, 3]);
  });

  test('cluster: pairs of images and texts that are alike are neighbours', () => {
    const places = orderOf(values, 5, 'cluster');
    const apart = (a: number, b: number) => Math.abs(places.indexOf(a) - places.indexOf(b));
    expect([apart(0, 2), apart(1, 3)]).toEqual([1, 1]);
  });

  test.each([1, 2])('%i pairs have an order', (n) => {
    const few = cosinesOf(IMAGES.slice(0, n), TEXTS.slice(0, n));
    for (const order of ['cluster', 'similarity'] as const) expect(orderOf(few, n, order)).toHaveLength(n);
  });

  test('label: the largest class first, in it as given; a sample of it has the share of each class', () => {
    const labels = Array.from({ length: 1000 }, (_, i) =>
      i % 10 === 0 ? 'rare' : i % 2 === 0 ? 'even' : 'odd',
    );
    const labelOf = (pair: number) => labels[pair] ?? '';
    expect(classesTogether([3, 10, 2, 1, 5, 4], labelOf)).toEqual([3, 1, 5, 2, 4, 10]);
    const sample = evenSample(
      classesTogether(
        labels.map((_, i) => i),
        labelOf,
      ),
      100,
    );
    const count = (label: string) => sample.filter((pair) => labelOf(pair) === label).length;
    expect(['odd', 'even', 'rare'].map(count)).toEqual([50, 40, 10]);
  });
});

describe('the limits of the colours', () => {
  test('leave out points with themselves, and outliers', () => {
    const side = 40;
    const values = new Float32Array(side * side).fill(0.25);
    for (let i = 0; i < side; i++) values[i * side + i] = 1;
    values[1] = -0.9;
    values[2] = 0.99;
    values.fill(0.5, side + 2, 2 * side);
    expect(cosineLimits(values, side)).toEqual([0.25, 0.5]);
  });

  test('of one pair differ', () => {
    const [low, high] = cosineLimits(cosinesOf([0], [1]), 2);
    expect(low).toBeCloseTo(Math.cos(1));
    expect(high).toBe(1);
  });
});

const LABELS = ['tissue', 'tissue', 'bone', 'tissue', 'chart', 'tissue', 'chest', 'brain', 'chart'];
const BY_LABEL = ['01-', '02-', '04-', '06-', '05-', '09-', '03-', '07-', '08-'];

describe.skipIf(!existsSync(CHROMIUM))('the heatmap', () => {
  let site: Site;
  let visitor: Visit;
  let page: Page;

  beforeAll(async () => {
    site = await Site.build();
    visitor = await visit(site);
    page = visitor.page;
    await openNinePairs(page, LABELS);
  });
  afterAll(async () => {
    await visitor?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  const hint = () => textOf(page.locator('.panel-heatmap .hint').first());
  const order = (name: string) =>
    page.locator('.panel-heatmap').getByRole('radio', { name, exact: true }).check();
  const rowNames = () => page.locator('.cell-name.left').allInnerTexts();
  const hoverCell = async (row: number, column: number) => {
    const heatmap = page.getByRole('application', { name: /Heatmap/ });
    const { width = 0, height = 0 } = (await heatmap.boundingBox()) ?? {};
    await heatmap.hover({
      position: { x: ((column + 0.5) / 18) * width, y: ((row + 0.5) / 18) * height },
    });
  };
  const saved = async (name: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click(),
    ]);
    return { file: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  };

  test('by label: names, readout, file and figure are of the same rows', async () => {
    expect((await rowNames()).slice(0, 3).map((name) => name.slice(0, 3))).toEqual(['01-', '02-', '03-']);
    await order('by label');
    await expect.poll(hint).toContain('classes together, the largest first');
    expect((await rowNames()).slice(0, 9).map((name) => name.slice(0, 3))).toEqual(BY_LABEL);
    await hoverCell(6, 9 + 4);
    const readout = page.locator('.readout-row');
    expect(await textOf(readout)).toContain('03-bone-x-ray.png');
    expect(await textOf(readout)).toContain('covid line chart');
    expect(await textOf(readout)).toContain('bone × chart');
    const shown = await textOf(readout.locator('.cosine strong'));
    const { file, text } = await saved('Cosines as CSV');
    expect(file).toBe('cosines-by-label.csv');
    const row = text.split('\r\n')[7]?.split(',') ?? [];
    expect(row[0]).toBe('image 03-bone-x-ray.png');
    expect(Number(row[1 + 9 + 4]).toFixed(3)).toBe(shown.replace('−', '-'));
    const figure = await saved('Heatmap as SVG');
    expect(figure.file).toBe('heatmap-by-label.svg');
    expect(figure.text).toContain('ordered by label');
    const drawn = BY_LABEL.map((id) => figure.text.indexOf(id));
    expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
  });

  test('bands have the labels’ colours, which a legend names', async () => {
    expect(await page.locator('.band-name.top').allInnerTexts()).toContain('tissue');
    const legend = page.getByRole('list', { name: 'Labels of the bands' });
    expect(await legend.textContent()).toContain('chart');
  });

  test('similarity: own cosines fall along the diagonal', async () => {
    await order('similarity');
    await expect.poll(hint).toContain('sorted by the cosine within the pair');
    const { text } = await saved('Cosines as CSV');
    const rows = text.split('\r\n').map((line) => line.split(','));
    const own = Array.from({ length: 9 }, (_, i) => Number(rows[1 + i]?.[1 + 9 + i]));
    expect(own).toEqual([...own].sort((a, b) => b - a));
  });

  test('the fixed scale stays under a selection; the other one is of what is shown', async () => {
    await order('cluster');
    await expect.poll(hint).toContain('average linkage');
    const ends = () => page.locator('.colour-bar span').allInnerTexts();
    const fixed = await ends();
    await page.locator('.panel-pairs input[type=checkbox]').first().check();
    await expect.poll(hint).toContain('the selection: 1 pair');
    expect(await ends()).toEqual(fixed);
    expect(await page.locator('.beyond').textContent()).toContain('lie beyond');
    await page.getByRole('radio', { name: 'to what is shown' }).check();
    await expect.poll(ends).not.toEqual(fixed);
    expect(await page.locator('.beyond').count()).toBe(0);
    expect(visitor.errors).toEqual([]);
  });
});
