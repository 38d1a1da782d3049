import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from './page/site.ts';
import { EXAMPLES, examplePath, openNinePairs, textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// Which labels fit many images, by clicks; the answers themselves are judged in label-batch.test.ts.

const LABELS = ['tissue', 'tissue', 'bone', 'tissue', 'chart', 'tissue', 'bone', 'bone', 'chart'];

describe.skipIf(!existsSync(CHROMIUM))('labels of many images', () => {
  let site: Site;
  let seen: Visit;
  let page: Page;

  beforeAll(async () => {
    site = await Site.build();
    seen = await visit(site);
    page = seen.page;
    await openNinePairs(page, LABELS);
  });
  afterAll(async () => {
    await seen?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  const panel = () => page.locator('.panel-zero-shot');

  test('the labels of the open set take the place of others, and give it back', async () => {
    await panel().getByText('Labels and template').click();
    const list = panel().getByRole('textbox', { name: 'Labels, one a line' });
    const before = await list.inputValue();
    await panel().getByRole('button', { name: 'Labels of the open set (3)' }).click();
    await expect.poll(() => list.inputValue()).toBe('tissue\nbone\nchart');
    await panel().getByRole('button', { name: 'Back to the labels before' }).click();
    await expect.poll(() => list.inputValue()).toBe(before);
    await panel().getByRole('button', { name: 'Labels of the open set (3)' }).click();
  });

  test('all open images: accuracy, a matrix whose cells select, and a file', async () => {
    await panel().getByRole('button', { name: 'All open images' }).click();
    const matrix = panel().getByRole('table', { name: 'Right labels by answers' });
    await matrix.waitFor();
    const rowSums = await matrix
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll('td')].reduce((sum, cell) => sum + (Number(cell.textContent) || 0), 0),
        ),
      );
    expect(rowSums).toEqual([4, 3, 2]);
    expect(await textOf(panel().locator('.label-batch p').first())).toMatch(/9 images .* accuracy [\d.]+ %/);
    const cell = matrix.getByRole('button').first();
    const count = Number(await textOf(cell));
    await cell.click();
    await page.locator('.panel-heatmap').getByText(`the selection: ${count} pair`).waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      panel().getByRole('button', { name: 'Labels as CSV' }).click(),
    ]);
    const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe('image,label,probability,right_label');
  });

  test('other images together, with one that cannot be read, on a phone too', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const given = await Promise.all(
      EXAMPLES.slice(0, 2).map(async ([name]) => ({
        ...{ name, mimeType: 'image/png' },
        buffer: await readFile(examplePath(name)),
      })),
    );
    const broken = { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('x') };
    await page.getByLabel('Images to classify together').setInputFiles([...given, broken]);
    await panel().getByText('1 image could not be read').waitFor();
    expect(await panel().locator('.answers li').count()).toBe(2);
    await panel().getByText('nothing can be judged').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await panel().getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => panel().locator('.answers').count()).toBe(0);
    expect([seen.errors, seen.foreign]).toEqual([[], []]);
  });
});
