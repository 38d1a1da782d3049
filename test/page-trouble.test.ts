import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from './page/site.ts';
import { openNinePairs, textOf, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// What the page does where something is missing or goes wrong, and with a model from disk.

const CHECKPOINT = fileURLToPath(new URL('../weights/default', import.meta.url));

describe.skipIf(!existsSync(CHROMIUM))('the page in trouble', () => {
  let site: Site;

  beforeAll(async () => {
    site = await Site.build();
  });
  afterAll(() => site?.[Symbol.asyncDispose]());

  const status = (page: Page) => textOf(page.locator('.status'));
  /** How many different colours the heatmap's canvas has. */
  const heatmapColours = (page: Page) =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.heatmap canvas');
      const { data } = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
      return new Set(new Uint32Array(data?.buffer ?? new ArrayBuffer(0))).size;
    });

  test('once it was used, it works without a network', async () => {
    await using visitor = await visit(site);
    const { page } = visitor;
    await page.evaluate(() => navigator.serviceWorker.ready);
    await openNinePairs(page);
    try {
      await site.stop();
      await page.reload();
      await openNinePairs(page);
      expect(await status(page)).toContain('9 pairs · default model');
    } finally {
      await site.start();
    }
    expect(visitor.foreign).toEqual([]);
  });

  test('a lost GPU is said, and the model loads again with everything kept', async () => {
    await using visitor = await visit(site);
    const { page, context } = visitor;
    await openNinePairs(page);
    await page.getByLabel('Means', { exact: true }).focus();
    await page.keyboard.press('End');
    const readout = () => textOf(page.locator('.map-controls .readout'));
    await expect.poll(readout, { timeout: 30_000 }).toContain('iteration 300');
    const map = await readout();
    const browser = await context.browser()?.newBrowserCDPSession();
    await browser?.send('Browser.crashGpuProcess');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await textOf(alert)).toContain('The GPU was lost');
    await page.getByRole('button', { name: 'Reload the model' }).click();
    await alert.waitFor({ state: 'detached' });
    await page.locator('.task').waitFor({ state: 'detached' });
    expect(await page.locator('.notice').count()).toBe(0);
    await expect.poll(() => status(page)).toContain('9 pairs · default model');
    expect(await readout()).toContain(map.split(',')[0]);
    expect(await textOf(page.locator('.panel-heatmap .hint').first())).toContain('closed: means 1.00');
    await page.getByLabel('Text to search by').fill('pie chart');
    await page.keyboard.press('Enter');
    expect(await textOf(page.locator('.panel-search ol').first())).toContain('09-pie-chart.png');

    await expect.poll(() => heatmapColours(page)).toBeGreaterThan(20); // it was drawn on the GPU that is gone
    await browser?.send('Browser.crashGpuProcess');
    const isLost = alert.filter({ hasText: 'The GPU was lost' });
    await isLost.waitFor();
    await page.getByRole('button', { name: 'Reload the model' }).click();
    await page.locator('.task').waitFor({ state: 'detached' });
    // Chromium may have no adapter for a while: then it can be tried again.
    if (await isLost.isVisible()) await page.getByRole('button', { name: 'Reload the model' }).waitFor();
    expect(await page.getByText('WebGPU is missing').count()).toBe(0);
    expect(await status(page)).toContain('9 pairs');
  });

  test('without WebGPU it says so, and what has it', async () => {
    await using visitor = await visit(site, {}, () => {
      Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined });
    });
    const { page } = visitor;
    expect(await textOf(page.getByRole('alert'))).toMatch(/WebGPU is missing.*Chrome and Edge/s);
    expect(await page.getByRole('button', { name: 'Look at the example set' }).isDisabled()).toBe(true);
    expect(visitor.errors).toEqual([]);
  });

  test('without an adapter it says so before anybody tries', async () => {
    await using visitor = await visit(site, {}, () => {
      Object.defineProperty(GPU.prototype, 'requestAdapter', { value: async () => null });
    });
    const { page } = visitor;
    expect(await textOf(page.getByRole('alert'))).toContain('there is no adapter');
    expect(await page.getByRole('button', { name: 'Look at the example set' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Look again' }).isEnabled()).toBe(true);
  });

  test('a checkpoint folder from disk', async () => {
    await using visitor = await visit(site, {}, () => {
      Reflect.deleteProperty(window, 'showDirectoryPicker'); // no test can press its buttons
    });
    const { page } = visitor;
    await page.getByLabel('Checkpoint folder').setInputFiles(CHECKPOINT);
    await expect.poll(() => status(page)).toContain('192 dimensions');
    expect(await status(page)).not.toContain('default model');
    await openNinePairs(page);
    expect(visitor.errors).toEqual([]);
  });

  test.each([1400, 390])('what goes wrong is said in its own panel, at %i pixels', async (width) => {
    await using visitor = await visit(site, { viewport: { width, height: 844 } });
    const { page } = visitor;
    await openNinePairs(page);
    const broken = { name: 'broken.safetensors', mimeType: '', buffer: Buffer.from('no closing') };
    await page.getByLabel('File of a closing').setInputFiles(broken);
    await expect.poll(() => page.locator('.panel-closing [role=alert]').allInnerTexts()).toHaveLength(1);
    const image = { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') };
    await page.getByLabel('Image to search by').setInputFiles(image);
    const alert = page.locator('.panel-search [role=alert]');
    await expect.poll(() => textOf(alert)).toContain('broken.png');
    const [field, words] = [await page.locator('.search-form').boundingBox(), await alert.boundingBox()];
    expect((words?.y ?? 0) - ((field?.y ?? 0) + (field?.height ?? 0))).toBeLessThan(40);
    expect(await page.locator('.notice').count()).toBe(0);
    await page.getByLabel('Text to search by').fill('pie chart');
    await page.keyboard.press('Enter');
    await page.locator('.panel-search ol').first().waitFor();
    expect(await alert.count()).toBe(0);
  });

  test('files that are no pairs are refused with a reason', async () => {
    await using visitor = await visit(site);
    const { page } = visitor;
    const offer = (name: string, content: string) =>
      page.getByLabel('Images and captions').setInputFiles({
        name,
        mimeType: 'text/plain',
        buffer: Buffer.from(content),
      });
    await offer('captions.csv', 'image,caption\n1.png,a text\n');
    await expect.poll(() => textOf(page.locator('.notice'))).toContain('no image among the files');
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.locator('.notice').count()).toBe(0);
  });
});
