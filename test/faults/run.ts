// All of it: `npm run faults`, or one job by its name, or some by a part of their names. Writes the table of docs/reliability.md.
import './install.ts';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { casesInTurn, everyCase } from './cases.ts';
import { makeFixture } from './fixture.ts';
import type { Job } from './job.ts';
import { allJobs } from './jobs.ts';
import { type Measured, rowOf, withRow } from './report.ts';
import { reference, tryCase } from './try-faults.ts';

const PAGE = join(import.meta.dirname, '../../docs/reliability.md');
const [wanted = ''] = process.argv.slice(2);
const fixture = await makeFixture();
let wrong = 0;
try {
  const jobs = allJobs(fixture);
  const named = jobs.filter(({ name }) => name === wanted);
  for (const job of named.length > 0 ? named : jobs.filter(({ name }) => name.includes(wanted))) {
    const measured = await measure(job);
    await job.end?.();
    wrong += measured.findings;
    await writeFile(PAGE, withRow(await readFile(PAGE, 'utf8'), job.name, rowOf(job, measured)));
  }
} finally {
  await fixture.remove();
}
process.exit(wrong > 0 ? 1 : 0); // Dawn's instances would keep it alive

async function measure(job: Job): Promise<Measured> {
  const out = join(fixture.folder, 'out');
  const whole = await reference(job, fixture.folder, out);
  const { calls } = whole;
  const cases = job.whole === 'every' ? everyCase(calls) : casesInTurn(calls, job.whole === 'by label');
  const became = { error: 0, survived: 0, passed: 0 };
  let findings = 0;
  const begun = performance.now();
  for (const one of cases) {
    const verdict = await tryCase(job, fixture.folder, out, whole, one);
    became[verdict.became] += 1;
    findings += verdict.findings.length;
    for (const finding of verdict.findings) {
      console.log(
        `${job.name}: call ${one.at}, ${one.call.name} ${one.call.target}, ${one.fault}: ${finding}`,
      );
    }
  }
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(`${job.name}: ${cases.length} of ${calls.length} calls' faults in ${seconds} s`, became, {
    findings,
  });
  return { calls, ...became, findings };
}
