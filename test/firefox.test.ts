// The library in Firefox, whose WebGPU and WGSL are other people's work (wgpu, naga). Judge: the same library in Node.
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trainHead } from '../src/closing/head/train-head.ts';
import { BiomedClip, releaseGpu, similarityMatrix } from '../src/index.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { localDirectorySink } from '../src/node/files.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { Firefox, HAS_FIREFOX } from './support/firefox.ts';
import { testGpu } from './support/gpu.ts';
import { maxAbsDiff, rowCosines, seededUniform } from './support/numbers.ts';

const PICTURES = [
  '../examples/biomed/01-squamous-cell-carcinoma.png',
  '../examples/biomed/16-bone-x-ray.jpg',
  'golden/images/inputs/palette-transparent.png',
  'golden/images/inputs/icc.jpg',
].map((file) => fileURLToPath(new URL(file, import.meta.url)));
const URLS = PICTURES.map((path) => `/${basename(path)}`);
const TEXTS = ['this is a photo of brain MRI', '', 'pie chart'];
const FAMILIES = [
  ['biomedclip', undefined],
  ['clip', { image: 'open_clip', text: 'clip', quickGelu: true }],
  ['siglip', { siglip: 2 }],
] as const;

describe.skipIf(!HAS_FIREFOX)('in Firefox', () => {
  let browser: Firefox;
  let page: Page;
  beforeAll(async () => {
    browser = await Firefox.open(async (folder) => {
      for (const [name, towers] of FAMILIES)
        await writeSeededModel(localDirectorySink(join(folder, name)), { preset: 'tiny', seed: 5, towers });
      for (const path of PICTURES) await copyFile(path, join(folder, basename(path)));
    });
    page = await browser.newPage();
  });
  afterAll(async () => {
    await releaseGpu();
    await browser?.[Symbol.asyncDispose]();
  });

  const load = (source?: string) => BiomedClip.load(source, { adapter: process.env.BIOMEDCLIP_ADAPTER });

  test.each(process.env.LONG ? [...FAMILIES.map(([name]) => name), undefined] : ['biomedclip'])(
    'embeds as in Node: %s',
    async (name) => {
      const theirs = await page.evaluate(
        (source, images, texts) => window.asked.embed(source, images, texts),
        name && `/${name}/`,
        URLS,
        TEXTS,
      );
      await using model = await load(name && join(browser.folder, name));
      expect(theirs.fingerprint).toBe(model.info.fingerprint);
      const { images, texts } = await model.embedBatch({ images: PICTURES, texts: TEXTS });
      expect(Math.min(...rowCosines(images.data, theirs.images, images.dim))).toBeGreaterThan(0.99999);
      expect(Math.min(...rowCosines(texts.data, theirs.texts, texts.dim))).toBeGreaterThan(0.99999);
      expect(browser.errors).toEqual([]);
    },
  );

  test.runIf(process.env.LONG)('the same in a worker, and the analysis', async () => {
    const task = { model: '/biomedclip/', images: URLS, texts: TEXTS };
    const theirs = await page.evaluate((given) => window.asked.embedInWorker(given), task);
    expect(theirs.inWorker).toBe(true);
    await using model = await load(join(browser.folder, 'biomedclip'));
    const { images, texts } = await model.embedBatch({ images: PICTURES, texts: TEXTS });
    expect(Math.min(...rowCosines(images.data, theirs.images, images.dim))).toBeGreaterThan(0.99999);
    const cosines = await similarityMatrix(images, texts, { metric: 'cosine' });
    expect(maxAbsDiff(cosines.data, theirs.cosines)).toBeLessThan(1e-5);
    expect(theirs.snapshots.at(-1)?.embedding).toEqual(theirs.map);
    expect(theirs.map.every(Number.isFinite)).toBe(true);
  });

  test.runIf(process.env.LONG)('a head that closes the gap is trained as in Node', async () => {
    const [dim, rows, steps] = [18, 60, 60];
    const images = seededUniform(rows * dim, 1);
    const texts = seededUniform(rows * dim, 2).map((noise, i) => (images[i] ?? 0) + 1.5 * noise + 0.4);
    const theirs = await page.evaluate(
      (...given) => window.asked.trainHead(...given),
      dim,
      [...images],
      [...texts],
      steps,
    );
    const gpu = await testGpu();
    const [x, y] = [images, texts].map((data) => ({ data, rows, dim })) as [Vectors, Vectors];
    const ours = await trainHead(gpu, x, y, { steps, batch: 24 });
    gpu.destroy();
    const losses = ours.losses.map(({ loss }) => loss);
    expect(maxAbsDiff(theirs.losses, losses)).toBeLessThan(1e-4);
    expect(maxAbsDiff(theirs.weight, ours.image.weight)).toBeLessThan(1e-4);
  });
});
