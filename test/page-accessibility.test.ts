import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from './page/site.ts';
import { examplePath, openNinePairs, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// Judge: axe-core, on everything that the page can show at once.

const SIZES = { desktop: { width: 1400, height: 900 }, phone: { width: 390, height: 844 } };
const LOOKS = (['desktop', 'phone'] as const).flatMap((size) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ size, colorScheme })),
);

declare const axe: { run(): Promise<AxeResults> };

/** What axe finds, with where it is. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => axe.run());
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
  );
}

describe.skipIf(!existsSync(CHROMIUM))('the page for everybody', () => {
  let site: Site;
  let visitor: Visit;

  beforeAll(async () => {
    site = await Site.build();
    visitor = await visit(site);
  });
  afterAll(async () => {
    await visitor?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
  });

  /** By look: findings, and how much wider than the screen the page is. */
  async function judge() {
    const { page } = visitor;
    for (const { size, colorScheme } of LOOKS) {
      // Without motion, so that colours have changed when they are judged.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(SIZES[size]);
      expect(await findings(page), `${size}, ${colorScheme}`).toEqual([]);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width, size).toBeLessThanOrEqual(SIZES[size].width);
    }
  }

  test('before anything is open', judge);

  test('the first key leads past the header', async () => {
    const { page } = visitor;
    await page.keyboard.press('Tab');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    expect(await focused()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
  });

  test('with everything on the page that it can show', async () => {
    const { page } = visitor;
    await openNinePairs(page);
    await page.locator('.pair-list .chip').first().click();
    await page.getByLabel('Select 03-bone-x-ray.png').check();
    await page.getByLabel('Text to search by').fill('pie chart');
    await page.keyboard.press('Enter');
    await page.locator('.panel-search ol').first().waitFor();
    await page.getByLabel('Image to classify').setInputFiles(examplePath('08-brain-mri.png'));
    await page.locator('.scores').waitFor();
    await page.getByText('Labels and template').click();
    await page.getByLabel('Means', { exact: true }).focus();
    await page.keyboard.press('End');
    await page.getByRole('button', { name: 'Judge on held-out pairs' }).click();
    await page.locator('.judgement').waitFor();
    await page.getByRole('button', { name: 'Train a head' }).click();
    await page.getByText(/step \d+ of 250/).waitFor();
    await page.getByRole('button', { name: 'Stop training' }).click();
    await page.getByLabel('Perplexity').fill('-5');
    await page.getByLabel('Perplexity').press('Enter');
    await page.getByText('Grey values of 16-bit').click();
    await page.locator('.grey-window select').selectOption('range');
    await page.getByRole('spinbutton', { name: 'High' }).fill('-1');
    await page.getByRole('spinbutton', { name: 'High' }).press('Enter');
    await page.getByLabel('Images and captions').setInputFiles([
      { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('x') },
      { name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('scan,words\na.png,x\n') },
    ]);
    await page.locator('form.question').waitFor();
    await judge();
  });

  test('a map that fills the screen, with hidden points, an outline to draw and names', async () => {
    const { page } = visitor;
    await page.locator('form.question button[type=button]').click();
    await page.getByLabel('names of labels').check();
    await page.locator('.legend-entry').first().click();
    await page.getByRole('button', { name: 'Box' }).click();
    await page.getByRole('button', { name: 'Full screen' }).click();
    await page.locator('.panel-map .neighbour-lists').waitFor();
    await judge();
    await page.keyboard.press('Escape');
  });

  test('what is said by a screen reader: the point with its partner and its nearest, and no step of the map', async () => {
    const { page } = visitor;
    await page.setViewportSize(SIZES.desktop);
    await page.locator('.map-canvas').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    const said = page.locator('#map-focus');
    await expect
      .poll(() => said.textContent())
      .toMatch(/^(image|text): .+; its (text|image): .+, at distance [\d.]+$/);
    await expect
      .poll(() => page.locator('#map-neighbours').textContent())
      .toMatch(/^nearest images: .+; nearest texts: .+/);
    expect(await page.getByLabel('Progress of t-SNE').getAttribute('aria-live')).toBe('off');
    expect(await page.locator('canvas:not([aria-hidden="true"])').count()).toBe(0);
    await page.getByText('9 pairs open.').waitFor({ state: 'attached' });
  });

  test('the neighbours are a sheet on a phone, which closes', async () => {
    const { page } = visitor;
    await page.setViewportSize(SIZES.phone);
    const sheet = page.locator('.panel-point');
    const place = () => sheet.evaluate((panel) => getComputedStyle(panel).position);
    expect(await place()).toBe('fixed');
    const box = await sheet.boundingBox();
    expect((box?.height ?? 999) <= 0.46 * SIZES.phone.height).toBe(true);
    await sheet.getByRole('button', { name: 'Close' }).click();
    await expect.poll(place).not.toBe('fixed');
    const chip = page.locator('.pair-list .chip').first();
    const hasFocus = () => chip.evaluate((element) => element === document.activeElement);
    for (const close of [
      () => page.keyboard.press('Escape'),
      () => sheet.getByRole('button', { name: 'Close' }).click(),
    ]) {
      await chip.focus();
      await page.keyboard.press('Enter');
      await expect.poll(place).toBe('fixed');
      await close();
      await expect.poll(place).not.toBe('fixed');
      await expect.poll(hasFocus).toBe(true);
    }
  });

  test('the cell that keys lead to is said, and what a pointer passes over is not', async () => {
    const { page } = visitor;
    await page.setViewportSize(SIZES.desktop);
    const said = page.locator('.panel-heatmap p[role=status]');
    await page.locator('.heatmap').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect
      .poll(() => said.textContent())
      .toMatch(/^(image|text): .+; (image|text): .+; cosine [\d.−]+$/);
    await page.keyboard.press('Escape'); // nothing is selected any more
    await expect.poll(() => said.textContent()).toBe(''); // the cell is of another pair now
    await page.locator('.heatmap').hover({ position: { x: 40, y: 90 } });
    await page.locator('.panel-heatmap .cosine').waitFor();
    expect(await said.textContent()).toBe('');
    expect(await page.locator('.readout-row[aria-live]').count()).toBe(0);
  });

  test('the start and the end of a map are said', async () => {
    const { page } = visitor;
    const said = page.locator('.map-controls p[role=status]');
    await page.getByRole('button', { name: 'Start again' }).click();
    await page.getByText('t-SNE started').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await expect.poll(() => said.textContent()).toMatch(/^t-SNE (stopped|done) after \d+ iterations, KL /);
  });

  test('where the system sets the colours, maps are drawn in its ink on its paper', async () => {
    const { page } = visitor;
    await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    const system = await page.evaluate(() =>
      ['Canvas', 'CanvasText'].map((name) => {
        const probe = document.body.appendChild(document.createElement('i'));
        probe.style.color = name;
        const { color } = getComputedStyle(probe);
        probe.remove();
        return color;
      }),
    );
    const paper = () => page.locator('.map-canvas').evaluate((map) => getComputedStyle(map).backgroundColor);
    expect(await paper()).toBe(system[0]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Map as SVG', exact: true }).click(),
    ]);
    const svg = await readFile(await download.path(), 'utf8');
    for (const colour of system) expect(svg.replaceAll(' ', '')).toContain(colour.replaceAll(' ', ''));
    await page.emulateMedia({ forcedColors: 'none', colorScheme: 'light' });
    expect(await paper()).not.toBe(system[0]);
  });

  test('a finger finds 44 pixels everywhere', async () => {
    await using phone = await visit(site, { viewport: SIZES.phone, hasTouch: true, isMobile: true });
    const { page } = phone;
    const small = () =>
      page.evaluate(() =>
        [
          ...document.querySelectorAll<HTMLElement>('button, select, summary, input, .segments label'),
        ].flatMap((element) => {
          const { width, height } = element.getBoundingClientRect();
          const isSeen = width > 2 && height > 2 && element.checkVisibility({ opacityProperty: true });
          const target = element.matches('[type=radio]') || (width >= 44 && height >= 44);
          const isBox = element.matches('[type=checkbox]') && width >= 26;
          return isSeen && !target && !isBox
            ? [`${element.outerHTML.slice(0, 80)} ${width} x ${height}`]
            : [];
        }),
      );
    expect(await small()).toEqual([]);
    await openNinePairs(page);
    expect(await small()).toEqual([]);
  });

  test('the list of shortcuts', async () => {
    await visitor.page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await judge();
  });
});
