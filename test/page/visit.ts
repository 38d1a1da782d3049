import { fileURLToPath } from 'node:url';
import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { CHROMIUM, FLAGS } from '../support/chromium.ts';
import type { Site } from './site.ts';

/** Somebody who looks at the page, and what their browser noticed meanwhile. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the console and uncaught errors said. */
  readonly errors: string[];
  /** Requests to anything but the page's own server. */
  readonly foreign: string[];
}

/** Milliseconds that a step may take on a machine with other work; Playwright's 30 s are too few for a first map there. */
const PATIENCE = 100_000;

/**
 * Opens the page in a browser of its own, for somebody who wants little motion: a map of thousands of steps is drawn a few times,
 * since on a software adapter drawing takes longer than the descent.
 * @param prepare runs in the page before its scripts
 */
export async function visit(
  site: Site,
  look: BrowserContextOptions = {},
  prepare?: () => void,
): Promise<Visit> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    reducedMotion: 'reduce',
    ...look,
  });
  context.setDefaultTimeout(PATIENCE);
  const [errors, foreign]: [string[], string[]] = [[], []];
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(site.origin) && !/^(blob|data):/.test(url)) foreign.push(url);
  });
  context.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  context.on('weberror', (error) => errors.push(String(error.error())));
  if (prepare) await context.addInitScript(prepare);
  const page = await context.newPage();
  await page.goto(site.url);
  return { page, context, errors, foreign, [Symbol.asyncDispose]: () => browser.close() };
}

/** Image and caption of nine pairs. */
export const EXAMPLES = [
  ['01-squamous-cell-carcinoma.png', 'this is a photo of squamous cell carcinoma histopathology'],
  ['02-hematoxylin-and-eosin.png', 'this is a photo of hematoxylin and eosin histopathology'],
  ['03-bone-x-ray.png', 'this is a photo of bone X-ray'],
  ['04-adenocarcinoma.png', 'this is a photo of adenocarcinoma histopathology'],
  ['05-covid-line-chart.png', 'this is a photo of covid line chart'],
  ['06-immunohistochemistry.png', 'this is a photo of immunohistochemistry histopathology'],
  ['07-chest-x-ray.png', 'this is a photo of chest X-ray'],
  ['08-brain-mri.png', 'this is a photo of brain MRI'],
  ['09-pie-chart.png', 'this is a photo of pie chart'],
] as const;

/** A picture of the example set. */
export function examplePath(file: string): string {
  return fileURLToPath(new URL(`../../examples/biomed/${file}`, import.meta.url));
}

/** Gives the page nine pairs by its file input, and waits until everything of them is there. */
export async function openNinePairs(page: Page, labels?: readonly string[]): Promise<void> {
  const header = ['image', 'caption', ...(labels ? ['label'] : [])];
  await openPairs(page, [
    header,
    ...EXAMPLES.map((row, i) => [...row, ...(labels ? [labels[i] ?? ''] : [])]),
  ]);
  await page.locator('.gap-table').waitFor();
  await mapIsDone(page);
}

/** Gives the page pictures of the example set. @param rows of the captions file, with its header */
export async function openPairs(page: Page, rows: readonly (readonly string[])[]): Promise<void> {
  const { readFile } = await import('node:fs/promises');
  const images = await Promise.all(
    rows.slice(1).map(async ([name = '']) => ({
      name,
      mimeType: 'image/png',
      buffer: await readFile(examplePath(name)),
    })),
  );
  const captions = {
    name: 'captions.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(rows.map((row) => row.join(',')).join('\n')),
  };
  await page.getByLabel('Images and captions').setInputFiles([...images, captions]);
}

export async function mapIsDone(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start again' }).waitFor();
}

/** What an element says; waits for it. */
export async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? '';
}
