// Commands and pages killed at random instants, in short; `npm run kills` takes hundreds. Pages with LONG=1 alone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeFixture } from './faults/fixture.ts';
import { type BrowserJob, downloadJob, sessionJob } from './kills/browser-jobs.ts';
import { Programs } from './kills/command-process.ts';
import { instantsOf } from './kills/instants.ts';
import { killJobs } from './kills/jobs.ts';
import { KilledBrowser } from './kills/killed-browser.ts';
import { browserKills, durationOf, tryBrowserKill } from './kills/try-browser-kills.ts';
import { reference, tryKill } from './kills/try-kills.ts';
import { tryTogether } from './kills/try-together.ts';
import { CHROMIUM } from './support/chromium.ts';
import { withDist } from './support/dist-lock.ts';
import { RangeServer } from './support/range-server.ts';

const SEED = Number(process.env.KILLS_SEED ?? 1);

describe.skipIf(process.platform === 'win32')('a command', async () => {
  const fixture = await makeFixture();
  afterAll(() => fixture.remove());
  const programs = await Programs.in(fixture.folder);
  const jobs = (await killJobs(fixture)).filter(({ name }) => name === 'convert, over another');

  test.each(jobs)('$name: killed, and run again; and two at once', async (job) => {
    await withDist(async () => {
      const out = join(fixture.folder, 'killed', 'out');
      const whole = await reference(job, programs, out);
      for (const instant of instantsOf(whole, 2, SEED)) {
        const { findings } = await tryKill(job, programs, out, whole, instant);
        expect(findings, JSON.stringify(instant)).toEqual([]);
      }
      expect(await tryTogether(job, programs, out, whole, 200)).toMatchObject({ findings: [] });
    });
  });
});

describe.skipIf(!process.env.LONG || !existsSync(CHROMIUM))('a page', () => {
  const server = new RangeServer();
  let browser: KilledBrowser;
  beforeAll(async () => {
    await server.start();
    browser = await KilledBrowser.open();
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await server.stop();
  });

  test.each<BrowserJob>([downloadJob(server), sessionJob])(
    '$name: its tab and its browser killed',
    async (job) => {
      for (const { ending, after } of browserKills(await durationOf(job, browser), 2, SEED)) {
        const { findings } = await tryBrowserKill(job, browser, ending, after);
        expect(findings, `${ending} after ${after} ms`).toEqual([]);
      }
    },
  );
});
