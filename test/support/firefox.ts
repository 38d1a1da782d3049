import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import type { ViteDevServer } from 'vite';
import { servePages } from './serve-pages.ts';

/** Debian's, and a screen for it: without one, Firefox has no WebGL, which reads pixels. */
const FIREFOX = '/usr/bin/firefox-esr';
const XVFB = '/usr/bin/Xvfb';
export const HAS_FIREFOX = existsSync(FIREFOX) && existsSync(XVFB);

/** WebGPU is off in Firefox's long-term releases on Linux, and both are refused on software adapters. */
const PREFERENCES = {
  'dom.webgpu.enabled': true,
  'gfx.webgpu.ignore-blocklist': true,
  'webgl.force-enabled': true,
};

/** Firefox, with a server that hands it the library's sources and a folder's files. */
export class Firefox implements AsyncDisposable {
  /** What pages said of errors. */
  readonly errors: string[] = [];

  private constructor(
    /** Of what the server gives under `/`. */
    readonly folder: string,
    private readonly origin: string,
    private readonly browser: Browser,
    private readonly server: ViteDevServer,
    private readonly screen: ChildProcess,
    private readonly scratch: string,
  ) {}

  /** @param fill puts the files into the folder */
  static async open(fill: (folder: string) => Promise<void>): Promise<Firefox> {
    const scratch = await mkdtemp(join(tmpdir(), 'biomedclip-firefox-'));
    const folder = join(scratch, 'files');
    await mkdir(folder);
    await fill(folder);
    const { server, origin } = await servePages(folder);
    const screen = spawn(XVFB, ['-displayfd', '1'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [display] = await once(screen.stdout, 'data');
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: FIREFOX,
      headless: false,
      env: { ...process.env, DISPLAY: `:${String(display).trim()}` },
      extraPrefsFirefox: PREFERENCES,
      protocolTimeout: 300_000, // of one call of a page
    });
    return new Firefox(folder, origin, browser, server, screen, scratch);
  }

  /** A new tab with the page of test/browser. */
  async newPage(): Promise<Page> {
    const page = await this.browser.newPage();
    page.on('pageerror', (error) => this.errors.push(String(error)));
    await page.goto(`${this.origin}test/browser/index.html`);
    await page.waitForFunction(() => document.title === 'ready');
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    this.screen.kill();
    await this.server.close();
    await rm(this.scratch, { recursive: true, force: true });
  }
}
