import { setTimeout as wait } from 'node:timers/promises';
import type { BrowserJob } from './browser-jobs.ts';
import { seeded } from './instants.ts';
import type { KilledBrowser } from './killed-browser.ts';
import type { Verdict } from './try-kills.ts';

/** How a page ends: its tab is closed without its leave, or its browser is killed. */
export type Ending = 'tab' | 'browser';

/** Milliseconds that the job takes undisturbed on a new page, the second time that one is opened. */
export async function durationOf(job: BrowserJob, browser: KilledBrowser): Promise<number> {
  let milliseconds = 0;
  for (let i = 0; i < 2; i++) {
    const page = await browser.page(job.file);
    await job.before(page);
    const begun = performance.now();
    await job.run(page);
    milliseconds = performance.now() - begun;
    await page.close();
  }
  return milliseconds;
}

/** @param after milliseconds of the job */
export async function tryBrowserKill(
  job: BrowserJob,
  browser: KilledBrowser,
  ending: Ending,
  after: number,
): Promise<Verdict> {
  const page = await browser.page(job.file);
  await job.before(page);
  let ended = false;
  const running = job.run(page).then(
    () => {
      ended = true;
    },
    () => {}, // its page is gone
  );
  await wait(after);
  const wasEnded = ended;
  await (ending === 'tab' ? page.close({ runBeforeUnload: false }) : browser.kill());
  await running;
  const next = await browser.page(job.file);
  const { state, findings } = await job.after(next);
  await next.close();
  return { state: wasEnded ? 'ended' : state, findings };
}

/** Two tabs of one browser, the second some milliseconds after the first. */
export async function tryTabs(job: BrowserJob, browser: KilledBrowser, after: number): Promise<Verdict> {
  const [first, second] = [await browser.page(job.file), await browser.page(job.file)];
  await job.before(first);
  await Promise.all([job.other(first), wait(after).then(() => job.run(second))]);
  const verdict = await job.after(second);
  for (const page of [first, second]) await page.close();
  return verdict;
}

/** Instants over the whole of a job and a little beyond, a tab and a browser in turn. */
export function browserKills(milliseconds: number, count: number, seed: number) {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => ({
    ending: i % 2 === 0 ? ('browser' as const) : ('tab' as const),
    after: random() * milliseconds * 1.25,
  }));
}
