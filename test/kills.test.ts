// Commands killed at random instants, in short; `npm run kills` takes hundreds.
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeFixture } from './faults/fixture.ts';
import { Programs } from './kills/command-process.ts';
import { instantsOf } from './kills/instants.ts';
import { killJobs } from './kills/jobs.ts';
import { reference, tryKill } from './kills/try-kills.ts';
import { withDist } from './support/dist-lock.ts';

const SEED = Number(process.env.KILLS_SEED ?? 1);
const fixture = await makeFixture();
afterAll(() => fixture.remove());
const programs = await Programs.in(fixture.folder);
const jobs = (await killJobs(fixture)).filter(({ name }) => /^(embed|convert|close-gap fit)/.test(name));

test.skipIf(process.platform === 'win32').each(jobs)('$name: killed twice, and run again', async (job) => {
  await withDist(async () => {
    const out = join(fixture.folder, 'killed', 'out');
    const whole = await reference(job, programs, out);
    for (const instant of instantsOf(whole, 2, SEED)) {
      const { findings } = await tryKill(job, programs, out, whole, instant);
      expect(findings, JSON.stringify(instant)).toEqual([]);
    }
  });
});
