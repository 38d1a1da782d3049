// All of it: `npm run kills`, or some jobs by a part of their names, and how many kills each: `npm run kills -- embed 200`. Writes the
// table of docs/reliability.md.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFixture } from '../faults/fixture.ts';
import { withRow } from '../faults/report.ts';
import { CHROMIUM } from '../support/chromium.ts';
import { RangeServer } from '../support/range-server.ts';
import { downloadJob, sessionJob } from './browser-jobs.ts';
import { Programs } from './command-process.ts';
import { instantsOf } from './instants.ts';
import { killJobs } from './jobs.ts';
import { KilledBrowser } from './killed-browser.ts';
import { browserKills, durationOf, tryBrowserKill } from './try-browser-kills.ts';
import { reference, type State, tryKill, type Verdict } from './try-kills.ts';

const [wanted = '', count = '200'] = process.argv.slice(2);
const PAGE = join(import.meta.dirname, '../../docs/reliability.md');
/** Below the table. */
const END = '<!-- the end of the table of npm run kills -->';
const STATES = ['as before', 'between', 'whole', 'ended'] as const;
const SEED = Number(process.env.KILLS_SEED ?? 1);
let wrong = 0;
await commands();
await pages();
process.exit(wrong > 0 ? 1 : 0);

async function commands(): Promise<void> {
  const fixture = await makeFixture();
  try {
    const programs = await Programs.in(fixture.folder);
    const out = join(fixture.folder, 'killed', 'out');
    for (const job of (await killJobs(fixture)).filter(isWanted)) {
      const whole = await reference(job, programs, out);
      const kills = instantsOf(whole, Number(count), SEED).map((instant) => ({
        name:
          'call' in instant
            ? `${instant.when} ${whole.calls[instant.call]}`
            : `${Math.round(instant.after)} ms`,
        run: () => tryKill(job, programs, out, whole, instant),
      }));
      await measure(job.name, kills, `${whole.calls.length}`);
    }
  } finally {
    await fixture.remove();
  }
}

async function pages(): Promise<void> {
  const server = new RangeServer();
  const jobs = [downloadJob(server), sessionJob].filter(isWanted);
  if (jobs.length === 0 || !existsSync(CHROMIUM)) return;
  await server.start();
  await using browser = await KilledBrowser.open();
  for (const job of jobs) {
    const kills = browserKills(await durationOf(job, browser), Number(count), SEED).map(
      ({ ending, after }) => ({
        name: `${ending} after ${Math.round(after)} ms`,
        run: () => tryBrowserKill(job, browser, ending, after),
      }),
    );
    await measure(job.name, kills, '');
  }
  await server.stop();
}

function isWanted({ name }: { readonly name: string }): boolean {
  return name.includes(wanted);
}

interface Kill {
  readonly name: string;
  readonly run: () => Promise<Verdict>;
}

async function measure(name: string, kills: readonly Kill[], calls: string): Promise<void> {
  const states: Record<State, number> = { 'as before': 0, between: 0, whole: 0, ended: 0 };
  let findings = 0;
  const begun = performance.now();
  for (const kill of kills) {
    const verdict = await kill.run();
    states[verdict.state] += 1;
    findings += verdict.findings.length > 0 ? 1 : 0;
    for (const finding of verdict.findings) console.log(`${name}: ${kill.name}: ${finding.slice(0, 300)}`);
  }
  console.log(`${name}: ${kills.length} in ${Math.round((performance.now() - begun) / 1000)} s`, states, {
    findings,
  });
  const cells = [kills.length, ...STATES.map((state) => states[state]), calls, findings].map(String);
  await writeFile(PAGE, withRow(await readFile(PAGE, 'utf8'), name, cells, END));
  wrong += findings;
}
