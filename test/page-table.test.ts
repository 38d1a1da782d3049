import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npyBytes } from '../src/npy/vectors.ts';
import { Site } from './page/site.ts';
import { textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// The table of pairs; its figures are judged in pair-figures.test.ts.

const N = 3000;
const D = 16;

/** Pairs about a direction each, but that caption 1 belongs to image 0, and the other way round. */
function savedPairs() {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const directions = Float32Array.from({ length: N * D }, noise);
  const rows = (side: number) => {
    const data = new Float32Array(N * D);
    for (let i = 0; i < N; i++) {
      const about = side === 1 && i < 2 ? 1 - i : i; // swapped captions
      for (let d = 0; d < D; d++) data[i * D + d] = (directions[about * D + d] ?? 0) + 0.02 * noise();
    }
    return npyBytes({ data, rows: N, dim: D });
  };
  const name = (i: number) => `scan-${i}.png`;
  const manifest = {
    ...{ model: 'tiny', dtype: 'f32', adapter: 'none', pairs: N, skipped: [] },
    images: Array.from({ length: N }, (_, i) => ({
      id: name(i),
      path: name(i),
      label: i % 2 ? 'odd' : 'even',
    })),
    texts: Array.from({ length: N }, (_, i) => ({
      id: name(i),
      caption: `caption ${i}`,
      group: `p${i % 5}`,
    })),
  };
  return [
    { name: 'images.npy', mimeType: '', buffer: Buffer.from(rows(0)) },
    { name: 'texts.npy', mimeType: '', buffer: Buffer.from(rows(1)) },
    { name: 'manifest.json', mimeType: '', buffer: Buffer.from(JSON.stringify(manifest)) },
  ];
}

describe.skipIf(!existsSync(CHROMIUM))('the table of pairs', () => {
  let site: Site;
  let seen: Visit;
  let page: Page;

  beforeAll(async () => {
    site = await Site.build();
    seen = await visit(site);
    page = seen.page;
    await page.getByLabel('Images and captions').setInputFiles(savedPairs());
    await page.getByRole('button', { name: /Worst pairs \(\d/ }).waitFor();
  });
  afterAll(async () => {
    await seen?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  const table = () => page.getByRole('table', { name: 'Pairs' });
  const names = async () => (await table().locator('.chip-name').allTextContents()).slice(0, 3);
  const scrolled = () => page.locator('.pair-list').evaluate(({ scrollTop }) => scrollTop);

  test('draws the rows in sight alone, and says how many there are', async () => {
    expect(await table().getAttribute('aria-rowcount')).toBe(String(N + 1));
    expect(await table().locator('tbody tr').count()).toBeLessThan(40);
    await page.locator('.pair-list').evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await table()
      .locator(`tbody tr[aria-rowindex="${N + 1}"]`)
      .waitFor();
    await page.locator('.pair-list').evaluate((list) => list.scrollTo(0, 0));
    await table().locator('tbody tr[aria-rowindex="2"]').waitFor();
  });

  test('sorts by a column, and says so to all', async () => {
    const head = table().getByRole('columnheader', { name: 'Cosine' });
    await head.getByRole('button').click();
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    expect((await names()).slice(0, 2).sort()).toEqual(['caption 0', 'caption 1']);
    await head.getByRole('button').press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    expect(await names()).not.toContain('caption 0');
    await head.getByRole('button').click();
  });

  test('names the caption that beat, and goes to it', async () => {
    const row = table().locator('tbody tr', { has: page.locator('.chip[title="scan-0.png"]') });
    expect(await textOf(row.locator('.col-captionRank'))).not.toBe('1');
    await row.getByRole('button', { name: 'caption 1', exact: true }).click();
    await page.locator('.panel-point').getByText('caption 1', { exact: true }).first().waitFor();
    expect(await textOf(page.locator('.panel-point .muted').first())).toContain('scan-1.png');
  });

  test('ready filters, words and classes narrow it, and what is left can be selected', async () => {
    await page.getByRole('button', { name: /Worst pairs/ }).click();
    await expect.poll(async () => (await names()).sort()).toEqual(['caption 0', 'caption 1']);
    await page.locator('.panel-pairs').getByText('Likely mislabelled').waitFor();
    await page.getByRole('button', { name: 'Select these 2' }).click();
    await page.locator('.panel-heatmap').getByText('the selection: 2 pairs').waitFor();
    await page.getByRole('button', { name: 'Show all', exact: true }).click();
    await page.locator('.panel-pairs').getByLabel('Label').selectOption('odd');
    await page.getByLabel('Filter', { exact: true }).fill('caption 29');
    await expect.poll(() => textOf(page.locator('.panel-pairs .hint').first())).toMatch(/^56 pairs/);
    expect((await names()).every((name) => name.startsWith('caption 29'))).toBe(true);
    await page.getByRole('button', { name: 'Show all', exact: true }).click();
  });

  test('arrow keys go through the rows, beyond those that are drawn', async () => {
    await table().locator('.chip').first().focus();
    for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowDown');
    await expect.poll(scrolled).toBeGreaterThan(400);
    await page.keyboard.press('Enter');
    await expect.poll(() => table().locator('.chip[aria-pressed="true"]').count()).toBe(1);
  });

  test('goes to a file as it is filtered and sorted', async () => {
    await page.getByRole('button', { name: /Worst pairs/ }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Table as CSV' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    expect(lines[0]).toBe(
      'pair,id,caption,label,group,cosine,caption_rank,image_rank,beaten_by,beating_caption,distance,shown',
    );
    expect(lines).toHaveLength(3);
    expect(lines.slice(1).every((line) => line.endsWith(',as embedded'))).toBe(true);
    await page.getByRole('button', { name: 'Show all', exact: true }).click();
  });

  test('on a phone a row is a card, without a page that scrolls sideways', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const card = table().locator('tbody tr').first();
    await expect.poll(async () => (await card.boundingBox())?.height).toBe(112);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await textOf(card)).toContain('caption');
    await page.setViewportSize({ width: 1400, height: 900 });
    expect([seen.errors, seen.foreign]).toEqual([[], []]);
  });
});
