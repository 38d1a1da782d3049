import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from './page/site.ts';
import { examplePath, mapIsDone, openNinePairs, textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// What people do on the page, by clicks and keys, on the build that is published. Nine pairs, so that a software
// adapter is quick.

describe.skipIf(!existsSync(CHROMIUM))('the page', () => {
  let site: Site;
  let visitor: Visit;
  let page: Page;

  beforeAll(async () => {
    site = await Site.build();
    visitor = await visit(site);
    page = visitor.page;
    await openNinePairs(page);
  });
  afterAll(async () => {
    await visitor?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  const text = (selector: string) => textOf(page.locator(selector).first());
  const readout = () => text('.readout');
  /** The numbers of a row of the table of the gap. */
  const gapRow = async (name: string) => {
    const cells = await page.locator('.gap-table tr', { hasText: name }).locator('td').allInnerTexts();
    return cells.map((cell) => Number.parseFloat(cell.replace('−', '-')));
  };
  const clearSelection = () => page.keyboard.press('Escape');

  test('shows the gap with its intervals', async () => {
    expect(await text('.status')).toMatch(/9 pairs · default model \(not medical\) · 192 dimensions/);
    const [distance = 0] = await gapRow('Distance of the centroids');
    expect(distance).toBeGreaterThan(0.3);
    expect(distance).toBeLessThan(2);
    expect(await page.locator('.gap-table tbody tr').count()).toBe(11);
    expect(await text('.gap-table .interval')).toMatch(/^\[0\.\d+, 0\.\d+\]$/);
  });

  test('the heatmap tells the pair and the value of a cell', async () => {
    const heatmap = page.getByRole('application', { name: /Heatmap/ });
    const { width = 0, height = 0 } = (await heatmap.boundingBox()) ?? {};
    const hover = (row: number, column: number) =>
      heatmap.hover({ position: { x: ((column + 0.5) / 18) * width, y: ((row + 0.5) / 18) * height } });
    await hover(2, 2);
    expect(await text('.cosine')).toContain('1.000');
    await hover(2, 11);
    expect(await text('.cosine')).toContain('pair');
    expect(await text('.readout-row')).toContain('03-bone-x-ray.png');
    expect(await text('.readout-row')).toContain('this is a photo of bone X-ray');
    await heatmap.focus();
    await page.keyboard.press('ArrowRight');
    expect(await text('.readout-row')).toContain('this is a photo of adenocarcinoma histopathology');
    for (let i = 0; i < 4; i++) await page.keyboard.press('+');
    await page.keyboard.press('0');
  });

  test('t-SNE starts, pauses, resumes and stops', async () => {
    await page.getByLabel('Perplexity').fill('4');
    await page.getByLabel('Perplexity').press('Enter');
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(readout).toContain('paused');
    await page.waitForTimeout(300); // a picture that was under way
    const paused = await readout();
    await page.waitForTimeout(500);
    expect(await readout()).toBe(paused);
    await page.getByRole('button', { name: 'Resume' }).click();
    await mapIsDone(page);
    expect(await readout()).toMatch(/iteration 1000, KL \d\.\d{3}/);
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect.poll(readout).toContain('stopped');
    await page.getByRole('button', { name: 'Start again' }).click();
    await mapIsDone(page);
  });

  test('a selection in the list shows in the map and filters the heatmap', async () => {
    await page.getByLabel('Select 03-bone-x-ray.png').check();
    await page.getByLabel('Select 07-chest-x-ray.png').check();
    expect(await text('.selection-bar')).toContain('4 points of 2 pairs');
    await expect.poll(() => text('.panel-heatmap .hint')).toContain('the selection: 2 pairs');
    await clearSelection();
    await expect.poll(() => text('.panel-heatmap .hint')).toContain('of 9 pairs');
  });

  test('a lasso around all points selects them and filters the list', async () => {
    await page.getByRole('button', { name: 'Lasso' }).click();
    const { x, y, width, height } = (await page.locator('.lasso').boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    };
    const corners = [
      [0.01, 0.01],
      [0.99, 0.01],
      [0.99, 0.99],
      [0.01, 0.99],
    ] as const;
    const at = ([u, v]: readonly [number, number]) => [x + u * width, y + v * height] as const;
    await page.mouse.move(...at(corners[0]));
    await page.mouse.down();
    for (const corner of corners) await page.mouse.move(...at(corner));
    await page.mouse.up();
    expect(await text('.selection-bar')).toContain('18 points of 9 pairs');
    expect(await text('.panel-pairs .hint')).toContain('9 pairs');
    await clearSelection();
  });

  test('keys move through the map and select', async () => {
    await page.keyboard.press('m');
    await page.keyboard.press('ArrowRight');
    expect(await text('.panel-point .pair-card')).toContain('01-squamous-cell-carcinoma.png');
    await page.keyboard.press('Enter');
    expect(await text('.selection-bar')).toContain('1 point of 1 pair');
    await clearSelection();
  });

  test('a point has its nearest in both modalities', async () => {
    await page.locator('.pair-list .chip', { hasText: 'bone X-ray' }).click();
    const lists = page.locator('.panel-point ol');
    await expect.poll(() => lists.count()).toBe(2);
    const [images = '', texts = ''] = await lists.allInnerTexts();
    expect(images.match(/\.png/g)).toHaveLength(5);
    expect(images).not.toContain('03-bone-x-ray.png'); // itself
    expect(texts.match(/this is a photo/g)).toHaveLength(5);
  });

  test('a new text is embedded, compared and placed in the map', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('this is a photo of pie chart');
    await page.keyboard.press('Enter');
    await page.locator('.panel-search ol').first().waitFor();
    const [, texts = ''] = await page.locator('.panel-search ol').allInnerTexts();
    expect(texts).toMatch(/^T\s*this is a photo of pie chart\s*cosine\s*1\.00/);
    await expect.poll(() => text('.search-head')).toContain('in the map');
    await page.getByLabel('Image to search by').setInputFiles(examplePath('08-brain-mri.png'));
    await expect.poll(() => text('.search-head')).toContain('08-brain-mri.png');
    const images = page.locator('.panel-search ol').first();
    await images.waitFor();
    expect(await textOf(images)).toMatch(/^08-brain-mri\.png\s*cosine\s*1\.00/);
  });

  test('zero-shot with labels of one’s own', async () => {
    await page.getByLabel('Image to classify').setInputFiles(examplePath('08-brain-mri.png'));
    const scores = page.locator('.scores li');
    await scores.first().waitFor();
    expect(await scores.count()).toBe(9);
    expect(await textOf(scores.first())).toContain('brain MRI');
    await page.getByText('Labels and template').click();
    await page.getByLabel('Labels, one a line').fill('pie chart\nbrain MRI');
    await page.getByLabel('Labels, one a line').blur();
    await expect.poll(() => scores.count()).toBe(2);
    expect(await textOf(scores.first())).toContain('brain MRI');
  });

  test('the sliders close the gap, and everything follows', async () => {
    const slider = page.getByLabel('Means', { exact: true });
    await slider.focus();
    await page.keyboard.press('End');
    await expect.poll(() => text('.panel-heatmap .hint')).toContain('closed: means 1.00, shapes 0.00');
    const centroids = () => gapRow('Distance of the centroids');
    await expect.poll(async () => Number.isNaN((await centroids())[1])).toBe(false);
    const [before = 0, after = 1] = await centroids();
    expect(after).toBeLessThan(before / 20);
    await mapIsDone(page);
    expect(await readout()).toMatch(/iteration 300/);
    await slider.focus();
    await page.keyboard.press('Home');
    await expect.poll(() => text('.panel-heatmap .hint')).not.toContain('closed');
    await mapIsDone(page);
  });

  test('pictures, coordinates and the selection can be saved', async () => {
    const save = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name, exact: true }).click(),
      ]);
      return readFile(await download.path());
    };
    await page.getByLabel('Select 09-pie-chart.png').check();
    const coordinates = (await save('Map as CSV')).toString().trim().split('\r\n');
    expect(coordinates).toHaveLength(19);
    expect(coordinates[0]).toBe('pair,modality,image,caption,label,distance,x,y,map,shown');
    expect(JSON.parse((await save('Selection as JSON')).toString())).toMatchObject([
      { pair: 8, modality: 'image', image: '09-pie-chart.png', label: 'pie chart', shown: 'as embedded' },
      { pair: 8, modality: 'text', caption: 'this is a photo of pie chart' },
    ]);
    await clearSelection();
    const svg = (await save('Map as SVG')).toString();
    expect(svg.match(/<circle cx="[^"]+" cy="[^"]+" r="5.50" opacity/g)).toHaveLength(18);
    expect(svg).toContain('as the model embedded them');
    await expect.poll(() => text('.panel-heatmap .hint')).toContain('of 9 pairs');
    expect((await save('Heatmap as SVG')).toString()).toContain('09-pie-chart.png');
    for (const picture of ['Map as PNG', 'Heatmap as PNG']) {
      expect((await save(picture)).subarray(1, 4).toString()).toBe('PNG');
    }
  });

  test('what takes long can be cancelled', async () => {
    await page.getByRole('button', { name: 'Example set' }).click();
    await page.locator('.task', { hasText: 'Embedding' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.locator('.task').waitFor({ state: 'detached' });
    expect(await page.locator('.notice').count()).toBe(0);
    expect(await text('.status')).toContain('9 pairs');
  });

  test('it said no error, and asked nobody but its own server', () => {
    expect(visitor.errors).toEqual([]);
    expect(visitor.foreign).toEqual([]);
  });
});
