import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import type { RangeServer } from '../support/range-server.ts';
import type { State } from './try-kills.ts';

/** Something that a page does, at which its tab or its browser is killed. */
export interface BrowserJob {
  readonly name: string;
  /** The page of test/browser. */
  readonly file: string;
  /** What lies there before. */
  readonly before: (page: Page) => Promise<void>;
  readonly run: (page: Page) => Promise<unknown>;
  /** What another tab does at the same time. */
  readonly other: (page: Page) => Promise<unknown>;
  /** After a kill, on a new page: what is there, and what is wrong with it; then does it again. */
  readonly after: (page: Page) => Promise<{ readonly state: State; readonly findings: readonly string[] }>;
}

const PIECE = 64_000;
const PIECES = 40;
/** Pieces that are written at once: one is read ahead. */
const AT_WORK = 2;
const content = Uint8Array.from({ length: PIECE * PIECES - 500 }, (_, i) => (i * 7 + (i >> 8)) % 251);
const digest = createHash('sha256').update(content).digest('hex');

/** A download that is cached in pieces. @param server is started and stopped by the caller */
export function downloadJob(server: RangeServer): BrowserJob {
  server.files.set('a.bin', content);
  const read = (page: Page) =>
    page.evaluate(([url, pieceBytes]) => window.cached.read(url, 'a.bin', { pieceBytes }), [
      server.url,
      PIECE,
    ] as const);
  return {
    name: 'cached download',
    file: 'cache.html',
    before: (page) => page.evaluate(() => window.cached.clear()),
    run: read,
    other: read,
    async after(page) {
      const files = Object.values(await page.evaluate(() => window.cached.kept())).flat();
      const pieces = files.filter((name) => /-\d+$/.test(name)).length;
      server.takeRequests('a.bin');
      const [first, asked] = [await read(page), server.takeRequests('a.bin').length];
      const [second, more] = [await read(page), server.takeRequests('a.bin').length];
      const rest = Object.values(await page.evaluate(() => window.cached.kept())).flat();
      const findings = [
        ...(first.result === digest && second.result === digest ? [] : ['other bytes are read']),
        ...(asked < PIECES - pieces ? [`${pieces} pieces are there, and only ${asked} are asked for`] : []),
        ...(asked > PIECES - pieces + AT_WORK
          ? [`${pieces} pieces are there, and ${asked} are asked for`]
          : []),
        ...(more === 0 ? [] : [`once it is whole, ${more} pieces are asked for`]),
        ...(rest.length === PIECES + 1
          ? []
          : [`left: ${rest.filter((name) => !/-\d+$|^version$/.test(name))}`]),
      ];
      return { state: asked === 0 ? 'whole' : asked === PIECES ? 'as before' : 'between', findings };
    },
  };
}

/** The page's session, over an earlier one. */
export const sessionJob: BrowserJob = {
  name: 'kept session',
  file: 'kept.html',
  async before(page) {
    await page.evaluate(() => window.kept.forget());
    await page.evaluate(() => window.kept.keep('older'));
  },
  run: (page) => page.evaluate(() => window.kept.keep('newer')),
  other: (page) => page.evaluate(() => window.kept.keep('older')),
  async after(page) {
    const first = await page.evaluate(() => window.kept.read());
    await page.evaluate(() => window.kept.keep('newer'));
    const second = await page.evaluate(() => window.kept.read());
    const files = await page.evaluate(() => window.kept.files());
    const state = { older: 'as before', newer: 'whole' }[first.of?.join() ?? ''] ?? 'between';
    const findings = [
      ...(state === 'between' ? [`what is kept is of ${first.of}`] : []),
      ...first.notes,
      ...(second.of?.join() === 'newer' ? [] : [`kept again, it is of ${second.of}`]),
      ...second.notes,
      ...(files.some((name) => name.endsWith('.crswap')) ? [`left: ${files}`] : []),
    ];
    return { state: state as State, findings };
  },
};
