import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decode } from 'fast-png';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Site } from './page/site.ts';
import { CHROMIUM, FLAGS } from './support/chromium.ts';
import { LocalServer } from './support/local-server.ts';

// `<modality-map>` in somebody else's page, which takes it by its URL from another origin and has a strict policy.

const N = 20;

const run = promisify(execFile);
const hasPython = spawnSync('python3', ['--version']).status === 0;

/** A page of its own, with a policy that lets nothing in but the element's scripts. */
class OtherPage extends LocalServer {
  constructor(private readonly elementAt: string) {
    super();
  }

  protected override answer({ url }: IncomingMessage, response: ServerResponse): void {
    if (url === '/start.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' });
      response.end(`window.element = import('${this.elementAt}');`);
      return;
    }
    const { origin } = new URL(this.elementAt);
    const policy = `default-src 'none'; script-src 'self' ${origin}; connect-src 'none'; img-src data:`;
    response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy });
    response.end(
      '<!doctype html><title>A notebook</title><body><script type="module" src="/start.js"></script>',
    );
  }
}

/** Two clouds that a gap parts, with a class each half. */
function cloudsOf(n: number) {
  const row = (side: number, i: number) => [side, 0.1 * Math.cos(i), 0.1 * Math.sin(i), i % 2 ? 0.2 : -0.2];
  const rows = (side: number) => Array.from({ length: n }, (_, i) => row(side, i));
  const pairs = Array.from({ length: n }, (_, i) => ({
    id: `image ${i}`,
    caption: `caption ${i}`,
    label: i % 2 ? 'odd' : 'even',
  }));
  return { images: rows(1), texts: rows(-1), pairs };
}

/** Images in a column at the left, texts at the right. */
function columnsOf(n: number) {
  const column = (x: number) => Array.from({ length: n }, (_, i) => [x, i]);
  return { places: [...column(0), ...column(n)], pairs: cloudsOf(n).pairs };
}

/** How many pixels are blue, as images are, and orange, as texts. */
async function coloured(map: Locator): Promise<{ blue: number; orange: number }> {
  const { data, channels } = decode(await map.screenshot());
  let [blue, orange] = [0, 0];
  for (let i = 0; i < data.length; i += channels) {
    const [r = 0, , b = 0] = data.subarray(i, i + 3);
    if (b > r + 60) blue += 1;
    if (r > b + 60) orange += 1;
  }
  return { blue, orange };
}

