import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { ViteDevServer } from 'vite';
import { CHROMIUM, FLAGS } from '../support/chromium.ts';
import { servePages } from '../support/serve-pages.ts';

/** A browser that is killed with all of its processes, and opened again on the same profile. */
export class KilledBrowser implements AsyncDisposable {
  #running: { readonly child: ChildProcess; readonly browser: Browser } | undefined;

  private constructor(
    private readonly scratch: string,
    private readonly server: ViteDevServer,
    private readonly origin: string,
  ) {}

  static async open(): Promise<KilledBrowser> {
    const scratch = await mkdtemp(join(tmpdir(), 'biomedclip-killed-'));
    const folder = join(scratch, 'files');
    await mkdir(folder);
    const { server, origin } = await servePages(folder);
    return new KilledBrowser(scratch, server, origin);
  }

  /** A new tab with a page of test/browser, in the browser that runs or a new one. */
  async page(file: string): Promise<Page> {
    this.#running ??= await this.#launch();
    const [context] = this.#running.browser.contexts();
    if (!context) throw new Error('the browser has no context');
    const page = await context.newPage();
    await page.goto(`${this.origin}test/browser/${file}`);
    await page.waitForFunction(() => document.title === 'ready');
    return page;
  }

  /** By SIGKILL, the whole group at once. */
  async kill(): Promise<void> {
    const { child, browser } = this.#running ?? {};
    this.#running = undefined;
    if (!child?.pid || !browser) return;
    const gone = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await gone;
    await browser.close().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.server.close();
    await rm(this.scratch, { recursive: true, force: true, maxRetries: 5 });
  }

  async #launch() {
    const flags = [...FLAGS, '--remote-debugging-port=0', `--user-data-dir=${join(this.scratch, 'profile')}`];
    const child = spawn(CHROMIUM, [...flags, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true, // a group of its own
    });
    for await (const line of createInterface({ input: child.stderr })) {
      const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (address === undefined) continue;
      child.stderr.resume(); // or it would wait for a reader
      return { child, browser: await chromium.connectOverCDP(address) };
    }
    throw new Error('the browser has not started');
  }
}
