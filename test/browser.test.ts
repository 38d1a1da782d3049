import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localDirectorySink } from '../src/node/files.ts';
import { BiomedClip } from '../src/node/index.ts';
import { textFiles } from '../text-files.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { rowCosines } from './numbers.ts';

// The same library in a real browser. Judge: the same library in Node, on the same files.

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
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
  let folder: string;
  let server: ViteDevServer;
  let browser: Browser;
  let page: Page;
  const consoleErrors: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'biomedclip-browser-'));
    await mkdir(join(folder, 'model'));
    await writeSeededModel(localDirectorySink(join(folder, 'model')), { preset: 'tiny', seed: 5 });
    for (const path of PICTURES) await copyFile(path, join(folder, basename(path)));
    server = await createServer({
      configFile: false,
      root: fileURLToPath(new URL('..', import.meta.url)),
      publicDir: folder,
      plugins: [textFiles()],
      logLevel: 'error',
      server: { host: 'localhost', port: 0 },
    });
    await server.listen();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') consoleErrors.push(message.text());
    });
    page.on('pageerror', (error) => consoleErrors.push(String(error)));
    const [origin = ''] = server.resolvedUrls?.local ?? [];
    await page.goto(`${origin}test/browser/index.html`);
    await page.waitForFunction(() => document.title === 'ready');
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('embeddings equal those of Node', async () => {
    const pictures = PICTURES.map((path) => `/${basename(path)}`);
    const theirs = await page.evaluate(([images, texts]) => window.embed('/model/', images, texts), [
      pictures,
      TEXTS,
    ] as const);
    await using model = await BiomedClip.load(join(folder, 'model'), {
      adapter: process.env.BIOMEDCLIP_ADAPTER,
    });
    const ours = await model.embedBatch({ images: PICTURES, texts: TEXTS });
    const { dim } = ours.images;
    for (const [i, cosine] of rowCosines(ours.images.data, theirs.images, dim).entries()) {
      expect(cosine, PICTURES[i]).toBeGreaterThan(0.99999);
    }
    expect(Math.min(...rowCosines(ours.texts.data, theirs.texts, dim))).toBeGreaterThan(0.99999);
    expect(consoleErrors).toEqual([]);
  });
});
