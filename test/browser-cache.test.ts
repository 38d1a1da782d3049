// Judges: the bytes that a server holds, what it was asked for, and the same model in Node.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BiomedClip } from '../src/index.ts';
import { SAFETENSORS_FILE } from '../weights/checkpoint.ts';
import { CHROMIUM, Chromium } from './support/chromium.ts';
import { rowCosines } from './support/numbers.ts';
import { RangeServer } from './support/range-server.ts';
import { seededModel } from './support/seeded-model.ts';

const PIECE = 1000;
/** Ten pieces and a half. */
const content = Uint8Array.from({ length: 10_500 }, (_, i) => (i * 7) % 251);
const changed = content.map((byte) => 255 - byte);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(!existsSync(CHROMIUM))('in Chromium', () => {
  const server = new RangeServer();
  let browser: Chromium;
  let page: Page;

  beforeAll(async () => {
    await server.start();
    browser = await Chromium.open();
    page = await browser.newPage('cache.html');
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await server.stop();
  });
  beforeEach(async () => {
    await page.evaluate(() => window.cached.clear());
    server.files.clear();
    server.files.set('a.bin', content);
    server.etag = '"one"';
    server.beforeAnswer = () => undefined;
    server.requests.length = 0;
  });

  /** Reads a file through the cache, and says which of its pieces the server was asked for, in order. */
  async function read(options: { abortAfter?: number } = {}, on = page, file = 'a.bin') {
    const { result, warnings } = await on.evaluate(
      ([url, file, options]) => window.cached.read(url, file, options),
      [server.url, file, options] as const,
    );
    const asked = server.takeRequests(file).map(({ start, end }) => {
      expect(end - start + 1).toBe(Math.min(PIECE, content.length - start));
      return start / PIECE;
    });
    return { result, warnings, asked: asked.sort((a, b) => a - b) };
  }

  const ALL = Array.from({ length: 11 }, (_, i) => i);

  test('every piece is asked for once, and then never again', async () => {
    expect(await read()).toEqual({ result: sha256(content), warnings: [], asked: ALL });
    expect(await read()).toEqual({ result: sha256(content), warnings: [], asked: [] });
    const other = await browser.newPage('cache.html');
    expect((await read({}, other)).asked).toEqual([]);
    await other.close();
  });

  test('a damaged piece is fetched again', async () => {
    await read();
    expect(await page.evaluate(() => window.cached.damage(4))).toBe(1);
    expect(await read()).toEqual({ result: sha256(content), warnings: [], asked: [4] });
    expect((await read()).asked).toEqual([]);
  });

  test('an interrupted download goes on from the pieces that are there', async () => {
    await expect(read({ abortAfter: 6 })).rejects.toThrow('aborted by the caller');
    const before = server.takeRequests('a.bin').length;
    expect(before).toBeLessThan(ALL.length);
    const kept = Object.values(await page.evaluate(() => window.cached.kept())).flat();
    const pieces = kept.filter((name) => name !== 'version').map((name) => Number(name.split('-')[1]));
    expect(pieces.length).toBeGreaterThanOrEqual(4); // six reads of 700 bytes
    const { result, asked } = await read();
    expect(result).toBe(sha256(content));
    expect(asked).toEqual(ALL.filter((index) => !pieces.includes(index)));
  });

  test('what a killed browser has left of a write goes, and what another tab writes does not', async () => {
    const names = async () => Object.values(await page.evaluate(() => window.cached.kept())).flat();
    await read();
    await page.evaluate(() => window.cached.leave());
    expect(await names()).toHaveLength(ALL.length + 2);
    const other = await browser.newPage('cache.html');
    await other.evaluate(() => window.cached.hold());
    expect(await names()).toHaveLength(ALL.length + 3);
    expect(await read()).toEqual({ result: sha256(content), warnings: [], asked: [] });
    expect((await names()).filter((name) => name.endsWith('.crswap'))).toHaveLength(1);
    await other.evaluate(() => window.cached.release());
    expect(await names()).toHaveLength(ALL.length + 1);
    expect(await read()).toEqual({ result: sha256(content), warnings: [], asked: [] });
    await other.close();
  });

  test('a stale version is not used, and goes', async () => {
    await read();
    const before = await page.evaluate(() => window.cached.kept());
    server.etag = '"two"';
    server.files.set('a.bin', changed);
    expect(await read()).toEqual({ result: sha256(changed), warnings: [], asked: ALL });
    const after = await page.evaluate(() => window.cached.kept());
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(Object.values(after).flat()).toHaveLength(ALL.length + 1);
  });

  test('without the server, what is kept is used', async () => {
    await read();
    await read({}, page, 'none.bin');
    await server.stop();
    try {
      expect(await read()).toEqual({ result: sha256(content), warnings: [], asked: [] });
      expect((await read({}, page, 'none.bin')).result).toBe('no file');
      await expect(read({}, page, 'unknown.bin')).rejects.toThrow('unknown.bin: cannot be read');
      await page.evaluate(() => window.cached.damage(7));
      await expect(read()).rejects.toThrow('a.bin: cannot be read');
    } finally {
      await server.start();
    }
    expect((await read()).asked).toEqual([7]);
  });

  test('a server that comes back with another version while it is read', async () => {
    await read();
    await page.evaluate(() => window.cached.damage(7));
    server.beforeAnswer = () => {
      server.beforeAnswer = () => undefined;
      server.etag = '"two"';
      return 503;
    };
    await expect(read()).rejects.toThrow('a.bin: changed on the server while it was read');
  });

  test('a server that does not say which version it has', async () => {
    server.etag = undefined;
    const { result, warnings } = await page.evaluate((url) => window.cached.read(url, 'a.bin'), server.url);
    expect(result).toBe(sha256(content));
    expect(warnings).toEqual([expect.stringContaining('NotCachedError: the checkpoint is not kept')]);
    expect(Object.values(await page.evaluate(() => window.cached.kept())).flat()).toEqual([]);
  });

  test('an origin without room goes on without the cache, and says so once', async () => {
    const session = await browser.context.newCDPSession(page);
    const origin = new URL(browser.origin).origin;
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 3500 });
    try {
      const { result, warnings } = await read();
      expect(result).toBe(sha256(content));
      expect(warnings).toEqual([expect.stringContaining('gives this origin no more room')]);
    } finally {
      await session.send('Storage.overrideQuotaForOrigin', { origin });
    }
  });

  test('Cache Storage where there is no private file system', async () => {
    const other = await browser.newPage('cache.html', (page) => page.addInitScript(withoutPrivateFiles));
    expect(await read({}, other)).toEqual({ result: sha256(content), warnings: [], asked: ALL });
    expect(await read({}, other)).toEqual({ result: sha256(content), warnings: [], asked: [] });
    server.etag = '"two"';
    expect((await read({}, other)).asked).toEqual(ALL);
    await other.evaluate(() => window.cached.clear());
    expect((await read({}, other)).asked).toEqual(ALL);
    await other.close();
  });

  test('kernel choices outlive the page, until the cache is cleared', async () => {
    const tuning = (on: Page, value?: string) =>
      on.evaluate(([value]) => window.cached.tuning('gemm', value), [value] as const);
    expect(await tuning(page)).toBeUndefined();
    expect(await tuning(page, '3')).toBe('3');
    const other = await browser.newPage('cache.html');
    expect(await tuning(other)).toBe('3');
    await other.evaluate(() => window.cached.clear());
    await other.close();
    expect(await tuning(page)).toBeUndefined();
  });

  test('kernel choices are for the page alone where there is no database', async () => {
    const other = await browser.newPage('cache.html', (page) =>
      page.addInitScript(() => {
        IDBFactory.prototype.open = () => {
          throw new DOMException('no', 'SecurityError');
        };
      }),
    );
    expect(await other.evaluate(() => window.cached.tuning('gemm', '3'))).toBe('3');
    expect(await other.evaluate(() => window.cached.tuning('gemm'))).toBeUndefined();
    await other.close();
  });

  describe('a model', () => {
    let embedding: Float32Array;
    let files: Map<string, Uint8Array>;
    beforeAll(async () => {
      const tiny = await seededModel({ preset: 'tiny', seed: 5 });
      const read = async (name: string) =>
        [name, new Uint8Array(await readFile(join(tiny.path, name)))] as const;
      files = new Map(await Promise.all((await readdir(tiny.path)).map(read)));
      await using model = await BiomedClip.load(tiny.path, { adapter: process.env.BIOMEDCLIP_ADAPTER });
      embedding = (await model.embedBatch({ texts: ['pie chart'] })).texts.data;
      await tiny.remove();
    });
    beforeEach(() => {
      for (const [name, bytes] of files) server.files.set(name, bytes);
    });

    async function load(options: { cache?: boolean; abort?: boolean } = {}, on = page) {
      const { result, warnings } = await on.evaluate(([url, options]) => window.cached.load(url, options), [
        server.url,
        options,
      ] as const);
      if (typeof result !== 'string') {
        expect(rowCosines(embedding, result, embedding.length)[0]).toBeGreaterThan(0.99999);
      }
      return {
        aborted: result === 'aborted',
        warnings,
        // A browser may send a request again by itself, as HTTP lets it.
        requests: new Set(server.takeRequests(SAFETENSORS_FILE).map(({ start, end }) => `${start}-${end}`))
          .size,
      };
    }

    test('loads again without asking for weights, and without the server', async () => {
      expect((await load()).requests).toBeGreaterThan(0);
      await page.reload();
      await page.waitForFunction(() => document.title === 'ready');
      expect((await load()).requests).toBe(0);
      await server.stop();
      try {
        expect(await load()).toEqual({ aborted: false, warnings: [], requests: 0 });
      } finally {
        await server.start();
      }
    });

    test('after an abort', async () => {
      expect((await load({ abort: true })).aborted).toBe(true);
      expect((await load()).aborted).toBe(false);
    });

    test('keeps nothing if told so', async () => {
      const { requests } = await load({ cache: false });
      expect(requests).toBeGreaterThan(0);
      expect(await page.evaluate(() => window.cached.kept())).toEqual({});
      expect((await load({ cache: false })).requests).toBe(requests);
    });

    test('from a browser that keeps nothing', async () => {
      const other = await browser.newPage('cache.html', async (page) => {
        await page.addInitScript(withoutPrivateFiles);
        await page.addInitScript(() => {
          CacheStorage.prototype.open = () => Promise.reject(new DOMException('no', 'SecurityError'));
        });
      });
      const { warnings, requests } = await load({}, other);
      expect(requests).toBeGreaterThan(0);
      expect(warnings).toEqual([expect.stringContaining('the browser gives this page no storage')]);
      await other.close();
    });
  });
});

/** As in a private window of some browsers. */
function withoutPrivateFiles(): void {
  StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('no', 'SecurityError'));
}
