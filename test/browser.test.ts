import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localDirectorySink } from '../src/node/files.ts';
import { BiomedClip } from '../src/node/index.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { CHROMIUM, Chromium } from './chromium.ts';
import { rowCosines } from './numbers.ts';

// The same library in a real browser. Judge: the same library in Node, on the same files.

const GOLDEN = [
  '1-bit.png',
  'palette-transparent.png',
  'grey-alpha.png',
  'rgba.png',
  'rgb-interlaced.png',
  'gamma.png',
  'icc.png',
  'icc.jpg',
  'orientation-6.jpg',
  'progressive-420.jpg',
  'grey.jpg',
  'lossless-alpha.webp',
  'lossy.webp',
  'offset-transparent.gif',
  'animated.gif',
].map((file) => `test/golden/images/inputs/${file}`);
/** Formats and modes that a browser's decoder can hand out as Node's does. */
const PICTURES = [
  'examples/biomed/01-squamous-cell-carcinoma.png',
  'examples/biomed/05-covid-line-chart.png',
  'examples/biomed/16-bone-x-ray.jpg',
  ...GOLDEN,
].map((file) => fileURLToPath(new URL(`../${file}`, import.meta.url)));
const TEXTS = ['this is a photo of brain MRI', '', 'pie chart'];

describe.skipIf(!existsSync(CHROMIUM))('in Chromium', () => {
  let browser: Chromium;
  let page: Page;
  let model: BiomedClip;
  let modelFiles: string[];

  beforeAll(async () => {
    browser = await Chromium.open();
    const path = join(browser.folder, 'model');
    await mkdir(path, { recursive: true });
    await writeSeededModel(localDirectorySink(path), { preset: 'tiny', seed: 5 });
    modelFiles = await readdir(path);
    for (const picture of PICTURES) await copyFile(picture, join(browser.folder, basename(picture)));
    page = await browser.newPage();
    model = await BiomedClip.load(path, { adapter: process.env.BIOMEDCLIP_ADAPTER });
  });
  afterAll(async () => {
    model?.destroy();
    await browser?.[Symbol.asyncDispose]();
  });

  async function expectSameTexts(theirs: readonly number[], texts: readonly string[]): Promise<void> {
    const ours = (await model.embedBatch({ texts })).texts;
    expect(Math.min(...rowCosines(ours.data, theirs, ours.dim))).toBeGreaterThan(0.99999);
  }

  test('embeddings equal those of Node', async () => {
    const pictures = PICTURES.map((path) => `/${basename(path)}`);
    const theirs = await page.evaluate(([images, texts]) => window.asked.embed('/model/', images, texts), [
      pictures,
      TEXTS,
    ] as const);
    const ours = await model.embedBatch({ images: PICTURES });
    for (const [i, cosine] of rowCosines(ours.images.data, theirs.images, ours.images.dim).entries()) {
      expect(cosine, PICTURES[i]).toBeGreaterThan(0.99999);
    }
    await expectSameTexts(theirs.texts, TEXTS);
    expect(browser.errors).toEqual([]);
  });

  test('a checkpoint from a directory on disk', async () => {
    const urls = modelFiles.map((file) => `/model/${file}`);
    const theirs = await page.evaluate(([files, text]) => window.asked.embedFromDirectory(files, text), [
      urls,
      'pie chart',
    ] as const);
    expect(theirs.name).toBe('downloaded');
    await expectSameTexts(theirs.texts, ['pie chart']);
  });

  test('a checkpoint from files of a directory input', async () => {
    await page.setInputFiles('input', join(browser.folder, 'model'));
    const theirs = await page.evaluate((text) => window.asked.embedFromInput(text), 'pie chart');
    expect(theirs.name).toBe('model');
    await expectSameTexts(theirs.texts, ['pie chart']);
  });
});
