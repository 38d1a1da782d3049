import { availableParallelism } from 'node:os';
import type { GpuCounters } from '../src/device/gpu.ts';
import { throwIfAborted } from '../src/errors.ts';
import type { DecodedImage } from '../src/image/decoded-image.ts';
import type { PixelSource } from '../src/image/source.ts';
import { IMAGES_A_PASS } from '../src/model/batch-sizes.ts';
import type { BiomedClipModel } from '../src/model/biomedclip.ts';
import { DecodeAhead } from '../src/model/decode-ahead.ts';
import { loadBiomedClip } from '../src/model/load.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { nodeHost } from '../src/node/host.ts';
import { listImageFiles } from '../src/node/image-files.ts';
import { platform as nodePlatform } from '../src/node/platform.ts';
import { BertTokenizer } from '../src/text/bert-tokenizer.ts';
import { type Bound, boundOf } from './pipeline-bound.ts';
import { type Spread, spreadOf } from './statistics.ts';

export interface PipelineOptions {
  /** A checkpoint directory. */
  readonly model: string;
  /** A folder of images in any format that is read. */
  readonly images: string;
  readonly captions: readonly string[];
  readonly adapter?: string;
  /** Timed runs of each part; 5 by default. */
  readonly rounds?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** One way to do a part of the work, or all of it. */
export interface PipelinePart {
  readonly name: string;
  readonly items: number;
  /** Milliseconds for all items. */
  readonly time: Spread;
  readonly batches: number;
  /** Counted in one run, after every shape was recorded. */
  readonly submits: number;
  readonly buffersCreated: number;
}

export interface PipelineReport {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly model: string;
  readonly rounds: number;
  readonly parts: readonly PipelinePart[];
  readonly bound: Bound;
}

interface Part {
  readonly name: string;
  readonly items: number;
  /** @returns how many batches it took */
  run(): Promise<number>;
}

/**
 * Host work alone, GPU work alone, and both together: if the host's work is hidden, both take as long as the longer
 * one.
 */
export async function benchPipeline(options: PipelineOptions): Promise<PipelineReport> {
  const { model: path, adapter, rounds = 5, signal, onProgress = () => {} } = options;
  const model = await loadBiomedClip(nodePlatform, path, { adapter, signal });
  try {
    const parts = [...(await imageParts(model, options)), ...(await textParts(model, options))];
    const times = new Map<string, number[]>(parts.map(({ name }) => [name, []]));
    const usage = new Map<string, Pick<PipelinePart, 'batches' | 'submits' | 'buffersCreated'>>();
    for (let round = 0; round <= rounds; round++) {
      for (const part of parts) {
        throwIfAborted(signal);
        onProgress(`${part.name}: round ${round} of ${rounds}`);
        const before: GpuCounters = { ...model.counters };
        const start = performance.now();
        const batches = await part.run();
        if (round > 0) times.get(part.name)?.push(performance.now() - start);
        const { submits, buffersCreated } = model.counters;
        usage.set(part.name, {
          batches,
          submits: submits - before.submits,
          buffersCreated: buffersCreated - before.buffersCreated,
        });
      }
    }
    const measured = parts.map(({ name, items }) => ({
      name,
      items,
      time: spreadOf(times.get(name) ?? []),
      ...(usage.get(name) ?? { batches: 0, submits: 0, buffersCreated: 0 }),
    }));
    const rate = (part: string) => rateOf(measured.find(({ name }) => name === part));
    const rates = { decoded: rate(DECODING), embedded: rate(EMBEDDING), together: rate(TOGETHER) };
    return {
      date: new Date().toISOString(),
      adapter: model.info.adapter,
      node: process.version,
      model: path,
      rounds,
      parts: measured,
      bound: boundOf(rates, hostOf()),
    };
  } finally {
    model.destroy();
  }
}

const DECODING = 'images: decoding alone';
const EMBEDDING = 'images: resizing and the tower';
const TOGETHER = 'images: all, from files';

/** Items a second at the median. */
function rateOf(part: Pick<PipelinePart, 'items' | 'time'> | undefined): number {
  return part ? (1000 * part.items) / part.time.median : Number.NaN;
}

async function imageParts(model: BiomedClipModel, { images: folder }: PipelineOptions): Promise<Part[]> {
  const files = (await listImageFiles([folder])).files.map(({ path }) => path);
  const pixels: PixelSource[] = [];
  await decodeAll(files, ({ width, height, data }) => pixels.push({ width, height, data }));
  const { imageSize: size } = model.info;
  const squares = pixels.map(() => ({ width: size, height: size, data: new Uint8Array(size * size * 4) }));
  const embed = (images: readonly (string | PixelSource)[]) => countBatches(model, { images });
  const items = files.length;
  return [
    { name: DECODING, items, run: () => decodeAll(files, () => {}) },
    { name: 'images: the tower alone', items, run: () => embed(squares) },
    { name: EMBEDDING, items, run: () => embed(pixels) },
    { name: TOGETHER, items, run: () => embed(files) },
  ];
}

export interface DecodingRate {
  readonly images: number;
  /** Milliseconds for all of them. */
  readonly time: Spread;
  readonly perSecond: number;
  readonly cores: number;
  /** Of libuv's pool. */
  readonly threads: number;
}

/** How fast the host decodes the images of a folder while nothing else runs. */
export async function decodingRate(
  folder: string,
  rounds: number,
  signal?: AbortSignal,
): Promise<DecodingRate> {
  const files = (await listImageFiles([folder])).files.map(({ path }) => path);
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    throwIfAborted(signal);
    const start = performance.now();
    await decodeAll(files, () => {});
    if (round > 0) times.push(performance.now() - start);
  }
  const time = spreadOf(times);
  return { images: files.length, time, perSecond: rateOf({ items: files.length, time }), ...hostOf() };
}

function hostOf(): { readonly cores: number; readonly threads: number } {
  const cores = availableParallelism();
  return { cores, threads: nodeHost.decodingThreads?.() ?? cores };
}

/** By what `embedBatch` decodes with, as fast as it goes. */
async function decodeAll(files: readonly string[], use: (image: DecodedImage) => void): Promise<number> {
  const ahead = new DecodeAhead(files, IMAGES_A_PASS, nodePlatform);
  for (let batch = await ahead.batch(); batch; batch = await ahead.batch()) {
    const [failed] = batch.failed;
    if (failed) throw failed.error;
    for (const { image } of batch.images) use(image);
  }
  return 0;
}

async function textParts(
  model: BiomedClipModel,
  { model: path, captions }: PipelineOptions,
): Promise<Part[]> {
  const directory = await openLocalDirectory(path);
  const limits = {
    contextLength: model.info.contextLength,
    vocabularySize: Number.MAX_SAFE_INTEGER,
    padding: 0,
    onWarning: () => {}, // loading the model has told
  };
  const tokenizer = await BertTokenizer.load(directory, limits);
  const encode = async () => {
    for (const caption of captions) tokenizer.encode(caption);
    return 0;
  };
  const items = captions.length;
  return [
    { name: 'texts: tokenising alone', items, run: encode },
    { name: 'texts: all', items, run: () => countBatches(model, { texts: captions }) },
    {
      name: 'texts: all, at most 8 a batch',
      items,
      run: () => countBatches(model, { texts: captions }, 8),
    },
  ];
}

async function countBatches(
  model: BiomedClipModel,
  inputs: Parameters<BiomedClipModel['embedBatch']>[0],
  batchSize?: number,
): Promise<number> {
  let batches = 0;
  await model.embedBatch(inputs, { batchSize, onProgress: () => batches++ });
  return batches;
}
