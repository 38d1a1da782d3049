import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { preview } from 'vite';
import { throwIfAborted } from '../src/errors.ts';
import { npyBytes } from '../src/npy/vectors.ts';
import { CHROMIUM, CHROMIUM_FLAGS, SWIFTSHADER_FLAG } from './chromium.ts';

export interface PageOptions {
  /** Folder of the built page. */
  readonly page: string;
  readonly pairs: number;
  readonly dim: number;
  /** How often the pairs are opened for the memory. */
  readonly opens: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** Tasks that kept the page from answering, over 50 ms each, while something was done in it. */
export interface Interaction {
  readonly name: string;
  /** How often it was done. */
  readonly times: number;
  readonly longTasks: number;
  /** Milliseconds of the long tasks; 0 where there are none. */
  readonly p95: number;
  readonly max: number;
}

export interface PageReport {
  readonly date: string;
  readonly adapter: string;
  readonly browser: string;
  readonly pairs: number;
  readonly dim: number;
  /** Seconds from the files to the first map, by principal components, to t-SNE's first, and to the ranks of the table. */
  readonly seconds: { readonly firstMap: number; readonly firstStep: number; readonly ranks: number };
  readonly interactions: readonly Interaction[];
  /** After each opening and a collection. */
  readonly memory: readonly Memory[];
  /** MB that an opening adds: the slope of the least squares line. */
  readonly growth: Memory;
}

/** In MB: the heaps of the page and of its worker, the GPU buffers that the worker has, and all processes of the browser. */
interface Memory {
  readonly heap: number;
  readonly worker: number;
  readonly buffers: number;
  readonly resident: number;
}

const WAIT = { timeout: 600_000 };
/** Milliseconds after an opening. */
const SETTLED = 2000;

/** The page with pairs that are opened from saved embeddings: time to a map, what blocks it while it is used, and memory. */
export async function benchPage(options: PageOptions): Promise<PageReport> {
  const { pairs, dim, opens, signal, onProgress = () => {} } = options;
  const server = await preview({
    ...{ configFile: false, root: options.page, logLevel: 'error' },
    build: { outDir: '.' },
    preview: { port: 0, host: 'localhost' },
  });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [...CHROMIUM_FLAGS, SWIFTSHADER_FLAG],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.addInitScript(watchLongTasks);
    await page.goto(server.resolvedUrls?.local[0] ?? '');
    const files = savedFiles(pairs, dim);
    onProgress('opening');
    const seconds = await timedOpening(page, files, true);
    throwIfAborted(signal);
    const interactions: Interaction[] = [];
    for (const [name, act] of Object.entries(INTERACTIONS)) {
      throwIfAborted(signal);
      onProgress(name);
      interactions.push(await measured(page, name, act));
    }
    const memory: Memory[] = [];
    const cdp = await page.context().newCDPSession(page);
    const worker = await WorkerProbe.attach(cdp);
    await worker.evaluate(`(${countBuffers})()`);
    for (let open = 1; open <= opens; open++) {
      throwIfAborted(signal);
      onProgress(`opening ${open} of ${opens}`);
      await timedOpening(page, files, false);
      memory.push(await memoryOf(browser, cdp, worker));
    }
    const adapter = await page.evaluate(
      async () => (await navigator.gpu.requestAdapter())?.info.description ?? '',
    );
    const date = new Date().toISOString();
    const growth = growthOf(memory);
    return { date, adapter, browser: browser.version(), pairs, dim, seconds, interactions, memory, growth };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Files as `embed` writes them: classes as clouds, images apart from texts, captions of twenty words. */
function savedFiles(pairs: number, dim: number) {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const classes = Array.from({ length: 20 }, () => Float32Array.from({ length: dim }, random));
  const own = Float32Array.from({ length: pairs * dim }, random);
  const gap = Float32Array.from({ length: dim }, random);
  const words = Array.from({ length: 400 }, (_, i) => `word${i}`);
  const rows = (side: number) => {
    const data = new Float32Array(pairs * dim);
    for (let i = 0; i < data.length; i++) {
      const centre = classes[Math.floor(i / dim) % classes.length]?.[i % dim] ?? 0;
      data[i] = centre + 0.6 * (own[i] ?? 0) + 0.4 * random() + side * (gap[i % dim] ?? 0);
    }
    return npyBytes({ data, rows: pairs, dim });
  };
  const caption = (i: number) =>
    Array.from({ length: 20 }, (_, k) => words[(i % 20) * 17 + ((i * 31 + k * k * 7) % 60)] ?? '').join(' ');
  const name = (i: number) => `image-${i}.png`;
  const manifest = {
    ...{ model: 'generated', dtype: 'f32', adapter: 'none', pairs, skipped: [] },
    images: Array.from({ length: pairs }, (_, i) => ({
      id: name(i),
      path: name(i),
      label: `class ${i % 20}`,
    })),
    texts: Array.from({ length: pairs }, (_, i) => ({
      id: name(i),
      caption: caption(i),
      group: `g${i % 300}`,
    })),
  };
  const file = (fileName: string, buffer: Uint8Array | string) => ({
    ...{ name: fileName, mimeType: '' },
    buffer: Buffer.from(buffer as string),
  });
  return [
    file('images.npy', rows(1)),
    file('texts.npy', rows(-1)),
    file('manifest.json', JSON.stringify(manifest)),
  ];
}

/** @param whole whether until the ranks are there, or only until there is a map */
async function timedOpening(
  page: Page,
  files: ReturnType<typeof savedFiles>,
  whole: boolean,
): Promise<PageReport['seconds']> {
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  await page.getByLabel('Images and captions').setInputFiles(files);
  await page.locator('.notice.info').waitFor(WAIT); // the pairs are open
  await page.locator('.readout', { hasText: /t.SNE: not started|iteration/ }).waitFor(WAIT);
  const firstMap = since();
  if (whole) await page.locator('.readout', { hasText: /iteration \d/ }).waitFor(WAIT);
  const firstStep = since();
  await page.getByRole('button', { name: 'Stop', exact: true }).click(); // a software GPU would go on for minutes
  if (whole) await page.getByRole('button', { name: /Worst pairs \(\d/ }).waitFor(WAIT);
  await page.getByRole('button', { name: 'Dismiss' }).first().click();
  return { firstMap, firstStep, ranks: since() };
}

type Act = (page: Page) => Promise<number>;

const INTERACTIONS: Readonly<Record<string, Act>> = {
  'hover the map': async (page) => {
    const { x, y, width, height } = await boxOf(page, '.map-canvas');
    for (let i = 0; i < 40; i++) {
      await page.mouse.move(x + width * (0.2 + 0.015 * i), y + height * (0.3 + 0.01 * i));
    }
    return 40;
  },
  'zoom and drag the map': async (page) => {
    const { x, y, width, height } = await boxOf(page, '.map-canvas');
    await page.mouse.click(x + width / 2, y + height / 2);
    for (let i = 0; i < 6; i++) await page.mouse.wheel(0, i < 3 ? -240 : 240);
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    for (let i = 0; i < 10; i++) await page.mouse.move(x + width / 2 + 8 * i, y + height / 2);
    await page.mouse.up();
    return 7;
  },
  'select by a lasso, undo': async (page) => {
    await page.getByRole('button', { name: 'Lasso' }).click();
    const { x, y, width, height } = await boxOf(page, '.map-canvas');
    await page.mouse.move(x + width * 0.3, y + height * 0.3);
    await page.mouse.down();
    for (const [dx, dy] of [
      [0.6, 0.3],
      [0.6, 0.6],
      [0.3, 0.6],
      [0.3, 0.3],
    ] as const) {
      await page.mouse.move(x + width * dx, y + height * dy, { steps: 6 });
    }
    await page.mouse.up();
    await page.waitForTimeout(1500);
    await page.keyboard.press('Control+z');
    return 2;
  },
  'colour by label': async (page) => {
    await page.getByRole('radio', { name: 'label', exact: true }).first().check();
    await page.waitForTimeout(500);
    await page.getByRole('radio', { name: 'modality', exact: true }).check();
    return 2;
  },
  'sort the table': async (page) => {
    const table = page.getByRole('table', { name: 'Pairs' });
    for (const name of ['Cosine', 'Caption rank', 'Label', 'Distance']) {
      await table.getByRole('columnheader', { name }).getByRole('button').click();
    }
    return 4;
  },
  'filter the table': async (page) => {
    const field = page.getByLabel('Filter', { exact: true });
    await field.pressSequentially('word17');
    await field.fill('');
    return 7;
  },
  'scroll the table': async (page) => {
    const { x, y, width, height } = await boxOf(page, '.pair-list');
    await page.mouse.move(x + width / 2, y + height / 2);
    for (let i = 0; i < 20; i++) await page.mouse.wheel(0, 900);
    return 20;
  },
  'look at a pair': async (page) => {
    for (let i = 0; i < 4; i++) {
      await page.getByRole('table', { name: 'Pairs' }).locator('.chip').nth(i).click();
      await page.waitForTimeout(300);
    }
    return 4;
  },
};

async function measured(page: Page, name: string, act: Act): Promise<Interaction> {
  await page.evaluate(() => {
    window.longTasks = [];
  });
  const times = await act(page);
  await page.waitForTimeout(800); // for what follows it
  const tasks = (await page.evaluate(() => window.longTasks)).sort((a, b) => a - b);
  const p95 = tasks[Math.ceil(0.95 * tasks.length) - 1] ?? 0;
  return { name, times, longTasks: tasks.length, p95, max: tasks.at(-1) ?? 0 };
}

async function boxOf(page: Page, selector: string) {
  const element = page.locator(selector).first();
  await element.scrollIntoViewIfNeeded();
  return (await element.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
}

async function memoryOf(browser: Browser, cdp: CDPSession, worker: WorkerProbe): Promise<Memory> {
  await new Promise((resolve) => setTimeout(resolve, SETTLED)); // what was stopped gives its buffers back
  for (let i = 0; i < 2; i++) {
    await worker.send('HeapProfiler.collectGarbage'); // what is found to be gone is given back before the second
    await cdp.send('HeapProfiler.collectGarbage');
  }
  const heap = (await cdp.send('Runtime.getHeapUsage')).usedSize;
  const { usedSize: workerHeap } = await worker.send('Runtime.getHeapUsage');
  const buffers = Number(await worker.evaluate('bytesOfBuffers'));
  const system = await browser.newBrowserCDPSession();
  const { processInfo } = await system.send('SystemInfo.getProcessInfo');
  await system.detach();
  const resident = await Promise.all(processInfo.map(({ id }) => residentBytes(id)));
  const total = resident.reduce((sum, bytes) => sum + bytes, 0);
  return {
    heap: heap / 1e6,
    worker: Number(workerHeap) / 1e6,
    buffers: buffers / 1e6,
    resident: total / 1e6,
  };
}

function growthOf(memory: readonly Memory[]): Memory {
  const slope = (key: keyof Memory) => {
    const middle = (memory.length - 1) / 2;
    const squares = memory.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
    return memory.reduce((sum, one, i) => sum + (i - middle) * one[key], 0) / (squares || 1);
  };
  return {
    heap: slope('heap'),
    worker: slope('worker'),
    buffers: slope('buffers'),
    resident: slope('resident'),
  };
}

/** The engine's worker, by the protocol: Playwright evaluates in it, but collects no garbage there. */
class WorkerProbe {
  #asked = 0;
  readonly #answers = new Map<number, (result: Readonly<Record<string, unknown>>) => void>();

  private constructor(
    private readonly cdp: CDPSession,
    private readonly sessionId: string,
  ) {
    cdp.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result = {} } = JSON.parse(message);
      this.#answers.get(id)?.(result);
    });
  }

  static async attach(cdp: CDPSession): Promise<WorkerProbe> {
    const attached = new Promise<string>((resolve) => {
      cdp.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
        if (targetInfo.type === 'worker' && targetInfo.url.includes('engine-worker')) resolve(sessionId);
      });
    });
    await cdp.send('Target.setAutoAttach', {
      ...{ autoAttach: true, waitForDebuggerOnStart: false, flatten: false },
    });
    return new WorkerProbe(cdp, await attached);
  }

  async send(method: string, params = {}): Promise<Readonly<Record<string, unknown>>> {
    this.#asked += 1;
    const id = this.#asked;
    const answer = new Promise<Readonly<Record<string, unknown>>>((resolve) =>
      this.#answers.set(id, resolve),
    );
    const message = JSON.stringify({ id, method, params });
    await this.cdp.send('Target.sendMessageToTarget', { sessionId: this.sessionId, message });
    return answer;
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    return (result as { value?: unknown }).value;
  }
}

