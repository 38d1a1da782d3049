// The runs of `npm run scale`, in short: workers killed at random, and many rows by several workers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { killRun } from './scale/kill-run.ts';
import { rowRun } from './scale/row-run.ts';
import { adapterOptions, tinyModel } from './support/cli-run.ts';

let folder: string;
let planning: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shards-scale-'));
  planning = ['--model', (await tinyModel(folder)).directory];
});
afterAll(() => rm(folder, { recursive: true }));

const run = (name: string) => ({
  ...{ folder: join(folder, name), program: 'source' as const, planning },
  embedding: [...planning, ...adapterOptions],
});

test.skipIf(process.platform === 'win32')(
  'three workers, one killed eight times: each row once, in the bytes of an undisturbed run',
  async () => {
    const size = { images: 60, captions: 300, rows: 20, workers: 3, kills: 8 };
    const report = await killRun({ ...run('kills'), ...size });
    expect(report).toMatchObject({ shards: 15, kills: 8, different: 0, files: 30 });
    expect(report.distinct).toEqual({ images: 60, captions: 300 });
    expect(report.rows).toEqual({ images: 300, texts: 300 });
  },
  240_000,
);

test.skipIf(process.platform !== 'linux')(
  'two workers on a core each',
  async () => {
    const [alone, together] = await rowRun({ ...run('rows'), captions: 2000, rows: 50, workers: 2 });
    expect([alone?.captions, together?.captions]).toEqual([200, 2000]);
    for (const { captionsPerSecond, memory } of [alone, together].flatMap((one) => one ?? [])) {
      expect(captionsPerSecond).toBeGreaterThan(0);
      expect(memory.most).toBeGreaterThanOrEqual(memory.late);
    }
  },
  240_000,
);
