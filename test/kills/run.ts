// All of it: `npm run kills`, or some jobs by a part of their names, and how many kills each: `npm run kills -- embed 200`. Writes the
// tables of docs/reliability.md.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeFixture } from '../faults/fixture.ts';
import { CHROMIUM } from '../support/chromium.ts';
import { RangeServer } from '../support/range-server.ts';
import { type BrowserJob, downloadJob, sessionJob } from './browser-jobs.ts';
import { type Instant, Programs } from './command-process.ts';
import { instantsOf, seeded } from './instants.ts';
import type { KillJob } from './job.ts';
import { killJobs } from './jobs.ts';
import { KilledBrowser } from './killed-browser.ts';
import { KILLED, measure, TOGETHER } from './table.ts';
import { browserKills, durationOf, tryBrowserKill, tryTabs } from './try-browser-kills.ts';
import { type Reference, reference, tryKill } from './try-kills.ts';
import { tryTogether } from './try-together.ts';

const [wanted = '', count = '200'] = process.argv.slice(2);
const SEED = Number(process.env.KILLS_SEED ?? 1);
/** Of two runs at once, a tenth as many: they meet in most of their time. */
const PAIRS = Math.ceil(Number(count) / 10);
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
        name: nameOf(instant, whole),
        run: () => tryKill(job, programs, out, whole, instant),
      }));
      wrong += await measure(KILLED, job.name, kills, [`${whole.calls.length}`]);
      if (job.older) await together(job, programs, out, whole);
    }
  } finally {
    await fixture.remove();
  }
}

async function together(job: KillJob, programs: Programs, out: string, whole: Reference): Promise<void> {
  const pairs = delays(whole.milliseconds).map((after) => ({
    name: `two, ${Math.round(after)} ms apart`,
    run: () => tryTogether(job, programs, out, whole, after),
  }));
  wrong += await measure(TOGETHER, job.name.replace(/,.*/, ''), pairs);
}

async function pages(): Promise<void> {
  const server = new RangeServer();
  const jobs = [downloadJob(server), sessionJob].filter(isWanted);
  if (jobs.length === 0 || !existsSync(CHROMIUM)) return;
  await server.start();
  await using browser = await KilledBrowser.open();
  for (const job of jobs) await page(job, browser);
  await server.stop();
}

async function page(job: BrowserJob, browser: KilledBrowser): Promise<void> {
  const milliseconds = await durationOf(job, browser);
  const kills = browserKills(milliseconds, Number(count), SEED).map(({ ending, after }) => ({
    name: `${ending} after ${Math.round(after)} ms`,
    run: () => tryBrowserKill(job, browser, ending, after),
  }));
  wrong += await measure(KILLED, job.name, kills, ['']);
  const tabs = delays(milliseconds).map((after) => ({
    name: `two tabs, ${Math.round(after)} ms apart`,
    run: () => tryTabs(job, browser, after),
  }));
  wrong += await measure(TOGETHER, job.name, tabs);
}

function delays(milliseconds: number): number[] {
  const random = seeded(SEED + 1);
  return Array.from({ length: PAIRS }, () => random() * milliseconds);
}

function nameOf(instant: Instant, { calls }: Reference): string {
  return 'call' in instant ? `${instant.when} ${calls[instant.call]}` : `${Math.round(instant.after)} ms`;
}

function isWanted({ name }: { readonly name: string }): boolean {
  return name.includes(wanted);
}