/** Runs in the worker: counts the bytes of GPU buffers that are neither destroyed nor collected. */
function countBuffers(): void {
  const counter = globalThis as typeof globalThis & { bytesOfBuffers?: number };
  counter.bytesOfBuffers = 0;
  const add = (bytes: number) => {
    counter.bytesOfBuffers = (counter.bytesOfBuffers ?? 0) + bytes;
  };
  const sizes = new WeakMap<GPUBuffer, { bytes: number }>();
  const gone = new FinalizationRegistry<{ bytes: number }>(({ bytes }) => add(-bytes));
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    const size = { bytes: buffer.size };
    add(size.bytes);
    sizes.set(buffer, size);
    gone.register(buffer, size);
    return buffer;
  };
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function (this: GPUBuffer) {
    const size = sizes.get(this);
    if (size) {
      add(-size.bytes);
      size.bytes = 0;
    }
    return destroy.call(this);
  };
}

/** 0 where the system does not tell. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

declare global {
  interface Window {
    longTasks: number[];
  }
}

/** Runs in the page before its scripts. */
function watchLongTasks(): void {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration);
  }).observe({ type: 'longtask' });
}

/** Where `npm run page:build` puts the page. */
export const BUILT_PAGE = fileURLToPath(new URL('../out/page', import.meta.url));
