// A set that takes its time to embed, by clicks: looked at before it is whole, stopped, and gone on with.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from './page/site.ts';
import { EXAMPLES, examplePath, mapIsDone, textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

/** Few: software adapters take seconds for a slice. */
const PAIRS = 130;

describe.skipIf(!existsSync(CHROMIUM))('a set that takes its time', () => {
  let site: Site;

  beforeAll(async () => {
    site = await Site.build();
  }, 120_000);

  afterAll(async () => {
    await site[Symbol.asyncDispose]();
  });

  /** The nine pictures again and again, by other names, and one file that is none. */
  async function giveSet(page: Page): Promise<void> {
    const pictures = await Promise.all(EXAMPLES.map(([file]) => readFile(examplePath(file))));
    const names = Array.from({ length: PAIRS }, (_, i) => `${1000 + i}.png`);
    const rows = names.map((name, i) => `${name},${EXAMPLES[i % EXAMPLES.length]?.[1]} ${i}`);
    const images = names.map((name, i) => ({
      ...{ name, mimeType: 'image/png' },
      buffer: i === 3 ? Buffer.from('no picture') : (pictures[i % pictures.length] ?? Buffer.of()),
    }));
    const captions = Buffer.from(['image,caption', ...rows].join('\n'));
    await page
      .getByLabel('Images and captions')
      .setInputFiles([...images, { name: 'captions.csv', mimeType: 'text/csv', buffer: captions }]);
  }

  async function openPairs({ page }: Visit): Promise<number> {
    return Number(/([\d,]+) pairs/.exec(await textOf(page.locator('.status')))?.[1]?.replace(',', ''));
  }

  /** Until some of the pairs are shown, and then no further. */
  async function stopEarly(here: Visit): Promise<number> {
    await giveSet(here.page);
    const stop = here.page.getByRole('button', { name: 'Stop here' });
    await stop.waitFor();
    expect(await openPairs(here)).toBe(63); // the first slice without the file that is no picture
    await stop.click();
    await stop.waitFor({ state: 'detached' });
    return openPairs(here);
  }

  test('a map of what is embedded so far, a stop, and the rest', async () => {
    await using here = await visit(site);
    const { page, errors, foreign } = here;
    const stopped = await stopEarly(here);
    const rest = page.getByRole('button', { name: 'Embed the rest' });
    const notice = await textOf(page.locator('.notice', { has: rest }));
    expect(notice).toContain(`Of ${PAIRS} pairs, ${PAIRS - 1 - stopped} are not embedded yet`);
    await mapIsDone(page);

    await page.getByLabel('Text to search by').fill('pie chart');
    await page.keyboard.press('Enter');
    await page.locator('.panel-search ol').first().waitFor();
    await rest.click();
    await expect.poll(() => openPairs(here), { timeout: 60_000 }).toBe(PAIRS - 1);
    await rest.waitFor({ state: 'detached' });
    const told = (await page.locator('.notice').allInnerTexts()).join('\n');
    expect(told).toContain(`${stopped} of ${PAIRS - 1} pairs were known from before`);
    expect(told).toContain('1 pair could not be embedded and had to be left out: 1003.png');
    await page.locator('.panel-search ol').first().waitFor(); // what was searched is asked again, of all of them
    await expect.poll(() => textOf(page.getByLabel('Progress of t-SNE'))).toContain('iteration');
    expect([errors, foreign]).toEqual([[], []]);
  }, 180_000);

  test('on a phone, the rest is offered within the screen', async () => {
    await using here = await visit(site, { viewport: { width: 390, height: 844 }, hasTouch: true });
    await stopEarly(here);
    const rest = here.page.getByRole('button', { name: 'Embed the rest' });
    const { x = -1, width = 0, height = 0 } = (await rest.boundingBox()) ?? {};
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(390);
    expect(height).toBeGreaterThanOrEqual(44);
  }, 120_000);
});
