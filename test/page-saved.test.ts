import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from './page/site.ts';
import { EXAMPLES, examplePath, mapIsDone, openNinePairs, textOf, type Visit, visit } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';
import { cli } from './support/cli-run.ts';

// Embeddings go to files and come back, without a model; which files are read how is in saved-pairs.test.ts.

describe.skipIf(!existsSync(CHROMIUM))('saved embeddings', () => {
  let site: Site;
  let first: Visit;
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'biomedclip-saved-'));
    site = await Site.build();
    first = await visit(site);
    await openNinePairs(
      first.page,
      EXAMPLES.map(([name]) => (name.includes('x-ray') ? 'bones' : 'others')),
    );
  });
  afterAll(async () => {
    await first?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true, force: true });
  });

  /** Presses a button of the export panel, and keeps the file. */
  async function saved(page: Page, name: string): Promise<string> {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click(),
    ]);
    const path = join(scratch, download.suggestedFilename());
    await download.saveAs(path);
    return path;
  }

  const cellOf = (page: Page, statistic: string) =>
    textOf(page.locator('.gap-table tr', { hasText: statistic }).locator('td strong').first());

  test.each([
    ['Embeddings as NPZ', 'embeddings.npz'],
    ['Embeddings as Parquet', 'embeddings.parquet'],
  ])('%s: the command line measures the gap that the page shows', async (button, file) => {
    const path = await saved(first.page, button);
    expect(path).toBe(join(scratch, file));
    const { stdout } = await cli(['gap', path, '--json', '--resamples', '0', '--permutations', '0']);
    const report = JSON.parse(stdout);
    expect(report.pairs).toBe(EXAMPLES.length);
    expect(report.provenance.model.name).toBe('embedded');
    const own = JSON.parse(await readFile(await saved(first.page, 'Gap as JSON'), 'utf8'));
    expect(own.centroidDistance.value).toBeCloseTo(report.centroidDistance.value, 6);
    const table = await readFile(await saved(first.page, 'Gap as CSV'), 'utf8');
    expect(table).toMatch(/^statistic,value,low,high,/);
    expect(
      table.split('\n').some((line) => line.startsWith(`centroidDistance,${own.centroidDistance.value},`)),
    ).toBe(true);
  });

  test('the matrix of cosines with the names of its rows, and for NumPy', async () => {
    const lines = (await readFile(await saved(first.page, 'Cosines as CSV'), 'utf8')).trim().split('\r\n');
    const n = EXAMPLES.length;
    expect(lines).toHaveLength(2 * n + 1);
    const [name, itself] = lines[1]?.split(',') ?? [];
    expect(name).toBe(`image ${EXAMPLES[0]?.[0]}`);
    expect(Number(itself)).toBeCloseTo(1, 5);
    expect(lines[n + 1]?.split(',')[0]).toBe(`text ${EXAMPLES[0]?.[0]}`);
    const bytes = await readFile(await saved(first.page, 'Cosines as NPY'));
    expect(bytes.toString('latin1', 10, 80)).toContain(`'shape': (${2 * n}, ${2 * n})`);
    const corner = Number(lines[1]?.split(',')[2]);
    expect(bytes.readFloatLE(bytes.length - 4 * 4 * n * n + 4)).toBeCloseTo(corner, 6);
  });

  test('opened again they are the same pairs, and no model is fetched until it is asked for', async () => {
    const npz = await saved(first.page, 'Embeddings as NPZ');
    await using again = await visit(site);
    const { page } = again;
    const models: string[] = [];
    page.on('request', (request) => request.url().includes('.safetensors') && models.push(request.url()));
    await page.getByLabel('Images and captions').setInputFiles(npz);
    await page.locator('.gap-table').waitFor();
    await mapIsDone(page);
    await page
      .getByText('9 pairs · embeddings of the default model (not medical) · 192 dimensions · no model loaded')
      .waitFor();
    expect(await cellOf(page, 'distance')).toBe(await cellOf(first.page, 'distance'));
    expect(await page.getByText(EXAMPLES[7][1], { exact: true }).count()).toBeGreaterThan(0);
    expect(models).toEqual([]);
    // What needs the model says so, and gets it.
    await page.getByRole('button', { name: 'Load that model' }).click();
    await page.getByLabel('Text to search by').fill('brain MRI');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.locator('.panel-search').getByText('Nearest to').waitFor();
    expect(models.length).toBeGreaterThan(0);
    expect([again.errors, again.foreign]).toEqual([[], []]);
  });

  test('with their images beside them the pairs have thumbnails', async () => {
    const npz = await saved(first.page, 'Embeddings as NPZ');
    await using again = await visit(site, { viewport: { width: 390, height: 844 } });
    const { page } = again;
    await page.getByLabel('Images and captions').setInputFiles([npz, examplePath(EXAMPLES[7][0])]);
    await mapIsDone(page);
    await page.getByText('1 of the 9 images are here; the other pairs have none.').waitFor();
    expect(again.errors).toEqual([]);
  });

  test('closed embeddings are saved as what they are', async () => {
    const { page } = first;
    await page.getByRole('slider', { name: /means/i }).fill('1');
    const path = await saved(page, 'As shown as NPZ');
    expect(path).toBe(join(scratch, 'embeddings-closed.npz'));
    await using again = await visit(site);
    await again.page.getByLabel('Images and captions').setInputFiles(path);
    await mapIsDone(again.page);
    await again.page.getByText(/closed before, by means 1\.00, shapes 0\.00/).waitFor();
    const shown = page.locator('.gap-table tr', { hasText: 'distance' }).first().locator('td').nth(1);
    await expect.poll(() => textOf(shown)).toBe(await cellOf(again.page, 'distance'));
    await again.page.getByText('or their gap was closed: nothing new can be compared').waitFor();
  });

  test('what cannot be read leaves open what is open', async () => {
    await using again = await visit(site);
    const { page } = again;
    await page
      .getByLabel('Images and captions')
      .setInputFiles({ name: 'images.npy', mimeType: '', buffer: Buffer.from('no array') });
    await page.getByText('none is called after the texts').waitFor();
    const broken = ['images.npy', 'texts.npy'].map((name) => ({
      name,
      mimeType: '',
      buffer: Buffer.from('no array'),
    }));
    await page.getByLabel('Images and captions').setInputFiles(broken);
    await page.getByText(/images\.npy: no readable vectors/).waitFor();
    await page.getByRole('button', { name: 'Look at the example set' }).waitFor();
  });
});
