import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parquetWriteBuffer } from 'hyparquet-writer';
import sharp from 'sharp';
import { openPairSet, type PairSet } from '../src/archives/open-pairs.ts';
import { throwIfAborted } from '../src/errors.ts';
import { DecodeAhead } from '../src/model/decode-ahead.ts';
import { loadBiomedClip } from '../src/model/load.ts';
import { localDirectorySink } from '../src/node/files.ts';
import { platform } from '../src/node/platform.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { type Spread, spreadOf } from './statistics.ts';

export interface DataOptions {
  /** Default 10,000. */
  readonly images?: number;
  /** Timed runs of each kind; 3 by default. */
  readonly rounds?: number;
  /** Without the GPU too, or decoded alone. Default: both. */
  readonly works?: readonly Work[];
  readonly adapter?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

type Work = 'decoded' | 'embedded';

/** One kind of file, decoded alone or embedded by a tiny model. */
export interface DataPart {
  readonly work: Work;
  readonly kind: string;
  /** Milliseconds for all images, with opening the set. */
  readonly time: Spread;
  /** Milliseconds of the processors, which other load on the machine changes less. */
  readonly cpu: Spread;
  /** The median divided by that of files in the same work. */
  readonly ratio: number;
  readonly cpuRatio: number;
  /** The largest growth of the process's memory in a run, MB. */
  readonly grownMb: number;
}

export interface DataReport {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly images: number;
  readonly rounds: number;
  /** Bytes of an image file, on average. */
  readonly bytes: number;
  /** Work waiting for the processors when it began and ended, and how many they are. */
  readonly load: readonly [number, number, number];
  readonly parts: readonly DataPart[];
}

/** Pixels a side of an image. */
const SIDE = 64;
const AT_ONCE = 8;

/** The same small images from files, a tar, a compressed tar and Parquet, in turn: what reading them from one file costs. */
export async function benchData(options: DataOptions = {}): Promise<DataReport> {
  const {
    images = 10_000,
    rounds = 3,
    works = ['decoded', 'embedded'],
    adapter,
    signal,
    onProgress = () => {},
  } = options;
  const folder = await mkdtemp(join(tmpdir(), 'bench-data-'));
  try {
    onProgress(`writing ${images} images`);
    const { sources, bytes } = await writeSets(folder, images);
    await writeSeededModel(localDirectorySink(join(folder, 'model')), { preset: 'tiny' });
    const model = await loadBiomedClip(platform, join(folder, 'model'), { adapter, signal });
    const doing = {
      decoded: decodeAll,
      embedded: async (set: PairSet) => {
        const named = set.pairs.map(({ id, image }) => ({ id, source: image }));
        return (await model.embedBatch({ images: named }, { signal })).images.rows;
      },
    };
    const before = loadavg()[0] ?? 0;
    const times = new Map<string, number[]>();
    const cpu = new Map<string, number[]>();
    const grown = new Map<string, number>();
    for (let round = 0; round <= rounds; round++) {
      for (const work of works) {
        for (const [kind, source] of Object.entries(sources)) {
          throwIfAborted(signal);
          onProgress(`${kind} ${work}: round ${round} of ${rounds}`);
          const memory = watchMemory();
          const used = process.cpuUsage();
          const start = performance.now();
          const set = await openPairSet(platform, source);
          const count = await doing[work](set);
          await set.close();
          const time = performance.now() - start;
          const { user, system } = process.cpuUsage(used);
          if (count !== images) throw new Error(`${kind}: ${count} of ${images} images`);
          const key = `${work} ${kind}`;
          grown.set(key, Math.max(grown.get(key) ?? 0, memory()));
          if (round === 0) continue; // files come into the system's cache
          times.set(key, [...(times.get(key) ?? []), time]);
          cpu.set(key, [...(cpu.get(key) ?? []), (user + system) / 1000]);
        }
      }
    }
    const parts = works.flatMap((work) => {
      const of = (all: typeof times, kind: string) => spreadOf(all.get(`${work} ${kind}`) ?? []);
      return Object.keys(sources).map((kind) => ({
        ...{ work, kind, time: of(times, kind), cpu: of(cpu, kind) },
        ratio: of(times, kind).median / of(times, 'files').median,
        cpuRatio: of(cpu, kind).median / of(cpu, 'files').median,
        grownMb: grown.get(`${work} ${kind}`) ?? 0,
      }));
    });
    const load = [before, loadavg()[0] ?? 0, cpus().length] as const;
    const date = new Date().toISOString();
    const { adapter: name } = model.info;
    model.destroy();
    return { date, adapter: name, node: process.version, images, rounds, bytes, load, parts };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As `embedBatch` reads and decodes, without a GPU. */
async function decodeAll({ pairs }: PairSet): Promise<number> {
  const ahead = new DecodeAhead(
    pairs.map(({ id, image }) => ({ id, source: image })),
    AT_ONCE,
    platform,
  );
  let count = 0;
  for (let batch = await ahead.batch(); batch; batch = await ahead.batch()) count += batch.images.length;
  return count;
}

/** How much the process grew at most, in MB, once that is asked for. */
function watchMemory(): () => number {
  const start = process.memoryUsage.rss();
  let most = start;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  return () => {
    clearInterval(timer);
    return (Math.max(most, process.memoryUsage.rss()) - start) / 1e6;
  };
}

/** The images as files with a table of captions, and as archives. */
async function writeSets(folder: string, count: number) {
  const inside = join(folder, 'samples');
  await mkdir(inside);
  const images: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const image = await picture(i);
    images.push(image);
    const key = join(inside, String(i).padStart(6, '0'));
    await writeFile(`${key}.jpg`, image);
    await writeFile(`${key}.txt`, caption(i));
  }
  const rows = images.map((_, i) => `samples/${String(i).padStart(6, '0')}.jpg,${caption(i)}`);
  const sources = {
    files: join(folder, 'set.csv'),
    tar: join(folder, 'set.tar'),
    'tar.gz': join(folder, 'set.tar.gz'),
    Parquet: join(folder, 'set.parquet'),
  };
  await writeFile(sources.files, ['image,caption', ...rows, ''].join('\n'));
  const tar = promisify(execFile);
  await tar('tar', ['--sort=name', '-cf', sources.tar, '-C', inside, '.']);
  await tar('tar', ['--sort=name', '-czf', sources['tar.gz'], '-C', inside, '.']);
  const columnData = [
    { name: 'image', type: 'BYTE_ARRAY' as const, data: images },
    { name: 'caption', type: 'STRING' as const, data: images.map((_, i) => caption(i)) },
  ];
  await writeFile(sources.Parquet, new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 1000 })));
  const bytes = images.reduce((sum, { length }) => sum + length, 0) / count;
  return { sources, bytes };
}

function caption(i: number): string {
  return `a picture of organ ${i}`;
}

/** Waves, so that a JPEG has something to hold. */
function picture(seed: number): Promise<Uint8Array> {
  const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)];
    return 128 + 100 * Math.sin((x * (1 + (seed % 7)) + y * (1 + (seed % 11)) + seed) / 9 + (i % 3));
  });
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .jpeg()
    .toBuffer();
}
