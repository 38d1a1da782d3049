// `npm run scale -- load` in short, and its straight lines. Judge of these: scipy.stats.linregress.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadRun } from './scale/load-run.ts';
import { slopeOf } from './scale/slope.ts';
import { tinyModel } from './support/cli-run.ts';

test('a line through means of blocks, with its interval', () => {
  const x = Array.from({ length: 40 }, (_, i) => i);
  const { slope, low, high } = slopeOf(
    x,
    x.map((value) => 3 * value + (value % 4 < 2 ? 5 : -5)),
  );
  expect(slope).toBeCloseTo(2.962406015037594, 10);
  expect(high - low).toBeCloseTo(0.427769, 3);
  expect(
    slopeOf(
      x,
      x.map((value) => 7 - value),
    ),
  ).toMatchObject({ slope: expect.closeTo(-1), low: expect.closeTo(-1) });
  expect(() => slopeOf([1, 2], [1, 2])).toThrow(RangeError);
});

test.skipIf(process.platform !== 'linux')('batches of changing shape, broken images among them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'scale-load-'));
  try {
    const model = (await tinyModel(folder)).directory;
    const size = { captions: 4600, images: 800 }; // 20 batches and more in each half
    const report = await loadRun({ folder, model, adapter: process.env.BIOMEDCLIP_ADAPTER, ...size });
    const { images, texts, skipped } = report.rows;
    expect([images + skipped, texts]).toEqual([size.images, size.captions]);
    expect(Object.values(report.broken).reduce((sum, count) => sum + count, 0)).toBe(skipped);
    expect(skipped).toBeGreaterThan(0);
    expect(report.repeats).toBeGreaterThan(1);
    expect(report.held.handles.slope).toBeCloseTo(0, 1);
  } finally {
    await rm(folder, { recursive: true });
  }
});
