import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trainHead } from '../src/closing/head/train-head.ts';
import type { ImageReader, WindowChoice } from '../src/image/source.ts';
import { BiomedClip, openPairs, releaseGpu, similarityMatrix } from '../src/index.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { decodeImage } from '../src/node/decode-image.ts';
import { localDirectorySink } from '../src/node/files.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { CHROMIUM, Chromium } from './support/chromium.ts';
import { dicomFile, dicomGolden } from './support/dicom-golden.ts';
import { goldenImages, goldenPictures, inputFile, pictureFile } from './support/golden-images.ts';
import { goldenSlides, slideFile } from './support/golden-slides.ts';
import { goldenVolumes, volumeBytes } from './support/golden-volumes.ts';
import { testGpu } from './support/gpu.ts';
import { maxAbsDiff, rowCosines, seededUniform } from './support/numbers.ts';

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
/** What no decoder of the browser build hands out as it is stored. */
const REFUSED = [
  ...[
    'cmyk-adobe.jpg',
    'cmyk-plain.jpg',
    'icc-cmyk.jpg',
    'ycck-adobe.jpg',
    'cmyk.tif',
    'rgba-associated.tif',
  ],
  ...['1-bit.tif', '1-bit-group4.tif', '1-bit-white-is-zero.tif', 'ycbcr-jpeg.tif', 'orientation-6.tif'],
];
/** Other families: open_clip's own towers, and SigLIP's. */
const FAMILIES = [
  { folder: 'clip', towers: { image: 'open_clip', text: 'clip', quickGelu: true } },
  { folder: 'siglip', towers: { siglip: 2 } },
] as const;
const dicomImages: readonly { file: string; frame?: number; window?: WindowChoice }[] = [
  ...Object.values(dicomGolden.shown).map(({ file, frame, window }) => ({ file, frame, window })),
  ...Object.values(dicomGolden.refused).map(({ file }) => ({ file })),
];
const dicomFiles = [...new Set(dicomImages.map(({ file }) => file))];
/** Sets of pairs in one file, of golden/archives.py and archives.mjs. */
const ARCHIVES = fileURLToPath(new URL('golden/archives/', import.meta.url));
const PAIR_SETS = ['hugging-face.parquet', 'bytes.parquet', 'gnu.tar', 'ustar.tar.gz'] as const;
const TEXTS = ['this is a photo of brain MRI', '', 'pie chart'];

