import { existsSync } from 'node:fs';
import { decode } from 'fast-png';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { CHROMIUM, Chromium } from './support/chromium.ts';

const POINTS = 100_000;

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
  test('draws 100,000 points, both modalities, and moves', async () => {
    await using chromium = await Chromium.open();
    const page = await chromium.newPage('points.html');
    const times = await page.evaluate((points) => window.drawPoints(points, 2), POINTS);
    expect(times).toHaveLength(2);
    // Clouds, not a few points.
    await expect.poll(() => coloured(page)).toSatisfy(([blue, orange]) => Math.min(blue, orange) > 5_000);
    expect(chromium.errors).toEqual([]);
  });
});
