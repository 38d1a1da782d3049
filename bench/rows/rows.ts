import { mkdtemp, open, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestGpu } from '../../src/device/adapter.ts';
import type { Gpu } from '../../src/device/gpu.ts';
import { searchRows } from '../../src/metrics/search/search-rows.ts';
import { writeNpy } from '../../src/node/npy.ts';
import { openFile } from '../../src/node/platform.ts';
import { openWebGpu } from '../../src/node/vulkan.ts';
import { openRows } from '../../src/rows-files/open-rows.ts';
import { normalAt, streamKey } from '../../weights/random.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import { RowsPeer } from './peer.ts';

export interface RowsOptions {
  readonly adapter?: string;
  readonly rows: number;
  readonly dim: number;
  /** Numbers of queries, each a race of its own. */
  readonly queries: readonly number[];
  /** Timed runs of each peer after the first. */
  readonly rounds: number;
  readonly onProgress?: (message: string) => void;
}

/** The nearest rows of a file of f16 rows, beside NumPy's BLAS: same machine, in turn. */
export interface RowsReport {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly numpy: string;
  /** Processes that wanted to run, over a minute, at the start. */
  readonly load: number;
  readonly rows: number;
  readonly dim: number;
  readonly k: number;
  readonly rounds: number;
  readonly races: readonly RowsRace[];
}

export interface RowsRace {
  readonly queries: number;
  readonly peers: readonly {
    readonly name: string;
    /** Milliseconds a run. */
    readonly time: Spread;
    /** Of the file, at the median. */
    readonly gigabytesPerSecond: number;
    readonly gflops: number;
    /** The share of the rows that NumPy found, too, at the same place. */
    readonly agreement: number;
  }[];
  /** The most that ours took beyond what it held before: of the process, and of the GPU within it. */
  readonly processBytes: number;
  readonly gpuBytes: number;
}

const K = 10;

/** Writes the file, searches it by each number of queries, and removes it. */
export async function benchRows(options: RowsOptions): Promise<RowsReport> {
  const { rows, dim, queries, rounds } = options;
  const gpu = await requestGpu(await openWebGpu(options.adapter));
  const folder = await mkdtemp(join(tmpdir(), 'bench-rows-'));
  const load = loadavg()[0] ?? Number.NaN;
  try {
    const file = join(folder, 'rows.f16');
    await writeRows(file, rows * dim);
    let numpy = '';
    const races: RowsRace[] = [];
    for (const count of queries) {
      const raced = await raceOf(gpu, folder, file, count, options);
      numpy = raced.numpy;
      races.push(raced.race);
    }
    const { description: adapter } = gpu.info;
    const made = { date: new Date().toISOString(), adapter, node: process.version, numpy, load };
    return { ...made, rows, dim, k: K, rounds, races };
  } finally {
    gpu.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Values of either sign from 1 to 2: ten random bits behind the exponent of 1. */
async function writeRows(path: string, values: number): Promise<void> {
  const file = await open(path, 'wx');
  const words = new Uint32Array(1 << 20);
  let state = 0x9e3779b9;
  try {
    for (let left = values; left > 0; left -= 2 * words.length) {
      for (let i = 0; i < words.length; i++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        words[i] = (state & 0x83ff83ff) | 0x3c003c00;
      }
      await file.write(new Uint8Array(words.buffer, 0, Math.min(words.byteLength, 2 * left)));
    }
  } finally {
    await file.close();
  }
}

async function raceOf(
  gpu: Gpu,
  folder: string,
  file: string,
  count: number,
  { rows, dim, rounds, onProgress }: RowsOptions,
): Promise<{ readonly race: RowsRace; readonly numpy: string }> {
  const key = streamKey(1, 'bench/rows');
  const data = Float32Array.from({ length: count * dim }, (_, i) => normalAt(key, i));
  const queries = join(folder, `queries-${count}.npy`);
  await writeNpy(queries, { shape: [count, dim], data });
  await using read = await RowsPeer.open({ file, dim, queries, k: K }, 'read');
  await using held = await RowsPeer.open({ file, dim, queries, k: K }, 'held');
  const before = { process: process.memoryUsage.rss(), gpu: gpu.counters.bytesAlive };
  let [processBytes, gpuBytes] = [0, 0];
  const ours = async () => {
    const watch = setInterval(() => {
      processBytes = Math.max(processBytes, process.memoryUsage.rss() - before.process);
      gpuBytes = Math.max(gpuBytes, gpu.counters.bytesAlive - before.gpu);
    }, 5);
    const source = await openRows({ openFile }, { file, dim });
    try {
      const found = await searchRows(gpu, { data, rows: count, dim }, source, { topK: K });
      return Float32Array.from(found.indices);
    } finally {
      clearInterval(watch);
      await source.close();
    }
  };
  const peers = [
    { name: 'NumPy, rows read from the file', run: () => read.search() },
    { name: 'NumPy, rows held in f32', run: () => held.search() },
    { name: 'ours', run: ours },
  ];
  const times = peers.map((): number[] => []);
  const found: Float32Array[] = [];
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { name, run }] of peers.entries()) {
      onProgress?.(`${count} queries: ${name}, run ${round} of ${rounds}`);
      const begun = performance.now();
      found[i] = await run();
      if (round > 0) times[i]?.push(performance.now() - begun);
    }
  }
  const [judge = new Float32Array()] = found;
  const raced = peers.map(({ name }, i) => {
    const time = spreadOf(times[i] ?? []);
    const same = found[i]?.filter((row, at) => row === judge[at]).length ?? 0;
    return {
      name,
      time,
      gigabytesPerSecond: (2 * rows * dim) / time.median / 1e6,
      gflops: (2 * count * rows * dim) / time.median / 1e6,
      agreement: same / judge.length,
    };
  });
  return { race: { queries: count, peers: raced, processBytes, gpuBytes }, numpy: read.version };
}
