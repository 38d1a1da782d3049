// A report of a set from a stranger runs nothing but its own script. The judge: Chromium.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM } from './support/chromium.ts';
import { cli, tinyModel, writeImages } from './support/cli-run.ts';

const RUN = 'globalThis.ran=1';
const HOSTILE = [
  `<script>${RUN}</script>`,
  `"><img src=x onerror=${RUN}>`,
  `</title></style></script><svg onload=${RUN}>`,
  `' onmouseover='${RUN}`,
  `javascript:${RUN}`,
  `<a href="javascript:${RUN}">here</a>`,
  `<iframe srcdoc="<script>parent.ran=1</script>"></iframe>`,
  `]]><script>${RUN}</script>`,
  `<meta http-equiv=refresh content="0;url=data:text/html,x">`,
];

describe.skipIf(!existsSync(CHROMIUM))('in a browser', () => {
  let folder: string;
  let browser: Browser;
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-policy-'));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const { options } = await tinyModel(folder);
    const names = HOSTILE.map((_, i) => `<img src=x onerror=${RUN}>${i}.png`);
    const plain = await writeImages(
      folder,
      names.map((_, i) => `${i}.png`),
    );
    await Promise.all(plain.map((path, i) => rename(path, at(names[i] ?? ''))));
    const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const rows = HOSTILE.map((text, i) => [names[i] ?? '', text, HOSTILE[i % 2] ?? ''].map(cell).join(','));
    await writeFile(at('captions.csv'), ['image,caption,label', ...rows, ''].join('\n'));
    const fast = ['--max-iter', '250'];
    for (const line of [
      ['study', at('captions.csv'), '--out', at('study'), ...fast, ...options],
      ['embed', '--captions', at('captions.csv'), '--out', at('rows'), ...options],
      ['search', at('rows'), HOSTILE[0] ?? '', '--out', at('sheet.html'), ...options],
    ]) {
      const { code, stderr } = await cli(line);
      expect(code, stderr).toBe(0);
    }
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  /** Opens a page, and all that can be opened and touched in it. */
  async function looked(file: string) {
    const page = await browser.newPage();
    const said: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      for (const one of document.querySelectorAll('*')) one.dispatchEvent(new MouseEvent('mouseover'));
    });
    const ran = await page.evaluate(() => (globalThis as { ran?: number }).ran);
    await page.close();
    const fetched = asked.filter((url) => !url.startsWith('data:') && url !== pathToFileURL(file).href);
    return { ran, said, fetched };
  }

  test.each(['study/report.html', 'sheet.html'])('%s runs and fetches nothing of its set', async (file) => {
    const html = await readFile(at(file), 'utf8');
    expect(html).toContain('&lt;img src=x onerror=');
    expect(await looked(at(file))).toEqual({ ran: undefined, said: [], fetched: [] });
  });

  test('nor would it, were a caption not escaped', async () => {
    const html = await readFile(at('study/report.html'), 'utf8');
    const within = (page: string) => page.replace('<main>', `<main>${HOSTILE.join('')}`);
    const policy = /<meta http-equiv="Content-Security-Policy"[^>]*>/;
    await writeFile(at('open.html'), within(html));
    await writeFile(at('without.html'), within(html.replace(policy, '')));
    expect((await looked(at('open.html'))).ran).toBeUndefined();
    expect((await looked(at('without.html'))).ran).toBe(1); // so the set is one that tries
  });
});
