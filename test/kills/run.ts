// All of it: `npm run kills`, or some jobs by a part of their names, and how many kills each: `npm run kills -- embed 200`.
import { join } from 'node:path';
import { makeFixture } from '../faults/fixture.ts';
import { Programs } from './command-process.ts';
import { instantsOf } from './instants.ts';
import type { KillJob } from './job.ts';
import { killJobs } from './jobs.ts';
import { reference, type State, tryKill } from './try-kills.ts';

const [wanted = '', count = '200'] = process.argv.slice(2);
const SEED = Number(process.env.KILLS_SEED ?? 1);
const fixture = await makeFixture();
let wrong = 0;
try {
  const programs = await Programs.in(fixture.folder);
  for (const job of await killJobs(fixture))
    if (job.name.includes(wanted)) wrong += await measure(job, programs);
} finally {
  await fixture.remove();
}
process.exit(wrong > 0 ? 1 : 0);

async function measure(job: KillJob, programs: Programs): Promise<number> {
  const out = join(fixture.folder, 'killed', 'out');
  const whole = await reference(job, programs, out);
  const states: Record<State, number> = { 'as before': 0, between: 0, whole: 0, ended: 0 };
  let findings = 0;
  const begun = performance.now();
  for (const instant of instantsOf(whole, Number(count), SEED)) {
    const verdict = await tryKill(job, programs, out, whole, instant);
    states[verdict.state] += 1;
    findings += verdict.findings.length > 0 ? 1 : 0;
    for (const finding of verdict.findings) {
      const at =
        'call' in instant
          ? `${instant.when} ${whole.calls[instant.call]}`
          : `${Math.round(instant.after)} ms`;
      console.log(`${job.name}: ${at}: ${finding.slice(0, 300)}`);
    }
  }
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(
    `${job.name}: ${count} kills in ${seconds} s, ${whole.calls.length} calls, ${Math.round(whole.milliseconds)} ms`,
    states,
    { findings },
  );
  return findings;
}
