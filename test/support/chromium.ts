import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import type { ViteDevServer } from 'vite';
import { servePages } from './serve-pages.ts';

export const CHROMIUM = '/usr/bin/chromium';
export const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser with a profile on disk, and a server that hands it the library's sources and a folder's files. */
export class Chromium implements AsyncDisposable {
  /** What pages said of errors. */
  readonly errors: string[] = [];

  private constructor(
    /** What the server gives under `/`. */
    readonly folder: string,
    /** With a slash at the end. */
    readonly origin: string,
    readonly context: BrowserContext,
    private readonly server: ViteDevServer,
    private readonly scratch: string,
  ) {}

  /**
   * @param fill puts the files into the folder; the server looks at it once, when it starts
   * @param flags of the browser, besides those of all
   */
  static async open(
    fill: (folder: string) => Promise<void> = async () => {},
    flags: readonly string[] = [],
  ): Promise<Chromium> {
    const scratch = await mkdtemp(join(tmpdir(), 'biomedclip-browser-'));
    const folder = join(scratch, 'files');
    await mkdir(folder);
    await fill(folder);
    const { server, origin } = await servePages(folder);
    const context = await chromium.launchPersistentContext(join(scratch, 'profile'), {
      executablePath: CHROMIUM,
      args: [...FLAGS, ...flags],
    });
    return new Chromium(folder, origin, context, server, scratch);
  }

  /** A new tab with a page of test/browser. @param prepare what the page finds before any of its scripts run */
  async newPage(file = 'index.html', prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
    const page = await this.context.newPage();
    await prepare?.(page);
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
    page.on('pageerror', (error) => this.errors.push(String(error)));
    await page.goto(`${this.origin}test/browser/${file}`);
    await page.waitForFunction(() => document.title === 'ready');
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    await this.server.close();
    await rm(this.scratch, { recursive: true, force: true });
  }
}
