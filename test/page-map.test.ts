import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { decode } from 'fast-png';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededNormals } from '../src/metrics/random.ts';
import { npyPieces } from '../src/npy/npy.ts';
import { Site } from './page/site.ts';
import { openNinePairs, textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// What people do in the map: select, filter, look closer, fill the screen.

const LABELS = ['tissue', 'tissue', 'bone', 'tissue', 'chart', 'tissue', 'chest', 'brain', 'chart'];
const DESKTOP = { width: 1400, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Six hundred pairs of three subjects, embedded before: files as `embed` writes them. */
function savedPairs() {
  const [pairs, dim] = [600, 8];
  const subjects = ['chest x-ray', 'brain mri', 'pie chart'];
  const facts = Array.from({ length: pairs }, (_, i) => {
    return { id: `${i}.png`, caption: `this is a photo of ${subjects[i % 3]}`, label: subjects[i % 3] };
  });
  const rows = (seed: number) => {
    const noise = seededNormals(pairs * dim, seed, 0.1);
    const data = noise.map((value, i) => value + Number(i % dim === Math.floor(i / dim) % 3));
    return Buffer.concat([...npyPieces({ shape: [pairs, dim], data })]);
  };
  const manifest = JSON.stringify({ model: 'generated', pairs, images: facts, texts: facts });
  return [
    { name: 'images.npy', mimeType: '', buffer: rows(1) },
    { name: 'texts.npy', mimeType: '', buffer: rows(2) },
    { name: 'manifest.json', mimeType: 'application/json', buffer: Buffer.from(manifest) },
  ];
}

describe.skipIf(!existsSync(CHROMIUM))('the map', () => {
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

  const selection = () => textOf(page.getByLabel('Selection', { exact: true }));
  const tooltip = () => page.locator('.panel-map .tooltip');
  const layout = (name: string) => page.getByRole('radio', { name, exact: true }).check();
  const colour = (name: string) => page.getByRole('radio', { name, exact: true }).check();
  const legend = (name: string | RegExp) => page.locator('.legend').getByRole('button', { name });
  const surface = async () => {
    await page.locator('.map-surface').scrollIntoViewIfNeeded();
    const box = await page.locator('.map-surface').boundingBox();
    return box ?? { x: 0, y: 0, width: 0, height: 0 };
  };
  /** Drags around a share of the map, from its left, and ends in a corner. */
  const dragOver = async (share: number) => {
    const { x, y, width, height } = await surface();
    const [left, right, top, bottom] = [x + 3, x + share * width - 3, y + 3, y + height - 3];
    await page.mouse.move(left, top);
    await page.mouse.down();
    await page.mouse.move(left, bottom);
    await page.mouse.move(right, top);
    await page.mouse.move(right, bottom);
    await page.mouse.up();
  };
  /** Where points are in the map's file: images, then texts. */
  const places = (svg: string) =>
    [...svg.matchAll(/<circle(?! class) cx="([\d.]+)" cy="([\d.]+)"/g)].map(
      ([, x, y]) => [Number(x), Number(y)] as const,
    );
  const counts = (svg: string, part: string) => svg.split(`class="${part}"`).length - 1;
  const map = () => page.getByRole('application', { name: /Map of/ });
  /** How many of the pixels of the map have a colour, within a few steps. */
  const pixels = async ([r, g, b]: readonly [number, number, number]) => {
    const { data, channels } = decode(await map().screenshot());
    const isNear = (at: number, value: number) => Math.abs((data[at] ?? 0) - value) < 12;
    let count = 0;
    for (let at = 0; at < data.length; at += channels) {
      count += Number(isNear(at, r) && isNear(at + 1, g) && isNear(at + 2, b));
    }
    return count;
  };
  const saved = async (name: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click(),
    ]);
    return readFile(await download.path(), 'utf8');
  };

  test('a box selects, adds with Shift and takes away with Alt; all of it can be undone, what the list selected too', async () => {
    await page.getByRole('button', { name: 'Box' }).click();
    await dragOver(1);
    expect(await selection()).toContain('18 points of 9 pairs');
    await page.keyboard.down('Alt');
    await dragOver(1);
    await page.keyboard.up('Alt');
    expect(await selection()).toContain('Nothing selected');
    await dragOver(0.55);
    const part = await selection();
    expect(part).toMatch(/^(?!18)\d+ points? of/);
    await page.keyboard.down('Shift');
    await dragOver(1);
    await page.keyboard.up('Shift');
    expect(await selection()).toContain('18 points');
    await page.getByRole('button', { name: 'Pan', exact: true }).click();
    await page.getByLabel('Select 03-bone-x-ray.png').uncheck();
    expect(await selection()).toContain('16 points');
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Control+z');
    expect(await selection()).toBe(part);
    await page.getByRole('button', { name: 'Redo' }).click();
    await page.keyboard.press('Control+y');
    expect(await selection()).toContain('16 points');
    for (let i = 0; i < 5; i++) await page.getByRole('button', { name: 'Undo' }).click();
    expect(await selection()).toContain('Nothing selected');
    expect(await page.getByRole('button', { name: 'Undo' }).isDisabled()).toBe(true);
  });

  test('buttons do what Shift and Alt do', async () => {
    await page.getByRole('button', { name: 'Lasso' }).click();
    await page.getByRole('radio', { name: 'adds' }).check();
    await dragOver(1);
    expect(await selection()).toMatch(/^\d+ points? of/);
    await page.getByRole('radio', { name: 'takes away' }).check();
    await dragOver(1);
    expect(await selection()).toContain('Nothing selected');
    await page.getByRole('radio', { name: 'selects' }).check();
    await page.keyboard.press('Escape');
    expect(await page.locator('.lasso').count()).toBe(0);
  });

  test('while the GPU draws, the page goes on; then the picture and what lies over it move together', async () => {
    const hold = (isHeld: boolean) =>
      page.evaluate((held) => {
        const { prototype } = WebGL2RenderingContext;
        const own = prototype as typeof prototype & { asBefore?: typeof prototype.getSyncParameter };
        own.asBefore ??= prototype.getSyncParameter;
        prototype.getSyncParameter = held ? () => prototype.UNSIGNALED : own.asBefore;
      }, isHeld);
    const focus = () => map().evaluate((element) => element.focus({ preventScroll: true })); // the pointer stays in the list
    const ring = () => page.locator('.map-hover circle:not(.partner)').getAttribute('cx');
    const onPaper = { image: [59, 120, 190], text: [197, 103, 32] } as const;
    await expect.poll(() => pixels(onPaper.image)).toBeGreaterThan(200); // nine discs
    expect(await pixels(onPaper.text)).toBeGreaterThan(50); // nine rings
    await page.locator('.pair-list .chip', { hasText: 'bone X-ray' }).hover();
    const before = await ring();
    await focus();
    try {
      await hold(true);
      await page.keyboard.press('-');
      await page.waitForTimeout(300);
      expect(await ring()).toBe(before);
      await hold(false);
      await expect.poll(ring).not.toBe(before);
      await page.keyboard.press('0');
      await expect.poll(ring).toBe(before);
      const discs = await pixels(onPaper.image);
      await hold(true);
      for (let i = 0; i < 3; i++) await page.keyboard.press('+');
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => textOf(page.locator('#map-focus'))).toMatch(/^(image|text): /); // the page answers
      expect(await pixels(onPaper.image)).toBe(discs);
      await hold(false);
      await expect.poll(() => pixels(onPaper.image)).not.toBe(discs);
    } finally {
      await hold(false);
      await focus();
      await page.keyboard.press('0');
    }
    await page.locator('.pair-list .chip', { hasText: 'bone X-ray' }).hover();
    await expect.poll(ring).toBe(before);
  });

  test('what is hovered in a list or in the heatmap is named in the map, with its partner', async () => {
    await page.locator('.pair-list .chip', { hasText: 'bone X-ray' }).hover();
    await expect.poll(() => tooltip().count()).toBe(1);
    const words = await textOf(tooltip());
    expect(words).toContain('this is a photo of bone X-ray');
    expect(words).toContain('03-bone-x-ray.png');
    const [, cosine, distance] =
      /cosine (−?[\d.]+).*distance ([\d.]+)/.exec(words)?.map(Number.parseFloat) ?? [];
    expect(1 - (distance ?? 0) ** 2 / 2).toBeCloseTo(cosine ?? 0, 1);
    const ring = () => page.locator('.map-hover circle:not(.partner)').getAttribute('cx');
    const before = await ring();
    const byKey = page.getByRole('application', { name: /Map of/ });
    await byKey.evaluate((map) => map.focus({ preventScroll: true })); // the pointer stays in the list
    await page.keyboard.press('-');
    await expect.poll(ring).not.toBe(before); // it stays at its point
    await page.keyboard.press('0');
    await expect.poll(ring).toBe(before);
    const heatmap = page.getByRole('application', { name: /Heatmap/ });
    const { width = 0, height = 0 } = (await heatmap.boundingBox()) ?? {};
    await heatmap.hover({ position: { x: (7.5 / 18) * width, y: (8.5 / 18) * height } });
    await expect.poll(() => textOf(tooltip())).toContain('pie chart');
    await page.locator('h1').hover();
    await expect.poll(() => tooltip().count()).toBe(0);
  });

  test('a legend’s entry hides its points everywhere in the map, and in its file', async () => {
    await legend('texts').click();
    expect(await textOf(page.locator('.legend'))).toContain('9 hidden');
    expect(await legend('texts').getAttribute('aria-pressed')).toBe('false');
    await page.keyboard.press('b');
    await dragOver(1);
    expect(await selection()).toContain('9 points of 9 pairs');
    await page.keyboard.press('Escape');
    const svg = await saved('Map as SVG');
    expect(svg).toContain('9 points hidden: texts');
    expect(svg.match(/<circle(?! class)/g)).toHaveLength(9);
    expect(svg).not.toContain('<line');
    await page.locator('.legend').getByRole('button', { name: 'Show all' }).click();
    expect((await saved('Map as SVG')).match(/<circle(?! class)/g)).toHaveLength(18);
  });

  test('labels hide by key, and Alt or a double click leave one alone', async () => {
    await colour('label');
    await legend('bone').focus();
    await page.keyboard.press('Enter');
    expect(await textOf(page.locator('.legend'))).toContain('2 hidden');
    await legend('chart').click({ modifiers: ['Alt'] });
    expect(await textOf(page.locator('.legend'))).toContain('14 hidden');
    await legend('chart').click({ modifiers: ['Alt'] });
    expect(await textOf(page.locator('.legend'))).not.toContain('hidden');
    await legend('tissue').dblclick();
    expect(await textOf(page.locator('.legend'))).toContain('10 hidden');
    await legend('rings: texts').click();
    expect(await textOf(page.locator('.legend'))).toContain('14 hidden'); // four tissue images are left
    await page.keyboard.press('m');
    for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown']) {
      await page.keyboard.press(key);
      expect(await textOf(page.locator('#map-focus'))).toMatch(/^image: 0[1246]-/);
    }
    await page.locator('.legend').getByRole('button', { name: 'Show all' }).click();
    await colour('modality');
  });

  test('PCA lies beside t-SNE: title, query and files are of the one that is shown', async () => {
    const tsne = await saved('Map as CSV');
    await page.getByLabel('Text to search by').fill('this is a photo of pie chart');
    await page.keyboard.press('Enter');
    await expect.poll(() => textOf(page.locator('.search-head'))).toContain('in the map');
    await layout('PCA');
    expect(await textOf(page.locator('#map-title'))).toBe('Map (PCA)');
    await expect
      .poll(() => textOf(page.locator('.map-controls')))
      .toMatch(/PCA: \d+ % \+ \d+ % of the variance/);
    await expect.poll(() => textOf(page.locator('.search-head'))).toContain('in the map');
    const rows = (await saved('Map as CSV')).split('\r\n').map((line) => line.split(','));
    const [header = [], first = []] = rows;
    expect(first[header.indexOf('map')]).toBe('PCA');
    // The query has the words of a pair, and lies where that lies: the judge is the pair's own place.
    const text = rows.find((row) => row[1] === 'text' && row.includes('09-pie-chart.png')) ?? [];
    const svg = await saved('Map as SVG');
    const [, x, y] = /class="query" cx="([\d.]+)" cy="([\d.]+)"/.exec(svg)?.map(Number) ?? [];
    const [px = 0, py = 0] = places(svg)[9 + Number(text[0])] ?? [];
    expect(Math.hypot(px - (x ?? 0), py - (y ?? 0))).toBeLessThan(1); // of 800 pixels
    expect(svg).toMatch(/PCA: \d+ % \+ \d+ % of the variance; discs are images/);
    await layout('t-SNE');
    expect(await textOf(page.locator('#map-title'))).toBe('Map (t‑SNE)');
    expect(await saved('Map as CSV')).toBe(tsne);
  });

  test('close by, images are drawn as they are', async () => {
    const shot = async () => decode(await map().screenshot()).data;
    const toggle = page.getByLabel('thumbnails from a zoom on');
    const changed = async () => {
      await toggle.check();
      await page.waitForTimeout(300);
      const a = await shot();
      await toggle.uncheck();
      await page.waitForTimeout(200);
      const b = await shot();
      return Array.from(a).reduce((count, value, i) => count + Number(Math.abs(value - (b[i] ?? 0)) > 40), 0);
    };
    expect(await changed()).toBe(0); // from afar there are only discs and rings
    const [cx = 0, cy = 0] = places(await saved('Map as SVG'))[7] ?? [];
    await map().focus();
    const { x, y, width, height } = await surface();
    const scale = (Math.min(width, height) - 52) / 800; // the file's pixels are 800, and a margin of 24
    await page.mouse.move(x + width / 2 + (cx - 424) * scale, y + height / 2 + (cy - 424) * scale);
    await tooltip().waitFor();
    expect(await textOf(tooltip())).toContain('08-brain-mri.png');
    for (let i = 0; i < 4; i++) await page.mouse.wheel(0, -400);
    await page.mouse.move(2, 2);
    await expect.poll(changed, { timeout: 20_000 }).toBeGreaterThan(1500);
    await map().focus();
    await page.keyboard.press('0');
    await toggle.check();
  });

  test('names of labels lie over few points when they are wanted', async () => {
    expect(await saved('Map as SVG')).not.toContain('class="name"');
    await page.getByLabel('names of labels').check();
    expect(
      (await saved('Map as SVG')).match(/class="name"[^>]*>(tissue|bone|chart|chest|brain)</g)?.length,
    ).toBeGreaterThan(2);
    await page.getByLabel('names of labels').uncheck();
  });

  test.each([
    ['a desktop', DESKTOP],
    ['a phone', PHONE],
  ])('the map fills the screen of %s, with the sliders beside it, and leaves it', async (_, size) => {
    await page.setViewportSize(size);
    const button = page.getByRole('button', { name: 'Full screen' });
    await button.click();
    const panel = page.locator('.panel-map');
    await expect
      .poll(() => panel.boundingBox())
      .toEqual({ x: 0, y: 0, ...(await page.evaluate(() => ({ width: innerWidth, height: innerHeight }))) });
    expect((await surface()).height).toBeGreaterThan(size.height * 0.3);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    expect(await page.getByLabel('Text to search by').isVisible()).toBe(false);
    const means = panel.getByLabel('Means');
    await means.focus();
    await page.keyboard.press('End');
    await expect.poll(() => textOf(page.locator('[for=map-means-slider]').last())).toBe('1.00');
    await page.keyboard.press('Home');
    await page.keyboard.press('m');
    await page.keyboard.press('ArrowRight');
    await panel.locator('.neighbour-lists').waitFor();
    await page.keyboard.press('Escape');
    await page.getByLabel('Text to search by').waitFor({ state: 'visible' });
    expect(await page.evaluate(() => document.activeElement?.classList.contains('map-canvas'))).toBe(true);
    expect(await page.evaluate(() => document.fullscreenElement)).toBeNull();
    await page.keyboard.press('Escape'); // clears what was selected
  });

  test('from 1,000 points on, dense regions have their lines and the words that are typical of them', async () => {
    await page.setViewportSize(DESKTOP);
    await page.getByLabel('Images and captions').setInputFiles(savedPairs());
    await expect.poll(() => textOf(page.locator('.status'))).toContain('600 pairs');
    await layout('PCA');
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    expect(await page.getByLabel('density and typical words').isChecked()).toBe(true);
    await expect.poll(async () => counts(await saved('Map as SVG'), 'name')).toBe(3);
    const svg = await saved('Map as SVG');
    const names = [...svg.matchAll(/class="name"[^>]*>([^<]*)</g)].map(([, name = '']) => name);
    expect(names.map((name) => name.split(', ').slice(0, 2).sort().join(' ')).sort()).toEqual([
      'brain mri',
      'chart pie',
      'chest x-ray',
    ]);
    expect(counts(svg, 'contour')).toBeGreaterThan(5);
    // On the screen too: names, and 600 lines.
    const changed = async (change: () => Promise<void>) => {
      const a = decode(await map().screenshot()).data;
      await change();
      const b = decode(await map().screenshot()).data;
      return Array.from(a).reduce((count, value, i) => count + Number(Math.abs(value - (b[i] ?? 0)) > 30), 0);
    };
    const toggle = page.getByLabel('density and typical words');
    const links = page.getByRole('group', { name: 'Link pairs' });
    await expect.poll(() => changed(() => toggle.click()), { timeout: 20_000 }).toBeGreaterThan(3000);
    await toggle.check();
    const link = (name: string) => links.getByRole('radio', { name, exact: true }).check();
    await expect
      .poll(() => changed(() => link('none')).then((count) => link('all').then(() => count)), {
        timeout: 20_000,
      })
      .toBeGreaterThan(3000);
    await colour('label');
    await legend('pie chart').click();
    await expect.poll(async () => counts(await saved('Map as SVG'), 'name')).toBe(2);
    await page.getByLabel('density and typical words').uncheck();
    expect(await saved('Map as SVG')).not.toMatch(/class="(name|contour)"/);
  });

  test('and nothing of it was an error or left this server', () => {
    expect([visitor.errors, visitor.foreign]).toEqual([[], []]);
  });
});
