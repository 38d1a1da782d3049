import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Site } from './page/site.ts';
import {
  EXAMPLES,
  examplePath,
  mapIsDone,
  openNinePairs,
  openPairs,
  textOf,
  type Visit,
  visit,
} from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// What must not be seen: data of something else. Two things at once by answers in any order are in page-session.test.ts.

const CSV = 'text/csv';

/** A file as the page's inputs and drops take it. */
interface GivenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const table = (name: string, content: string | Buffer): GivenFile => ({
  name,
  mimeType: CSV,
  buffer: Buffer.from(content),
});
const picture = async (name: string): Promise<GivenFile> => ({
  name,
  mimeType: 'image/png',
  buffer: await readFile(examplePath(name)),
});

/** Drops files anywhere on the page. */
async function drop(page: Page, files: readonly GivenFile[]): Promise<void> {
  const given = files.map(({ name, buffer }) => [name, buffer.toString('base64')] as const);
  const dataTransfer = await page.evaluateHandle((dropped) => {
    const transfer = new DataTransfer();
    for (const [name, base64] of dropped) {
      transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
    }
    return transfer;
  }, given);
  await page.dispatchEvent('header', 'drop', { dataTransfer });
}

describe.skipIf(!existsSync(CHROMIUM))('the page shows nothing that is wrong', () => {
  let site: Site;
  let visitor: Visit;
  let page: Page;
  let scratch: string;
  const [one, two] = EXAMPLES;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'biomedclip-faults-'));
    site = await Site.build();
    visitor = await visit(site, {}, () => {
      Reflect.deleteProperty(window, 'showDirectoryPicker'); // no test can press its buttons
    });
    page = visitor.page;
    await openNinePairs(page);
  });
  afterAll(async () => {
    await visitor?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true, force: true });
  });

  const status = () => textOf(page.locator('.status'));
  const notices = () => page.locator('.notice:not(.task)').allInnerTexts();
  const dismissAll = async () => {
    const buttons = page.getByRole('button', { name: 'Dismiss' });
    while ((await buttons.count()) > 0) await buttons.first().click();
  };
  const distance = async () => {
    const cells = page.locator('.gap-table tr', { hasText: 'Distance of the centroids' }).locator('td');
    return (await cells.allInnerTexts()).map((cell) => Number.parseFloat(cell));
  };
  const firstPair = () => textOf(page.locator('.pair-list tbody tr').first());

  test('the edges of a zoomed heatmap name what is seen', async () => {
    const edges = () => page.locator('.heatmap-frame .edge').allInnerTexts();
    expect((await edges()).sort()).toEqual(['images', 'images', 'texts', 'texts']);
    await page.getByRole('application', { name: /Heatmap/ }).focus();
    await page.keyboard.press('ArrowRight');
    for (let i = 0; i < 4; i++) await page.keyboard.press('+');
    await expect.poll(edges).toEqual(['images', 'images']);
    await page.keyboard.press('0');
    await expect.poll(edges).toHaveLength(4);
  });

  test('a perplexity that t-SNE does not take is refused where it is typed', async () => {
    const field = page.getByLabel('Perplexity');
    await field.fill('-5');
    await field.press('Enter');
    const refusal = page.locator('#perplexity-refused');
    expect(await textOf(refusal)).toContain('takes a perplexity of 1 to 17');
    await field.fill('4');
    await field.press('Enter');
    await refusal.waitFor({ state: 'detached' });
  });

  test('an image that cannot be read has no zero-shot scores, and its error stands there', async () => {
    const input = page.getByLabel('Image to classify');
    await input.setInputFiles(examplePath('08-brain-mri.png'));
    await page.locator('.scores').waitFor();
    await input.setInputFiles(table('broken.png', 'no image'));
    await expect.poll(() => textOf(page.locator('.panel-zero-shot [role=alert]'))).toContain('broken.png');
    expect(await page.locator('.scores').count()).toBe(0);
  });

  test('broken images and a folder without a model leave everything as it is', async () => {
    await drop(page, [table('x.png', 'no image'), table('captions.csv', 'image,caption\nx.png,a\n')]);
    await expect.poll(notices).toEqual([expect.stringContaining('No pair could be embedded: x.png')]);
    await writeFile(join(scratch, 'notes.txt'), 'no model');
    await page.getByLabel('Checkpoint folder').setInputFiles(scratch);
    await expect.poll(notices).toHaveLength(2);
    await dismissAll();
    expect(await status()).toMatch(/9 pairs · default model/);
    expect(await page.locator('.gap-table').count()).toBe(1);
    await page.getByLabel('Text to search by').fill('this is a photo of pie chart');
    await page.keyboard.press('Enter');
    await page.locator('.panel-search ol').first().waitFor();
  });

  test('the gap as embedded is that, however soon the pairs are shifted; found images follow', async () => {
    const [embedded = 0] = await distance();
    expect(embedded).toBeGreaterThan(0.3);
    const before = await page.locator('.panel-search .chip').allInnerTexts();
    await openPairs(page, [['image', 'caption'], ...EXAMPLES]);
    await page.locator('.search-head').waitFor({ state: 'detached' }); // it was of the last set
    await page.getByLabel('Means', { exact: true }).focus();
    await page.keyboard.press('End');
    await expect.poll(async () => (await distance())[1]).toBeLessThan(embedded / 20);
    expect((await distance())[0]).toBeCloseTo(embedded, 2);
    await page.getByLabel('Text to search by').fill('this is a photo of pie chart');
    await page.keyboard.press('Enter');
    await page.locator('.panel-search ol').first().waitFor();
    const shifted = await page.locator('.panel-search .chip').allInnerTexts();
    await page.getByLabel('Means', { exact: true }).focus();
    await page.keyboard.press('Home');
    await expect.poll(() => page.locator('.panel-search .chip').allInnerTexts()).toEqual(before);
    expect(shifted).not.toEqual(before);
    await mapIsDone(page);
  });

  test('a drop while another set is embedded, and a search while one opens', async () => {
    await page.getByRole('button', { name: 'Example set' }).click();
    await page.locator('.task', { hasText: 'Embedding pairs' }).waitFor();
    const rows = `image,caption\n${one[0]},one\n${two[0]},two\n`;
    await drop(page, [table('captions.csv', rows), await picture(one[0]), await picture(two[0])]);
    await page.getByLabel('Text to search by').fill('pie chart');
    await page.keyboard.press('Enter');
    await expect.poll(status).toContain('2 pairs');
    await page.locator('.task').waitFor({ state: 'detached' });
    expect(await notices()).toEqual([]);
    expect(await page.locator('.search-head').count()).toBe(0);
  });

  test('tables: TSV and JSON, columns that people choose, an encoding that they choose', async () => {
    const give = async (file: GivenFile) =>
      page.getByLabel('Images and captions').setInputFiles([file, await picture(one[0])]);
    await give(table('a.tsv', `file_name\treport\n${one[0]}\tby TSV\n`));
    await expect.poll(firstPair).toContain('by TSV');
    await give(table('a.json', JSON.stringify([{ image: one[0], caption: 'by JSON' }])));
    await expect.poll(firstPair).toContain('by JSON');

    await give(table('a.csv', `scan,words,kind\n${one[0]},by choice,mine\n`));
    const columns = page.getByRole('form', { name: 'Columns of the captions file' });
    await columns.getByLabel('Images').selectOption('scan');
    await columns.getByLabel('Captions').selectOption('words');
    await columns.getByRole('button', { name: 'Open' }).click();
    await expect.poll(firstPair).toContain('by choice');

    await give(table('a.csv', Buffer.from(`image,caption\n${one[0]},Röntgen\n`, 'latin1')));
    const encoding = page.getByRole('form', { name: 'Encoding of the captions file' });
    await expect.poll(() => textOf(encoding)).toContain(`“${one[0]},Röntgen”`);
    await encoding.getByRole('button', { name: 'Open' }).click();
    await expect.poll(firstPair).toContain('Röntgen');
    expect(await page.locator('form.question').count()).toBe(0);
  });

  test('sets of pairs in one file: Parquet, a tar, and one that is damaged', async () => {
    const golden = async (name: string) => ({
      ...{ name, mimeType: '' },
      buffer: await readFile(new URL(`golden/archives/${name}`, import.meta.url)),
    });
    const dialog = page.getByLabel('Images and captions');
    for (const name of ['hugging-face.parquet', 'pax.tar']) {
      await drop(page, [await picture(one[0])]);
      await expect.poll(status).toContain('1 pair ');
      await drop(page, [await golden(name)]);
      await expect.poll(status).toContain('11 pairs');
      await expect.poll(() => textOf(page.locator('.pair-list'))).toContain('nævus');
      const shown = page.locator('.pair-list img').first();
      await shown.scrollIntoViewIfNeeded(); // it is fetched when it is seen
      await expect
        .poll(() => shown.evaluate((img: HTMLImageElement) => img.naturalWidth))
        .toBeGreaterThan(19);
      expect(await page.locator('.pair-list .file-mark').count()).toBe(0);
    }
    await drop(page, [table('cut.tar', (await golden('pax.tar')).buffer.subarray(0, 5000))]);
    await expect.poll(async () => (await notices()).join()).toContain('cut.tar');
    expect(await status()).toContain('11 pairs');
    await dismissAll();
    await dialog.setInputFiles([await golden('paths.parquet'), await picture(one[0])]);
    const columns = page.getByRole('form', { name: 'Columns of the captions file' });
    expect(await textOf(columns)).toContain('paths.parquet: no column is known to hold the captions.');
    await columns.getByRole('button', { name: 'Leave it' }).click();
  });

  test('a 16-bit picture of 10 bits is said to be dark, and embedded by the window that is chosen', async () => {
    const data = Uint16Array.from({ length: 64 * 64 }, (_, i) => (i * 7919) % 1024);
    const deep = encode({ width: 64, height: 64, data, channels: 1, depth: 16 });
    const file = { name: 'ct.png', mimeType: 'image/png', buffer: Buffer.from(deep) };
    await page.getByLabel('Images and captions').setInputFiles([file]);
    await expect.poll(async () => (await notices()).join()).toContain('choose the window “auto”');
    const dark = await firstPair();
    await page.getByText('Grey values of 16-bit').click();
    await page.locator('.grey-window select').selectOption('auto');
    await page.getByRole('button', { name: 'Embed again' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'Embed again' }).count()).toBe(0);
    await expect.poll(firstPair).not.toBe(dark);
  });

  test('pictures that browsers do not show are embedded, and marked by their kind', async () => {
    const names = [
      'dicom/ct-without-window.dcm',
      'jpeg2000/rgb-16.jp2',
      'nifti/uint8-ras.nii.gz',
      'pictures/grey-65535.pgm',
      'pictures/rgb-os2.bmp',
    ];
    const files = names.map(async (name) => ({
      name: name.split('/').at(-1) ?? '',
      mimeType: '',
      buffer: await readFile(new URL(`golden/${name}`, import.meta.url)),
    }));
    await page.getByLabel('Images and captions').setInputFiles(await Promise.all(files));
    await expect.poll(status).toContain('5 pairs');
    expect((await notices()).join()).not.toContain('left out');
    const marks = page.locator('.pair-list .file-mark');
    await expect.poll(async () => (await marks.allInnerTexts()).sort()).toEqual(['DCM', 'JP2', 'NII', 'PGM']);
  });

  test('it said no error, and asked nobody but its own server', () => {
    expect(visitor.errors).toEqual([]);
    expect(visitor.foreign).toEqual([]);
  });
});
