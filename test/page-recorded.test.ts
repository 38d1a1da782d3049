import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { BiomedClip, releaseGpu } from 'biomedclip-webgpu';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../examples/browser/src/engine/engine.ts';
import { spaceOf } from '../examples/browser/src/engine/space.ts';
import { RecordedEngine, withRefusals } from '../examples/browser/src/recorded/recorded-engine.ts';
import type { Recording } from '../examples/browser/src/recorded/recording.ts';
import { Site } from './page/site.ts';
import { examplePath, textOf } from './page/visit.ts';
import { CHROMIUM } from './support/chromium.ts';

// What the page shows where there is no GPU. Judge: the engine, on the same rows.

const recording: Recording = JSON.parse(
  await readFile(new URL('../examples/browser/public/recorded-example.json', import.meta.url), 'utf8'),
);

/** The greatest difference of two lists of numbers. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
}

describe('the recording', () => {
  const recorded = new RecordedEngine(recording);
  const engine = new Engine();
  let model: BiomedClip;

  beforeAll(async () => {
    model = await BiomedClip.load();
    engine.takeUp(recorded.vectors, spaceOf(model.info));
  });
  afterAll(async () => {
    model?.destroy();
    await releaseGpu();
  });

  test('is of what the model embeds today', async () => {
    const ids = recording.ids.slice(0, 3);
    const { images } = await model.embedBatch({
      images: await Promise.all(ids.map(async (id) => ({ id, source: await readFile(examplePath(id)) }))),
    });
    expect(apart(images.data, recorded.vectors.images.data.subarray(0, images.data.length))).toBeLessThan(
      1e-4,
    );
    expect(recording.fingerprint).toBe(model.info.fingerprint);
  });

  test('and its figures are what the engine measures of its rows', async () => {
    const { values } = await engine.figures('embedded');
    for (const [name, value] of Object.entries(recording.figures.values)) {
      expect(values[name as keyof typeof values], name).toBeCloseTo(value, 4);
    }
    const { centroidDistance } = await engine.gap('embedded', recording.logitScale, 0, () => {});
    expect(recording.gap.centroidDistance.value).toBeCloseTo(centroidDistance.value, 5);
  });

  test.each(['given', 'similarity'] as const)('cosines in the order %s', async (order) => {
    const pairs = [3, 50, 17, 88, 0];
    const [mine, wanted] = [await recorded.cosines(pairs, order), await engine.cosines(pairs, order)];
    expect(mine.pairs).toEqual(wanted.pairs);
    expect(apart(mine.values, wanted.values)).toBeLessThan(1e-5);
  });

  test('neighbours and the figures of pairs', async () => {
    for (const point of [
      { modality: 'image', pair: 7 },
      { modality: 'text', pair: 40 },
    ] as const) {
      const [mine, wanted] = [await recorded.neighbours(point, 5), await engine.neighbours(point, 5)];
      expect(mine.images.map((one) => one.point)).toEqual(wanted.images.map((one) => one.point));
      expect(
        apart(
          mine.texts.map((one) => one.cosine),
          wanted.texts.map((one) => one.cosine),
        ),
      ).toBeLessThan(1e-5);
    }
    const [mine, wanted] = [await recorded.pairFigures(), await engine.pairFigures()];
    expect([...mine.captionRank]).toEqual([...wanted.captionRank]);
    expect([...mine.imageRank]).toEqual([...wanted.imageRank]);
    expect([...mine.beatingCaption]).toEqual([...wanted.beatingCaption]);
    expect(apart(mine.cosine, wanted.cosine)).toBeLessThan(1e-5);
    expect(apart(mine.imageDistance, wanted.imageDistance)).toBeLessThan(1e-5);
    expect([...mine.twins].map((twin) => twin >= 0)).toEqual([...wanted.twins].map((twin) => twin >= 0));
  });

  test('what it does not hold is refused in words, and nothing hangs', async () => {
    const answering = withRefusals(recorded) as unknown as Record<string, () => Promise<unknown>>;
    await expect(answering.embedQuery?.()).rejects.toThrow('takes a GPU');
    await expect(answering.trainHead?.()).rejects.toThrow('takes a GPU');
  });
});

describe.skipIf(!existsSync(CHROMIUM))('a browser without WebGPU', () => {
  test.each([
    ['desktop', { width: 1400, height: 900 }],
    ['phone', { width: 390, height: 844 }],
  ])('shows the example as it was recorded, and says so: %s', async (_, viewport) => {
    await using site = await Site.build();
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--headless=new', '--no-sandbox', '--disable-features=WebGPU', '--disable-quic'],
    });
    try {
      const page = await (await browser.newContext({ viewport })).newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      await page.goto(site.url);
      await page.getByRole('button', { name: 'See a recorded example' }).click();
      await page.getByText(`Recorded on ${recording.date}`).waitFor();
      await page.locator('.gap-table').waitFor();
      await page.getByText('iteration 1000').waitFor();
      expect(await textOf(page.locator('.status'))).toMatch(/^89 pairs/);
      await page.getByRole('button', { name: /Worst pairs \(\d/ }).waitFor();
      await page.getByRole('table', { name: 'Pairs' }).locator('.chip').first().click();
      await page.locator('.panel-point .neighbour-lists').waitFor();
      await page.getByRole('slider', { name: /means/i }).fill('1');
      await page.getByText('what was not recorded takes a GPU').first().waitFor();
      expect(await page.getByRole('slider', { name: /means/i }).inputValue()).toBe('0');
      await page.evaluate(
        await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
      );
      const serious: string[] = await page.evaluate(
        `axe.run().then(({ violations }) => violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id }) => id))`,
      );
      expect(serious).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        viewport.width,
      );
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
