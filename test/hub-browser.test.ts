// Judges: the same model in Node, what a server was asked for, and the browser's own rules of what a page may read.
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HubOptions } from '../src/api.ts';
import { BiomedClip } from '../src/index.ts';
import { type Files, filesOf } from './support/changed-weights.ts';
import { CHROMIUM, Chromium } from './support/chromium.ts';
import { HubServer } from './support/hub-server.ts';
import { rowCosines } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';

const REPO = 'org/tiny-clip';
const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];

describe.skipIf(!existsSync(CHROMIUM))('a model by name, in Chromium', () => {
  const server = new HubServer(REPO);
  let browser: Chromium;
  let page: Page;
  let files: Files;
  let embedding: Float32Array;

  beforeAll(async () => {
    const tiny = await seededModel({ preset: 'tiny', seed: 5 });
    files = await filesOf(tiny.path);
    await using model = await BiomedClip.load(tiny.path, { adapter: process.env.BIOMEDCLIP_ADAPTER });
    embedding = (await model.embedBatch({ texts: ['pie chart'] })).texts.data;
    await server.start();
    // The page's server has a checkpoint of its own behind the URL org/local.
    browser = await Chromium.open((folder) =>
      cp(tiny.path, join(folder, 'test/browser/org/local'), { recursive: true }),
    );
    await tiny.remove();
    page = await browser.newPage('cache.html');
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await server.stop();
  });
  beforeEach(async () => {
    await page.evaluate(() => window.cached.clear());
    server.commits.clear();
    server.commit(ONE, files);
    server.access = undefined;
    server.trouble = () => undefined;
    server.take();
  });

  /** Loads the model, and says how often large files were asked for. */
  async function load(source = REPO, hub: HubOptions = {}) {
    const options = { hub: { endpoint: server.origin, ...hub } };
    const loaded = await page.evaluate(([source, options]) => window.cached.load(source, options), [
      source,
      options,
    ] as const);
    const { result, warnings, revision } = loaded;
    if (typeof result !== 'string') {
      expect(rowCosines(embedding, result, embedding.length)[0]).toBeGreaterThan(0.99999);
    }
    const asked = server.take();
    return { warnings, revision, asked, large: asked.filter((call) => call.startsWith('cdn')).length };
  }

  test('is downloaded once, across the origins of the hub and of its large files', async () => {
    const first = await load();
    expect(first).toMatchObject({ revision: ONE, warnings: [] });
    expect(first.large).toBeGreaterThan(0);
    expect((await load()).asked).toEqual([`api /api/models/${REPO}/revision/main`]);
    expect((await load(`hf-hub:${REPO}@${ONE}`)).asked).toEqual([]); // a whole hash needs no network
  });

  test('without the network the last known commit is loaded, and a warning says so', async () => {
    await load();
    await server.stop();
    try {
      const { revision, warnings } = await load();
      expect([revision, warnings]).toEqual([ONE, [expect.stringContaining('HubNotAskedError')]]);
      await expect(load('org/other')).rejects.toThrow('hf download org/other --local-dir biomedclip');
    } finally {
      await server.start();
    }
  });

  test('another commit: only what has changed is downloaded', async () => {
    await load();
    const config = Buffer.from(`${Buffer.from(files.get('open_clip_config.json') ?? [])}\n`);
    server.commit(TWO, new Map([...files, ['open_clip_config.json', config]]));
    const { revision, large, asked } = await load();
    expect([revision, large]).toEqual([TWO, 0]);
    const downloaded = asked.filter((call) => call.startsWith('resolve'));
    expect(new Set(downloaded.map((call) => call.split(' ')[1]))).toEqual(
      new Set([`/${REPO}/resolve/${TWO}/open_clip_config.json`]),
    );
  });

  test('damage to a small file is refused, and is not kept', async () => {
    const config = files.get('open_clip_config.json') ?? new Uint8Array();
    server.damaged.set(
      'open_clip_config.json',
      config.map((byte, i) => (i === 1 ? 32 : byte)),
    );
    await expect(load()).rejects.toThrow('its git SHA-1 must be');
    server.damaged.clear();
    expect((await load()).revision).toBe(ONE);
  });

  test('a gated model needs a token, which the other host does not get', async () => {
    server.access = { token: 'hf_owner', gated: true };
    await expect(load()).rejects.toThrow('refuses access (401)');
    server.take();
    let leaked: string | undefined;
    server.trouble = ({ kind, token }) => {
      if (kind === 'cdn') leaked ??= token;
      return undefined;
    };
    expect((await load(REPO, { token: 'hf_owner' })).revision).toBe(ONE);
    expect(leaked).toBeUndefined();
  });

  test('a checkpoint behind the relative URL goes before the name', async () => {
    expect(await load('org/local')).toMatchObject({ revision: undefined, asked: [] });
    await expect(load('hf-hub:org/local')).rejects.toThrow('there is no model of that name');
  });
});
