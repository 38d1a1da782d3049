import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BiomedClip, embeddingQuality, loadGapClosing, releaseGpu } from '../src/index.ts';
import type { QualityReport } from '../src/metrics/quality/report.ts';
import { Site } from './page/site.ts';
import { EXAMPLES, examplePath, openNinePairs, openPairs, textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// Judge: the library in Node, on another adapter, with the file that the page saved.

const LABELS = ['tissue', 'tissue', 'scan', 'tissue', 'chart', 'tissue', 'scan', 'scan', 'chart'];

describe.skipIf(!existsSync(CHROMIUM))('closing the gap on the page', () => {
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
    await releaseGpu();
  });

  const press = async (slider: 'Means' | 'Shapes', ...keys: string[]) => {
    await page.getByLabel(slider, { exact: true }).focus();
    for (const key of keys) await page.keyboard.press(key);
  };
  /** As embedded, and as shown. */
  const figures = async (name: string) => {
    const cells = page.locator('.figures-table tr', { hasText: name }).locator('td');
    return (await cells.allInnerTexts()).map((cell) => Number.parseFloat(cell.replace('−', '-')));
  };
  const heading = () => textOf(page.locator('.panel-heatmap .hint').first());
  const alerts = async () => (await page.locator('.panel-closing [role=alert]').allInnerTexts()).join();
  const shownIs = async (words: string) => {
    await expect.poll(heading).toContain(words);
    await expect.poll(() => textOf(page.locator('.closing-status')), { timeout: 60_000 }).toBe('');
  };
  const training = () => textOf(page.locator('.panel-training .readout'));
  const saved = async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save this closing' }).click(),
    ]);
    return readFile(await download.path());
  };
  /** What the library makes of the same pairs with a file of the page. */
  const byLibrary = async (file: Uint8Array): Promise<QualityReport> => {
    const closing = await loadGapClosing(file);
    await using model = await BiomedClip.load();
    expect(closing.report.fingerprint).toBe(model.info.fingerprint);
    const { images, texts } = await model.embedBatch({
      images: EXAMPLES.map(([name]) => examplePath(name)),
      texts: EXAMPLES.map(([, text]) => text),
    });
    const closed = { images: await closing.images(images), texts: await closing.texts(texts) };
    return embeddingQuality({ ...closed, labels: LABELS }, { resamples: 0 });
  };
  const expectFigures = async ({
    centroidDistance,
    distributionGap,
    meanAveragePrecision,
  }: QualityReport) => {
    expect((await figures('Distance of the centroids'))[1]).toBeCloseTo(centroidDistance.value, 2);
    expect((await figures('Distribution gap'))[1]).toBeCloseTo(distributionGap.value, 2);
    expect((await figures('Mean average precision'))[1]).toBeCloseTo(meanAveragePrecision?.value ?? -1, 2);
  };

  test('means at 1 put the centroids together, and half of it half-way', async () => {
    expect(await textOf(page.locator('.panel-closing'))).toContain('the figures flatter');
    await press('Means', 'End');
    await shownIs('means 1.00, shapes 0.00');
    const [before = 0, after = 1] = await figures('Distance of the centroids');
    expect(before).toBeGreaterThan(0.5);
    expect(after).toBeLessThan(0.02);
    await press('Means', ...new Array(10).fill('ArrowLeft'));
    await shownIs('means 0.50, shapes 0.00');
    const [, half = 0] = await figures('Distance of the centroids');
    expect(half).toBeGreaterThan(0.1);
    expect(half).toBeLessThan(before);
    expect(await page.getByRole('button', { name: 'Save this closing' }).isDisabled()).toBe(true);
  });

  test('shapes change what the library says they change', async () => {
    await press('Means', 'End');
    await press('Shapes', 'End');
    await shownIs('means 1.00, shapes 1.00');
    const report = await byLibrary(await saved());
    const [before = 0] = await figures('Distribution gap');
    expect(report.distributionGap.value).toBeLessThan(before - 0.01);
    await expectFigures(report);
  });

  test('held-out figures come with a warning that nine pairs are few', async () => {
    await page.getByRole('button', { name: 'Judge on held-out pairs' }).click();
    const judgement = page.locator('.judgement');
    await judgement.waitFor({ timeout: 60_000 });
    const words = await textOf(judgement);
    expect(words).toContain('Local at 1.00');
    expect(words).toContain('no claim follows');
    expect(words).toContain('of classes that the fit has not seen');
    expect(await judgement.locator('tbody tr').count()).toBeGreaterThan(5);
  });

  test('a training can be stopped, and leaves nothing', async () => {
    await page.getByRole('button', { name: 'Train a head' }).click();
    await expect.poll(training, { timeout: 30_000 }).toMatch(/step [1-9]\d* of 250/);
    await page.getByRole('button', { name: 'Stop training' }).click();
    await expect.poll(training).toContain('stopped: nothing is kept');
    expect(await page.getByLabel('trained head').isDisabled()).toBe(true);
    expect(await page.locator('.notice').count()).toBe(0);
  });

  test('a head trains with a falling loss, is shown, saved and loaded again', async () => {
    await page.getByRole('button', { name: 'Train again' }).click();
    await expect.poll(training, { timeout: 90_000 }).toContain('step 250 of 250');
    await shownIs('closed: trained head');
    const [, first = 0, last = 1] = /loss ([\d.]+) → ([\d.]+), done/.exec(await training()) ?? [];
    expect(Number(last)).toBeLessThan(Number(first));
    const points = await page.locator('.loss-curve polyline').getAttribute('points');
    expect(points?.split(' ')).toHaveLength(250);
    const file = await saved();
    expect((await loadGapClosing(file)).report.method).toBe('head');
    const trained = await figures('Mean average precision');

    await page.getByLabel('embedded', { exact: true }).check();
    await expect.poll(heading).not.toContain('closed');
    await page
      .getByLabel('File of a closing')
      .setInputFiles({ name: 'mine.safetensors', mimeType: 'application/octet-stream', buffer: file });
    await shownIs('closed: mine.safetensors');
    expect(await figures('Mean average precision')).toEqual(trained);
    await expectFigures(await byLibrary(file));
  });

  test('a file that is no closing is refused', async () => {
    await page.getByLabel('File of a closing').setInputFiles({
      name: 'other.safetensors',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from('no'),
    });
    await expect.poll(alerts).toContain('other.safetensors');
    expect(await heading()).toContain('mine.safetensors');
  });

  test('rows that are all the same give a message, and the sliders go back', async () => {
    const [one, two] = EXAMPLES;
    await openPairs(page, [
      ['image', 'caption'],
      [one[0], 'a caption'],
      [two[0], 'a caption'],
    ]);
    await expect.poll(() => textOf(page.locator('.status'))).toContain('2 pairs');
    await press('Means', 'End');
    await expect.poll(alerts).toContain('all rows of the texts');
    expect(await page.getByLabel('Means', { exact: true }).inputValue()).toBe('0');
  });

  test('a single pair gives a message, and the rest goes on', async () => {
    await openPairs(page, [['image', 'caption'], EXAMPLES[2]]);
    await expect.poll(() => textOf(page.locator('.closing-note'))).toContain('at least 2 pairs');
    expect(await page.getByRole('button', { name: 'Train a head' }).isDisabled()).toBe(true);
    await openNinePairs(page);
    expect(await page.getByLabel('Means', { exact: true }).isEnabled()).toBe(true);
  });

  test('it said no error', () => {
    expect(visitor.errors).toEqual([]);
    expect(visitor.foreign).toEqual([]);
  });
});
