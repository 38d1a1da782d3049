import { existsSync } from 'node:fs';
import { decode, encode } from 'fast-png';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, Chromium } from './support/chromium.ts';

// The drawing of the map, and the reading of pictures, by the sources as a development server gives them.

const POINTS = 100_000;

/** A PNG of random pixels, opaque ones and others, and these pixels. */
function randomPng(width: number, height: number) {
  let state = width;
  const data = Uint8Array.from({ length: 4 * width * height }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return {
    data,
    file: Buffer.from(encode({ width, height, data, channels: 4, depth: 8 })).toString('base64'),
  };
}

/** How many pixels are blue, and how many orange. */
async function coloured(page: Page): Promise<[number, number]> {
  const { data, channels } = decode(await page.screenshot());
  let [blue, orange] = [0, 0];
  for (let i = 0; i < data.length; i += channels) {
    const [r = 0, , b = 0] = data.subarray(i, i + 3);
    if (b > r + 60) blue += 1;
    if (r > b + 60) orange += 1;
  }
  return [blue, orange];
}

describe.skipIf(!existsSync(CHROMIUM))('the map of the page', () => {
  let chromium: Chromium;
  let page: Page;

  beforeAll(async () => {
    chromium = await Chromium.open();
    page = await chromium.newPage('points.html');
  });
  afterAll(() => chromium?.[Symbol.asyncDispose]());

  test('draws 100,000 points, both modalities, and moves', async () => {
    const times = await page.evaluate((points) => window.drawPoints(points, 2), POINTS);
    expect(times).toHaveLength(2);
    // Clouds, not a few points.
    await expect.poll(() => coloured(page)).toSatisfy(([blue, orange]) => Math.min(blue, orange) > 5_000);
    expect(chromium.errors).toEqual([]);
  });

  // Judge: the pixels that the files were made of. SwiftShader's textures have 8,192 pixels a side at most.
  test.each([
    [9001, 5],
    [5, 9001],
    [3, 2],
  ])(
    'a picture of %i x %i is read to the bit, by tiles where a texture is smaller',
    async (width, height) => {
      const { data, file } = randomPng(width, height);
      // A string, since the test runner has its own import().
      const read: number[] = await page.evaluate(`
      import('${chromium.origin}src/browser/decode-image.ts').then(async ({ decodeImage }) => {
        const bytes = Uint8Array.from(atob('${file}'), (letter) => letter.charCodeAt(0));
        return [...(await decodeImage(bytes)).data];
      })`);
      expect(read.length).toBe(data.length);
      expect(Buffer.from(read).equals(Buffer.from(data))).toBe(true);
    },
  );
});
