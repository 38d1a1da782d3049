import { readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { BiomedClip } from '../../src/index.ts';
import { uniforms } from '../../src/metrics/random.ts';
import { BiomedClipModel } from '../../src/model/biomedclip.ts';
import { seededUniform } from '../support/numbers.ts';
import { syntheticCaption } from './inputs.ts';
import { type Slope, slopeOf } from './slope.ts';

export interface LoadOptions {
  readonly folder: string;
  readonly captions: number;
  readonly images: number;
  /** Batches of any number until then, instead of so many captions and images. */
  readonly minutes?: number;
  /** A checkpoint; the embedded model without it. */
  readonly model?: string;
  readonly adapter?: string;
  readonly say?: (text: string) => void;
}

/** What one process held while it embedded all; slopes are a thousand inputs', of the last four fifths or of the last half. */
export interface LoadReport {
  readonly batches: number;
  readonly minutes: number;
  readonly rows: { readonly images: number; readonly texts: number; readonly skipped: number };
  /** Of the broken images, by how they are broken: all were told, and nothing else was. */
  readonly broken: Readonly<Record<string, number>>;
  readonly held: Held;
  readonly heldInLastHalf: Held;
  readonly inputsPerSecond: Tenths;
  /** Of the process on all cores, which other work on the machine disturbs less. */
  readonly inputsPerCpuSecond: Tenths;
  /** A batch that came again and again had the bits of the first time. */
  readonly repeats: number;
}

interface Held {
  readonly megabytes: Slope;
  readonly heapMegabytes: Slope;
  readonly gpuMegabytes: Slope;
  readonly handles: Slope;
}

/** The second tenth stands for the first, which compiles. */
interface Tenths {
  readonly firstTenth: number;
  readonly lastTenth: number;
}

interface Sample {
  readonly inputs: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rss: number;
  readonly heap: number;
  readonly gpu: number;
  readonly handles: number;
}

/** Paths of images. */
interface Pool {
  readonly whole: readonly string[];
  /** Named by how they are broken. */
  readonly broken: readonly string[];
}

const MEGABYTE = 1e6;
const REPEAT_EVERY = 25;
/** One image in a hundred. */
const BROKEN_SHARE = 0.01;

/** Embeds captions and images in batches of changing shape by one model. @throws Error where a result is not what it must be */
export async function loadRun(options: LoadOptions): Promise<LoadReport> {
  const { folder, model: source, adapter, say } = options;
  const pool = await writePool(folder);
  await using model = await BiomedClip.load(source, { adapter });
  if (!(model instanceof BiomedClipModel)) throw new Error('not the class that counts');
  const again = new RepeatedBatch(model, pool.whole.slice(0, 2));
  const samples: Sample[] = [];
  const broken: Record<string, number> = {};
  const rows = { images: 0, texts: 0, skipped: 0 };
  const start = performance.now();
  const isLate = () => performance.now() - start > (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  for (const { images, texts, done } of batchesOf(pool, limitsOf(options))) {
    if (isLate()) break;
    const result = await model.embedBatch({ images, texts }, { onError: 'skip' });
    const expected = images.flatMap((path, index) => (pool.broken.includes(path) ? [index] : []));
    const told = result.skipped.map(({ index }) => index);
    if (told.join() !== expected.join()) throw new Error(`skipped ${told}, expected ${expected}`);
    for (const index of expected) {
      const way = basename(images[index] ?? '');
      broken[way] = (broken[way] ?? 0) + 1;
    }
    rows.images += result.images.rows;
    rows.texts += result.texts.rows;
    rows.skipped += told.length;
    if (samples.length % REPEAT_EVERY === 0) {
      await again.embed();
      say?.(`${done} inputs, ${Math.round(process.memoryUsage.rss() / MEGABYTE)} MB`);
    }
    samples.push(await sample(done, (performance.now() - start) / 1000, model));
  }
  return {
    batches: samples.length,
    minutes: (performance.now() - start) / 60_000,
    ...{ rows, broken },
    held: slopes(samples, 0.2),
    heldInLastHalf: slopes(samples, 0.5),
    inputsPerSecond: rates(samples, ({ seconds }) => seconds),
    inputsPerCpuSecond: rates(samples, ({ cpuSeconds }) => cpuSeconds),
    repeats: again.count,
  };
}

function limitsOf({ captions, images, minutes }: LoadOptions) {
  const all = Number.POSITIVE_INFINITY;
  return minutes === undefined ? { captions, images } : { captions: all, images: all };
}

/** Up to 40 images and 200 captions of many lengths each, until all are dealt. */
function* batchesOf(pool: Pool, wanted: Pick<LoadOptions, 'captions' | 'images'>) {
  const random = uniforms(1);
  const uniform = () => random.next().value as number;
  const below = (limit: number) => Math.floor(uniform() * limit);
  let [captions, images] = [0, 0];
  while (captions < wanted.captions || images < wanted.images) {
    const paths = Array.from({ length: Math.min(below(41), wanted.images - images) }, () => {
      const from = uniform() < BROKEN_SHARE ? pool.broken : pool.whole;
      return from[below(from.length)] as string;
    });
    const texts = Array.from({ length: Math.min(1 + below(200), wanted.captions - captions) }, (_, i) => {
      return `${syntheticCaption(captions + i)} ${'and so on '.repeat(below(4) ** 2)}`;
    });
    captions += texts.length;
    images += paths.length;
    yield { images: paths, texts, done: captions + images };
  }
}

/** The same inputs now and then, whose result keeps its bits. */
class RepeatedBatch {
  count = 0;
  #first?: string;

  constructor(
    private readonly model: BiomedClip,
    private readonly images: readonly string[],
  ) {}

  async embed(): Promise<void> {
    const { images, texts } = await this.model.embedBatch({
      images: this.images,
      texts: [syntheticCaption(1), 'x'.repeat(300)],
    });
    const bits = [images, texts].map(({ data }) => data.join()).join();
    this.#first ??= bits;
    if (bits !== this.#first) throw new Error(`repeat ${this.count}: other bits than the first time`);
    this.count++;
  }
}

async function sample(inputs: number, seconds: number, model: BiomedClipModel): Promise<Sample> {
  const { rss, heapUsed } = process.memoryUsage();
  const handles = (await readdir('/proc/self/fd')).length;
  const { user, system } = process.cpuUsage();
  return {
    inputs,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    rss,
    heap: heapUsed,
    gpu: model.counters.bytesAlive,
    handles,
  };
}

function slopes(samples: readonly Sample[], from: number): Held {
  const settled = samples.slice(Math.floor(samples.length * from));
  const inputs = settled.map((one) => one.inputs / 1000);
  const of = (value: (one: Sample) => number) => slopeOf(inputs, settled.map(value));
  return {
    megabytes: of(({ rss }) => rss / MEGABYTE),
    heapMegabytes: of(({ heap }) => heap / MEGABYTE),
    gpuMegabytes: of(({ gpu }) => gpu / MEGABYTE),
    handles: of(({ handles }) => handles),
  };
}

function rates(samples: readonly Sample[], timeOf: (sample: Sample) => number): Tenths {
  const rate = (from: number, to: number) => {
    const [a, b] = [from, to].map((share) => samples[Math.floor(share * (samples.length - 1))]) as [
      Sample,
      Sample,
    ];
    return (b.inputs - a.inputs) / (timeOf(b) - timeOf(a));
  };
  return { firstTenth: rate(0.1, 0.2), lastTenth: rate(0.9, 1) };
}

/** 200 pictures of as many sizes, PNG and JPEG, and four that cannot be read. */
async function writePool(folder: string): Promise<Pool> {
  const whole: string[] = [];
  for (let i = 0; i < 200; i++) {
    const [width, height] = [16 + ((i * 37) % 400), 16 + ((i * 53) % 300)];
    const data = Uint8Array.from(seededUniform(width * height * 3, i), (value) => 128 * (value + 1));
    const jpeg = i % 2 === 1;
    const path = join(folder, `${i}.${jpeg ? 'jpg' : 'png'}`);
    const pixels = { width, height, channels: 3 as const };
    await writeFile(
      path,
      jpeg ? await sharp(data, { raw: pixels }).jpeg().toBuffer() : encode({ ...pixels, data, depth: 8 }),
    );
    whole.push(path);
  }
  const png = encode({ width: 8, height: 8, channels: 3, depth: 8, data: new Uint8Array(192) });
  const contents = {
    'cut.png': png.subarray(0, png.length / 2),
    'empty.png': '',
    'text.jpg': 'not a picture',
  };
  for (const [name, bytes] of Object.entries(contents)) await writeFile(join(folder, name), bytes);
  return { whole, broken: [...Object.keys(contents), 'missing.png'].map((name) => join(folder, name)) };
}
