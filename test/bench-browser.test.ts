// The towers beside ONNX Runtime Web in Chromium, in short: parity there is what is judged.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { benchBrowser } from '../bench/browser/browser.ts';
import { browserTable } from '../bench/browser/browser-table.ts';
import { CHROMIUM } from '../bench/chromium.ts';
import { tinyModel } from './support/cli-run.ts';

test.runIf(process.env.LONG && existsSync(CHROMIUM))(
  'each peer embeds the same',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-browser-'));
    try {
      const { directory: model } = await tinyModel(folder);
      const report = await benchBrowser({ model, rounds: 1, images: 2, texts: 3 });
      expect(report.races.map(({ name }) => name.split(',')[0])).toEqual(['images', 'prompts', 'captions']);
      for (const { peers } of report.races) {
        expect(peers.length).toBeGreaterThan(4);
        for (const { name, parity } of peers)
          expect(parity, name).toBeGreaterThan(name.includes('q8') ? 0.999 : 0.99999);
      }
      expect(browserTable(report)).toContain('| ours f32 |');
    } finally {
      await rm(folder, { recursive: true });
    }
  },
  600_000,
);
