// Each k-th call of a run refused, for a sample of k: what may follow is a typed error that leaves nothing behind, or the result of
// an undisturbed run. `npm run faults` takes all k.
import './faults/install.ts';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { everyCase, sampled } from './faults/cases.ts';
import { makeFixture } from './faults/fixture.ts';
import { allJobs } from './faults/jobs.ts';
import { reference, tryCase } from './faults/try-faults.ts';

const SEED = Number(process.env.FAULTS_SEED ?? 1);
const fixture = await makeFixture();
afterAll(() => fixture.remove());

describe.each(allJobs(fixture))('$name', (job) => {
  afterAll(() => job.end?.());

  test('with a call refused: a typed error or the same result, and nothing else', async () => {
    const out = join(fixture.folder, 'out');
    const whole = await reference(job, fixture.folder, out);
    expect(whole.calls.length).toBeGreaterThan(5);
    const met: string[] = [];
    for (const one of sampled(everyCase(whole.calls), job.sample, SEED)) {
      const { became, findings } = await tryCase(job, fixture.folder, out, whole, one);
      expect(findings, `call ${one.at}, ${one.call.name} ${one.call.target}: ${one.fault}`).toEqual([]);
      if (became !== 'passed') met.push(one.fault);
    }
    expect(met.length).toBeGreaterThan(0);
  });
});
