import { decodeImage } from '../../src/browser/decode-image.ts';
import { trainHead } from '../../src/closing/head/train-head.ts';
import { requestGpu } from '../../src/device/adapter.ts';
import type { DecodeOptions } from '../../src/image/decode-options.ts';
import type { ImageReader } from '../../src/image/source.ts';
import {
  BiomedClip,
  type CheckpointSource,
  npyBytes,
  openPairs,
  openSlide,
  type SlideTile,
  searchRows,
  similarityMatrix,
  type TileOptions,
} from '../../src/index.ts';
import type { Vectors } from '../../src/metrics/vectors.ts';
import type { WorkerResult, WorkerTask } from './worker.ts';

/** What a page gives the test: plain numbers, which cross over. */
export interface PageResult {
  readonly name: string;
  readonly fingerprint: string;
  readonly images: readonly number[];
  readonly texts: readonly number[];
}

/** An image that is read when its turn comes. */
function readerOf(url: string): ImageReader {
  const read = async () => new Uint8Array(await (await fetch(url)).arrayBuffer());
  return { name: url, read };
}

/** What the test asks of the page. */
const asked = {
  async embed(
    source: CheckpointSource | undefined,
    images: readonly string[],
    texts: readonly string[],
  ): Promise<PageResult> {
    await using model = await BiomedClip.load(source);
    const sources = images.map((url, i) => (i % 2 === 0 ? url : readerOf(url)));
    const result = await model.embedBatch({ images: sources, texts });
    return {
      name: model.info.name,
      fingerprint: model.info.fingerprint,
      images: [...result.images.data],
      texts: [...result.texts.data],
    };
  },

  /** From a directory of the origin's private file system, which is a directory on disk like any other. */
  async embedFromDirectory(files: readonly string[], text: string): Promise<PageResult> {
    const root = await navigator.storage.getDirectory();
    const directory = await root.getDirectoryHandle('downloaded', { create: true });
    for (const url of files) {
      const file = await directory.getFileHandle(url.split('/').at(-1) ?? '', { create: true });
      await (await fetch(url)).body?.pipeTo(await file.createWritable());
    }
    return asked.embed(directory, [], [text]);
  },

  /** From what was put into the page's file input. */
  async embedFromInput(text: string): Promise<PageResult> {
    const input = document.querySelector('input');
    return asked.embed(input?.files ?? [], [], [text]);
  },

  /** A head on a device of its own: the losses, and the image map's weights. */
  async trainHead(dim: number, images: readonly number[], texts: readonly number[], steps: number) {
    const gpu = await requestGpu(navigator.gpu);
    try {
      const [x, y] = [images, texts].map((values) => {
        return { data: Float32Array.from(values), rows: values.length / dim, dim };
      }) as [Vectors, Vectors];
      const { losses, image } = await trainHead(gpu, x, y, { steps, batch: 24 });
      return { losses: losses.map(({ loss }) => loss), weight: [...image.weight] };
    } finally {
      gpu.destroy();
    }
  },

  /** The nearest of rows in a file of the origin's private file system, and of the same rows in memory: the rows and their cosines. */
  async searchKept(dim: number, queries: readonly number[], rows: readonly number[], topK: number) {
    const [asking, known] = [queries, rows].map((values) => {
      return { data: Float32Array.from(values), rows: values.length / dim, dim };
    }) as [Vectors, Vectors];
    const directory = await navigator.storage.getDirectory();
    const handle = await directory.getFileHandle('rows.npy', { create: true });
    const sink = await handle.createWritable();
    await sink.write(npyBytes(known).slice());
    await sink.close();
    const found = await searchRows(asking, await handle.getFile(), { topK, pieceRows: 64 });
    const judge = await similarityMatrix(asking, known, { topK });
    return [found, judge].map(({ indices, values }) => ({ indices: [...indices], values: [...values] }));
  },

  /** In a dedicated worker. */
  embedInWorker(task: WorkerTask): Promise<WorkerResult> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    return new Promise<WorkerResult>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<WorkerResult>) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(task);
    }).finally(() => worker.terminate());
  },

  /**
   * An image as the resampler gets it, or the error's name. `sent` is the SHA-256 of so many channels, `all` of the
   * four.
   */
  async decode(url: string, channels: number, options?: DecodeOptions) {
    try {
      const { width, height, mode, data } = await decodeImage(url, options);
      const sent = data.filter((_, i) => i % 4 < channels);
      return { width, height, mode, sent: await sha256(sent), all: await sha256(data.slice()) };
    } catch (error) {
      return error instanceof Error ? error.name : String(error);
    }
  },

  /** Images of files that browsers do not read themselves: sizes and bytes, or the error's name. */
  decodeAll(images: readonly { readonly url: string; readonly options: DecodeOptions }[]) {
    return Promise.all(
      images.map(async ({ url, options }) => {
        try {
          const { width, height, mode, data } = await decodeImage(url, options);
          return { width, height, mode, data: [...data] };
        } catch (error) {
          return error instanceof Error ? error.name : String(error);
        }
      }),
    );
  },

  /** A set of pairs from a Blob, or by its URL: the captions, and the SHA-256 of the images. */
  async pairs(url: string, from: 'blob' | 'url') {
    const blob = async () => new File([await (await fetch(url)).blob()], url.slice(1));
    const set = await openPairs(from === 'url' ? url : await blob());
    const read = [];
    for (const { text, image, label, group } of set.pairs) {
      const bytes = await (image as ImageReader).read();
      read.push({ text, label, group, image: await sha256((bytes as Uint8Array).slice()) });
    }
    await set.close();
    return read;
  },

  /** The SHA-256 of squares of a slide, and the tissue of those that `options` chooses. */
  async slide(url: string, tiles: readonly SlideTile[], options: TileOptions) {
    await using slide = await openSlide(url);
    const pixels = await Promise.all(tiles.map((tile) => slide.readTile(tile)));
    const all = await Promise.all(pixels.map(({ data }) => sha256(data.slice())));
    return { all, tissue: (await slide.tiles(options)).map(({ x, y, tissue = -1 }) => [x, y, tissue]) };
  },

  /** A model on a device that is lost, while nothing runs or during a call: the errors, and what another gives then. */
  async loseDevice(source: string, text: string) {
    const errors: string[] = [];
    for (const during of [false, true]) {
      const adapter = await navigator.gpu.requestAdapter();
      const device = await adapter?.requestDevice({ requiredFeatures: ['subgroups'] });
      const model = await BiomedClip.load(source, { device });
      await model.embedBatch({ texts: [text] });
      const running = during ? model.embedBatch({ texts: Array(12).fill(text) }) : undefined;
      device?.destroy();
      const calls = [running, model.embedBatch({ texts: [text] })];
      for (const call of calls) await call?.catch((error) => errors.push(error.name));
      model.destroy();
    }
    return { errors, after: await asked.embed(source, [], [text]) };
  },
};

async function sha256(bytes: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

declare global {
  interface Window {
    readonly asked: typeof asked;
  }
}
Object.assign(window, { asked });
document.title = 'ready';