describe.skipIf(!existsSync(CHROMIUM))('<modality-map>', () => {
  let site: Site;
  let other: OtherPage;
  let browser: Browser;
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    site = await Site.build();
    other = new OtherPage(`${site.url}modality-map.js`);
    await other.start();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(async () => {
    await browser?.close();
    await other?.stop();
    await site?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await page?.context().close();
    page = await (await browser.newContext({ viewport: { width: 800, height: 600 } })).newPage();
    errors = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(other.origin);
  });

  /** Puts an element with such data and attributes into the page. */
  async function put(data: unknown, attributes: Readonly<Record<string, string>> = {}): Promise<Locator> {
    await page.evaluate(
      async ([data, attributes]) => {
        await (window as unknown as { element: Promise<unknown> }).element;
        const map = Object.assign(document.createElement('modality-map'), { data });
        for (const [name, value] of Object.entries(attributes)) map.setAttribute(name, value);
        const heard: unknown[] = [];
        for (const type of ['pointfocus', 'pointselect']) {
          map.addEventListener(type, (event) => heard.push([type, (event as CustomEvent).detail.points]));
        }
        Object.assign(window, { heard });
        document.body.append(map);
      },
      [data, attributes] as const,
    );
    return page.locator('modality-map').last();
  }
  const heard = () => page.evaluate(() => (window as unknown as { heard: unknown[] }).heard);

  test('lays out embeddings by t-SNE on the GPU, and draws both modalities', async () => {
    const map = await put(cloudsOf(N));
    await map.getByText(`${N} pairs`).waitFor();
    await expect.poll(() => coloured(map)).toSatisfy(({ blue, orange }) => Math.min(blue, orange) > N * 10);
    expect(await map.getByRole('listitem').allTextContents()).toEqual(['images', 'texts']);
    expect(errors).toEqual([]);
  });

  test('shows given places without a computation, in the colours of labels', async () => {
    const map = await put(columnsOf(N), { colour: 'label' });
    await map.getByText(`${N} pairs`).waitFor();
    expect(await map.getByRole('listitem').allTextContents()).toEqual([
      'even',
      'odd',
      'discs are images, rings texts',
    ]);
    // Of places alone there are no distances.
    expect(await map.getByLabel('Colour').getByRole('option').allTextContents()).toEqual([
      'modality',
      'label',
    ]);
  });

  test('takes JSON that stands in it, as a notebook writes it down', async () => {
    await page.evaluate(
      (json) => {
        const map = document.createElement('modality-map');
        map.innerHTML = `<script type="application/json">${json}</script>`;
        document.body.append(map);
      },
      JSON.stringify(columnsOf(3)),
    );
    await page.locator('modality-map').getByText('3 pairs').waitFor();
  });

  test.skipIf(!hasPython)('shows what Python writes into a notebook, whatever a caption says', async () => {
    const script = `
from modality_map import ModalityMap
pairs = [{"id": "a", "caption": "</script><b>bold</b>"}, {"id": "b"}]
print(ModalityMap(${JSON.stringify(`${site.url}modality-map.js`)}, places=[[0, 0], [0, 1], [1, 0], [1, 1]], pairs=pairs, colour="label")._repr_html_())`;
    const cwd = fileURLToPath(new URL('../examples/notebook', import.meta.url));
    const { stdout } = await run('python3', ['-B', '-c', script], { cwd });
    // As a notebook does: scripts in a cell's output are made anew, so that they run.
    await page.evaluate((output) => {
      document.body.innerHTML = output;
      for (const script of document.querySelectorAll('script[type="module"]')) {
        const again = document.createElement('script');
        for (const { name, value } of script.attributes) again.setAttribute(name, value);
        script.replaceWith(again);
      }
    }, stdout);
    const map = page.locator('modality-map');
    await map.getByText('2 pairs').waitFor();
    await map.getByRole('application').press('ArrowDown');
    await map.getByText('image a, its text: </script><b>bold</b>').waitFor({ state: 'attached' });
    expect(await map.getByLabel('Colour').inputValue()).toBe('label');
    expect(errors).toEqual([]);
  });

  test('tells the page what is focused and selected, by key and by pointer', async () => {
    const map = await put(columnsOf(3));
    await map.getByText('3 pairs').waitFor();
    const surface = map.getByRole('application');
    await surface.press('ArrowDown'); // to the first image
    await surface.press('ArrowRight'); // to its text
    await surface.press('Enter');
    const [image, text] = ['image', 'text'].map((modality) => ({ modality, pair: 0 }));
    expect(await heard()).toEqual([
      ['pointfocus', [image]],
      ['pointfocus', [text]],
      ['pointselect', [text]],
    ]);
    await map.getByText('text: caption 0, of image 0, selected').waitFor({ state: 'attached' });
    const box = await surface.boundingBox();
    await page.mouse.click((box?.x ?? 0) + 3, (box?.y ?? 0) + 3); // beside all points
    expect((await heard()).at(-1)).toEqual(['pointfocus', []]);
    expect(errors).toEqual([]);
  });

  test('names the pair under the pointer', async () => {
    const map = await put({
      places: [
        [0, 0],
        [1, 1],
      ],
      pairs: [{ id: 'a.png', caption: 'a bone' }],
    });
    const surface = map.getByRole('application');
    const box = await surface.boundingBox();
    await map.getByText('1 pair').waitFor();
    const [width, height] = [box?.width ?? 0, box?.height ?? 0];
    const half = Math.min(width, height) / 2 - 26; // the margin that the whole map is shown with
    await page.mouse.move((box?.x ?? 0) + width / 2 + half, (box?.y ?? 0) + height / 2 - half);
    await map.getByText('text of a.png').waitFor();
    await map.getByText('a bone', { exact: true }).waitFor();
  });

  test.each([
    [
      { images: [[1, 0]], texts: [[1, 0, 0]] },
      'data.texts: expected [1, 2] as the images, at least one row, and got [1, 3]',
    ],
    [{ images: [[1, 0]] }, 'data: give images and texts, or places'],
    [
      { images: [[1, Number.NaN]], texts: [[1, 0]] },
      'data.images: row 0, column 1 is NaN, and no finite number',
    ],
    [{ images: [[1, 0], [1]], texts: [[1, 0]] }, 'data.images: row 1 has 1 values, and row 0 has 2'],
    [{ images: 'abc', texts: 'abc' }, 'data.images: expected rows of numbers, and got string'],
    [
      {
        places: [
          [0, 0],
          [1, 1],
          [2, 2],
        ],
      },
      'data.places: expected [2n, 2], images and then texts, and got [3, 2]',
    ],
    [
      {
        places: [
          [0, 0],
          [1, 1],
        ],
        pairs: [{}, {}],
      },
      'data.pairs: expected 1, one for each image, and got 2',
    ],
  ])('says what is wrong with its data: case %#', async (data, message) => {
    const map = await put(data);
    expect(await map.getByRole('alert').textContent()).toBe(message);
    expect(await map.getByRole('status').textContent()).toBe('');
  });

  test('other data take the place of data whose map is on its way; a removed element computes no longer', async () => {
    const map = await put(cloudsOf(200));
    await map.getByText('Computing the map…').waitFor();
    await map.evaluate((element, data) => Object.assign(element, { data }), columnsOf(3));
    await map.getByText('3 pairs').waitFor();
    await map.evaluate((element, data) => {
      Object.assign(element, { data });
      element.remove();
      Object.assign(element, { data: undefined });
      document.body.append(element);
    }, cloudsOf(200));
    await expect.poll(() => map.getByRole('status').textContent()).toBe('');
    expect(errors).toEqual([]);
  });

  test('two in a page have nothing in common, and either theme shows', async () => {
    const light = await put(columnsOf(3), { theme: 'light' });
    await light.getByText('3 pairs').waitFor();
    const dark = await put(columnsOf(5), { theme: 'dark', colour: 'label' });
    await dark.getByText('5 pairs').waitFor();
    const maps = page.locator('modality-map');
    expect(await maps.nth(0).getByRole('status').textContent()).toBe('3 pairs');
    const papers = await maps.evaluateAll((all) =>
      all.map(
        ({ shadowRoot }) => getComputedStyle(shadowRoot?.querySelector('.map') as Element).backgroundColor,
      ),
    );
    expect(papers).toEqual(['rgb(255, 255, 255)', 'rgb(21, 24, 29)']);
  });

  test('as a widget of anywidget: data come as bytes, and the selection goes back', async () => {
    const saved = await page.evaluate(async (n) => {
      const { default: widget } = await (
        window as unknown as { element: Promise<{ default: { render(given: object): () => void } }> }
      ).element;
      const rows = (side: number) => {
        const data = Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 ? Math.sin(i) : side));
        return { data: new DataView(data.buffer), rows: n, dim: 2 };
      };
      const state: Record<string, unknown> = {
        data: { images: rows(1), texts: rows(-1), places: { ...rows(0), rows: 2 * n } },
      };
      const places = new Float32Array(4 * n).map((_, i) => i);
      Object.assign(state.data as object, {
        places: { data: new DataView(places.buffer), rows: 2 * n, dim: 2 },
      });
      const saved: unknown[] = [];
      const model = {
        get: (name: string) => state[name],
        set: (name: string, value: unknown) => {
          state[name] = value;
        },
        on: () => {},
        off: () => {},
        save_changes: () => saved.push(state.selected),
      };
      Object.assign(window, { leave: widget.render({ model, el: document.body }), saved });
      return saved;
    }, 4);
    expect(saved).toEqual([]);
    const map = page.locator('modality-map');
    await map.getByText('4 pairs').waitFor();
    await map.getByRole('application').press('ArrowDown');
    await map.getByRole('application').press('Enter');
    expect(await page.evaluate(() => (window as unknown as { saved: unknown }).saved)).toEqual([[0]]);
    await page.evaluate(() => (window as unknown as { leave(): void }).leave());
    expect(await map.count()).toBe(0);
  });
});