describe.skipIf(!existsSync(CHROMIUM))('in Chromium', () => {
  let browser: Chromium;
  let page: Page;
  let model: BiomedClip;
  let modelFiles: string[];

  beforeAll(async () => {
    browser = await Chromium.open(async (folder) => {
      await writeSeededModel(localDirectorySink(join(folder, 'model')), { preset: 'tiny', seed: 5 });
      for (const { folder: name, towers } of FAMILIES)
        await writeSeededModel(localDirectorySink(join(folder, name)), { preset: 'tiny', seed: 6, towers });
      const files = new Set([
        ...PICTURES,
        ...goldenImages.map(inputFile),
        ...goldenPictures.map(pictureFile),
        ...dicomFiles.map((file) => fileURLToPath(dicomFile(file))),
      ]);
      for (const file of files) await copyFile(file, join(folder, basename(file)));
      await mkdir(join(folder, 'slides')); // names of pictures are there again
      for (const { file } of goldenSlides) await copyFile(slideFile(file), join(folder, 'slides', file));
      for (const file of PAIR_SETS) await copyFile(join(ARCHIVES, file), join(folder, file));
      for (const { file } of goldenVolumes) await writeFile(join(folder, file), volumeBytes(file));
    });
    const path = join(browser.folder, 'model');
    modelFiles = await readdir(path);
    page = await browser.newPage();
    model = await BiomedClip.load(path, { adapter: process.env.BIOMEDCLIP_ADAPTER });
  });
  afterAll(async () => {
    model?.destroy();
    await releaseGpu();
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
    expect(theirs.fingerprint).toBe(model.info.fingerprint);
    const ours = await model.embedBatch({ images: PICTURES });
    for (const [i, cosine] of rowCosines(ours.images.data, theirs.images, ours.images.dim).entries()) {
      expect(cosine, PICTURES[i]).toBeGreaterThan(0.99999);
    }
    await expectSameTexts(theirs.texts, TEXTS);
    expect(browser.errors).toEqual([]);
  });

  test.each(FAMILIES)('a model of another family: $folder', async ({ folder }) => {
    const pictures = PICTURES.slice(0, 3);
    const theirs = await page.evaluate((given) => window.asked.embed(...given), [
      `/${folder}/`,
      pictures.map((path) => `/${basename(path)}`),
      TEXTS,
    ] as const);
    await using clip = await BiomedClip.load(join(browser.folder, folder), {
      adapter: process.env.BIOMEDCLIP_ADAPTER,
    });
    expect(theirs.fingerprint).toBe(clip.info.fingerprint);
    const { images, texts } = await clip.embedBatch({ images: pictures, texts: TEXTS });
    expect(Math.min(...rowCosines(images.data, theirs.images, images.dim))).toBeGreaterThan(0.99999);
    expect(Math.min(...rowCosines(texts.data, theirs.texts, texts.dim))).toBeGreaterThan(0.99999);
  });

  test('the embedded model, where none is named', async () => {
    const theirs = await page.evaluate((texts) => window.asked.embed(undefined, [], texts), TEXTS);
    expect(theirs.name).toBe('biomedclip-webgpu/weights/default');
    await using embedded = await BiomedClip.load(undefined, { adapter: process.env.BIOMEDCLIP_ADAPTER });
    const { texts } = await embedded.embedBatch({ texts: TEXTS });
    expect(Math.min(...rowCosines(texts.data, theirs.texts, texts.dim))).toBeGreaterThan(0.99999);
  });

  test('a head that closes the gap is trained as in Node', async () => {
    const [dim, rows, steps] = [18, 60, 60];
    const images = seededUniform(rows * dim, 1);
    const texts = seededUniform(rows * dim, 2).map((noise, i) => (images[i] ?? 0) + 1.5 * noise + 0.4);
    const theirs = await page.evaluate((given) => window.asked.trainHead(...given), [
      dim,
      [...images],
      [...texts],
      steps,
    ] as const);
    const gpu = await testGpu();
    const [x, y] = [images, texts].map((data) => ({ data, rows, dim })) as [Vectors, Vectors];
    const ours = await trainHead(gpu, x, y, { steps, batch: 24 });
    gpu.destroy();
    const losses = ours.losses.map(({ loss }) => loss);
    expect(maxAbsDiff(theirs.losses, losses)).toBeLessThan(1e-4);
    expect(maxAbsDiff(theirs.weight, ours.image.weight)).toBeLessThan(1e-4); // of steps of up to 1e-3
    const identity = theirs.weight.map((_, i) => Number(i % (dim + 1) === 0));
    expect(maxAbsDiff(theirs.weight, identity)).toBeGreaterThan(0.01);
  });

  test('the same in a worker, and the analysis', async () => {
    const images = ['1-bit.png', 'rgba.png', 'icc.jpg'].map((file) => `test/golden/images/inputs/${file}`);
    const theirs = await page.evaluate((task) => window.asked.embedInWorker(task), {
      model: '/model/',
      images: images.map((file) => `/${basename(file)}`),
      texts: TEXTS,
    });
    expect(theirs.inWorker).toBe(true);
    const ours = await model.embedBatch({ images, texts: TEXTS });
    const { dim } = ours.images;
    expect(Math.min(...rowCosines(ours.images.data, theirs.images, dim))).toBeGreaterThan(0.99999);
    await expectSameTexts(theirs.texts, TEXTS);
    const cosines = await similarityMatrix(ours.images, ours.texts, { metric: 'cosine' });
    expect(maxAbsDiff(cosines.data, theirs.cosines)).toBeLessThan(1e-5);
    expect(theirs.snapshots.map(({ iteration }) => iteration)).toEqual([200, 400, 500]);
    expect(theirs.snapshots.at(-1)?.embedding).toEqual(theirs.map);
    expect(nearestOfSameCluster(theirs.map)).toBe(1);
  });

  test.each(goldenImages)('decodes as Pillow does, or refuses: $name', async (golden) => {
    const channels = golden.channels === 'RGB' ? 3 : 4;
    const image = await page.evaluate((given) => window.asked.decode(...given), [
      `/${golden.file}`,
      channels,
      { window: golden.window },
    ] as const);
    if (REFUSED.includes(golden.file)) return expect(image).toBe('UnsupportedImageError');
    const { width, height, decodedSha256: sent } = golden;
    expect(image).toMatchObject({ width, height, sent });
    const node = await decodeImage(inputFile(golden), { window: golden.window });
    expect(image).toMatchObject({ mode: node.mode, all: sha256(node.data) });
  });

  test.each(PAIR_SETS)('pairs of %s as Node reads them, from a Blob and by its URL', async (file) => {
    const set = await openPairs(join(ARCHIVES, file));
    const ours = [];
    for (const { text, image, label, group } of set.pairs) {
      ours.push({ text, label, group, image: sha256((await (image as ImageReader).read()) as Uint8Array) });
    }
    await set.close();
    expect(ours).toHaveLength(11);
    const before = browser.errors.length; // models without optional files are told as errors
    const ways = file.endsWith('.gz') ? (['blob'] as const) : (['blob', 'url'] as const); // Vite unpacks .gz on the way
    for (const from of ways) {
      const theirs = await page.evaluate((given) => window.asked.pairs(...given), [
        `/${file}`,
        from,
      ] as const);
      expect(theirs).toEqual(ours);
    }
    expect(browser.errors.slice(before)).toEqual([]);
  });

  test('slices of volumes as nibabel has them', async () => {
    const slices = goldenVolumes.flatMap(({ file, slices: all }) => all.map((slice) => ({ file, slice })));
    const images = slices.map(({ file, slice: { plane, slice: frame, choice: window } }) => {
      return { url: `/${file}`, options: { plane, frame, window } };
    });
    const theirs = await page.evaluate((given) => window.asked.decodeAll(given), images);
    for (const [i, { file, slice }] of slices.entries()) {
      const { width, height, rgba: data } = slice;
      expect(theirs[i], `${file} ${slice.plane} ${slice.slice}`).toEqual({
        width,
        height,
        mode: 'rgb',
        data,
      });
    }
  });

  test('shows DICOM as Node does, which pydicom judges', async () => {
    const images = dicomImages.map(({ file, frame, window }) => ({
      url: `/${file}`,
      options: { frame, window },
    }));
    const theirs = await page.evaluate((given) => window.asked.decodeAll(given), images);
    for (const [i, { file, ...options }] of dicomImages.entries()) {
      const ours = await decodeImage(fileURLToPath(dicomFile(file)), options).catch((error) => error.name);
      if (typeof ours === 'string') expect(theirs[i], file).toBe(ours);
      else {
        const { width, height, mode, data } = ours;
        expect(theirs[i], `${file} ${options.frame}`).toEqual({ width, height, mode, data: [...data] });
      }
    }
  });

  test('decodes the formats that it shares with Node as Pillow does', async () => {
    for (const golden of goldenPictures) {
      const { file, frame, width, height, decodedSha256: sent } = golden;
      const options = { window: golden.window, frame };
      const channels = golden.channels === 'RGB' ? 3 : 4;
      const image = await page.evaluate((given) => window.asked.decode(...given), [
        `/${file}`,
        channels,
        options,
      ] as const);
      if (file === 'pages-rotated.tif') {
        expect(image, golden.name).toBe('UnsupportedImageError');
        continue;
      }
      const { mode } = await decodeImage(pictureFile(golden), options);
      expect(image, golden.name).toMatchObject({ width, height, sent, mode });
    }
  });

  test.each(goldenSlides)('squares of a slide, and its tissue: $file', async ({ file, tiles, tissue }) => {
    const options = { size: 40, stride: 20, minTissue: 0 };
    const theirs = await page.evaluate((given) => window.asked.slide(...given), [
      `/slides/${file}`,
      tiles,
      options,
    ] as const);
    expect(theirs).toEqual({ all: tiles.map(({ sha256: hash }) => hash), tissue });
  });

  test('a lost device, and the next', async () => {
    const { errors, after } = await page.evaluate(
      (text) => window.asked.loseDevice('/model/', text),
      'pie chart',
    );
    expect(errors).toEqual(['DeviceLostError', 'DeviceLostError', 'DeviceLostError']);
    await expectSameTexts(after.texts, ['pie chart']);
  });

  test('rows in a file of the private file system are searched as rows in memory are', async () => {
    const [dim, count] = [12, 200];
    const [queries, rows] = [seededUniform(3 * dim, 1), seededUniform(count * dim, 2)].map((data) => [
      ...data,
    ]);
    const [found, judge] = await page.evaluate(
      ([dim, queries, rows]) => window.asked.searchKept(dim, queries, rows, 5),
      [dim, queries ?? [], rows ?? []] as const,
    );
    expect(found?.indices).toEqual(judge?.indices);
    expect(found?.indices).toHaveLength(15);
    expect(
      maxAbsDiff(Float32Array.from(found?.values ?? []), Float32Array.from(judge?.values ?? [])),
    ).toBeLessThan(1e-6);
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

const sha256 = (bytes: Uint8Array | Uint8ClampedArray) => createHash('sha256').update(bytes).digest('hex');

/** The share of points whose nearest other is of the same of three clusters. @param map `[n, 2]` */
function nearestOfSameCluster(map: readonly number[]): number {
  const n = map.length / 2;
  const points = Array.from({ length: n }, (_, i) => [map[2 * i] ?? 0, map[2 * i + 1] ?? 0] as const);
  const same = points.filter(([x, y], i) => {
    const distances = points.map(([u, v], j) => (i === j ? Infinity : Math.hypot(x - u, y - v)));
    return distances.indexOf(Math.min(...distances)) % 3 === i % 3;
  });
  return same.length / n;
}
