import { copyFile, link, mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { throwIfAborted } from '../../src/errors.ts';
import { openLocalDirectory } from '../../src/node/files.ts';
import type { FileDirectory } from '../../src/platform/files.ts';
import { loadTokenizer } from '../../src/text/tokenizers.ts';
import { textFiles } from '../../text-files.ts';
import { readConfig } from '../../weights/config.ts';
import { CHROMIUM, CHROMIUM_FLAGS, SWIFTSHADER_FLAG } from '../chromium.ts';
import type { OnnxModel } from '../onnx/graph.ts';
import { imageGraph, textGraph } from '../onnx/reference.ts';
import { seesPadding, TEXT_LENGTHS, textsOf } from '../tower-inputs.ts';
import type { TowersReport } from '../towers.ts';
import type { PageTask, ServedModel } from './task.ts';

export interface BrowserOptions {
  /** A checkpoint directory. */
  readonly model: string;
  readonly rounds: number;
  /** Images a run. */
  readonly images: number;
  /** Texts a run. */
  readonly texts: number;
  /** The GPU that Chromium picks, instead of SwiftShader. */
  readonly hardware?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** The towers in a page beside ONNX Runtime Web: one browser, adapter, weights, inputs and read-back, in turn. */
export interface BrowserReport {
  readonly date: string;
  readonly browser: string;
  readonly adapter: string;
  readonly onnxruntime: string;
  readonly model: string;
  readonly rounds: number;
  readonly races: TowersReport['races'];
}

/** Images and texts a second beside `onnxruntime-web`, its WebGPU provider and its WebAssembly with threads, parity checked. */
export async function benchBrowser(options: BrowserOptions): Promise<BrowserReport> {
  const { model, rounds, hardware, signal, onProgress = () => {} } = options;
  const scratch = await mkdtemp(join(tmpdir(), 'biomedclip-bench-'));
  try {
    onProgress('writing the graphs');
    const task = await prepareTask(options, scratch);
    throwIfAborted(signal);
    await using pages = await serve(scratch);
    const flags = [...CHROMIUM_FLAGS, ...(hardware ? [] : [SWIFTSHADER_FLAG])];
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: flags });
    const stop = () => browser.close();
    signal?.addEventListener('abort', stop);
    try {
      const page = await browser.newPage();
      page.on('console', (message) => {
        if (message.type() !== 'debug') onProgress(message.text()); // which is Vite's
      });
      page.on('pageerror', ({ message }) => onProgress(message));
      await page.goto(`${pages.origin}bench/browser/page.html`);
      await page.waitForFunction(() => document.title === 'ready');
      const found = await page.evaluate((given) => window.runTask(given), task);
      return { date: new Date().toISOString(), browser: browser.version(), model, rounds, ...found };
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      await browser.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function prepareTask(options: BrowserOptions, folder: string): Promise<PageTask> {
  const { model, rounds, images, texts: count } = options;
  const directory = await openLocalDirectory(model);
  const config = await readConfig(directory);
  await shareCheckpoint(model, join(folder, 'model'));
  const imageModel = await serveModel(await imageGraph(directory), folder, 'image');
  const textModel = await serveModel(await textGraph(directory), folder, 'text');
  const { size, mean, std } = config.image;
  return {
    ...{ model: '/model/', rounds, threads: cpus().length, dim: config.embedDim, image: { size, mean, std } },
    contests: [
      { kind: 'images', name: `images, ${size} px`, graph: imageModel, count: images },
      ...(await textContests(directory, config, textModel, count)),
    ],
  };
}

async function textContests(
  directory: FileDirectory,
  config: Awaited<ReturnType<typeof readConfig>>,
  graph: ServedModel,
  count: number,
) {
  const tokenizer = await loadTokenizer(directory, config.text);
  return Object.entries(TEXT_LENGTHS).map(([name, lengths]) => {
    const { texts, ids, meanTokens } = textsOf(lengths, count, tokenizer);
    const padded = { padTo: config.text.contextLength, padId: tokenizer.padding };
    const title = `${name}, mean ${meanTokens} tokens`;
    return { kind: 'texts' as const, name: title, graph, texts, ids, padded, always: seesPadding(config) };
  });
}

/** Links the files where the file system can, since a checkpoint has hundreds of MB. */
async function shareCheckpoint(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    await link(source, target).catch(() => copyFile(source, target));
  }
}

async function serveModel(
  { bytes, externalData }: OnnxModel,
  folder: string,
  name: string,
): Promise<ServedModel> {
  await writeFile(join(folder, `${name}.onnx`), bytes);
  const file = await open(join(folder, `${name}.bin`), 'w');
  const index = [];
  let start = 0;
  try {
    for (const { path, data } of externalData) {
      await file.writeFile(data);
      index.push({ path, start, bytes: data.length });
      start += data.length;
    }
  } finally {
    await file.close();
  }
  return { graph: `/${name}.onnx`, weights: `/${name}.bin`, index };
}

/** The library's sources and a folder's files. WebAssembly has threads only in a page that is isolated from others. */
async function serve(folder: string): Promise<AsyncDisposable & { readonly origin: string }> {
  const headers = {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  };
  const server = await createServer({
    configFile: false,
    root: fileURLToPath(new URL('../..', import.meta.url)),
    publicDir: folder,
    plugins: [textFiles()],
    optimizeDeps: { entries: ['bench/browser/page.html'], exclude: ['onnxruntime-web'] },
    logLevel: 'error',
    server: { host: 'localhost', port: 0, headers },
  });
  await server.listen();
  const [origin = ''] = server.resolvedUrls?.local ?? [];
  return { origin, [Symbol.asyncDispose]: () => server.close() };
}
