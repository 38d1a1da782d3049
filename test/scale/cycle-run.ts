import { readdir } from 'node:fs/promises';
import { BiomedClip } from '../../src/index.ts';
import { type Slope, slopeOf } from './slope.ts';

/** What a process holds after each cycle; slopes are a cycle's, of the last three quarters. */
export interface CycleReport {
  readonly megabytes: Slope;
  readonly heapMegabytes: Slope;
  readonly threads: Slope;
}

export interface CycleOptions {
  readonly cycles: number;
  /** A checkpoint; the embedded model without it. */
  readonly model?: string;
  readonly adapter?: string;
  readonly say?: (text: string) => void;
}

interface Sample {
  readonly megabytes: number;
  readonly heap: number;
  readonly threads: number;
}

/** Loads a model, embeds a caption and destroys it, again and again. */
export async function cycleRun({ cycles, model, adapter, say }: CycleOptions): Promise<CycleReport> {
  const samples: Sample[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    await using loaded = await BiomedClip.load(model, { adapter });
    await loaded.embedBatch({ texts: ['a chest x-ray'] });
    await loaded[Symbol.asyncDispose]();
    globalThis.gc?.(); // so that what is left is held
    const { rss, heapUsed } = process.memoryUsage();
    const threads = (await readdir('/proc/self/task')).length;
    samples.push({ megabytes: rss / 1e6, heap: heapUsed / 1e6, threads });
    say?.(`${cycle + 1} cycles, ${Math.round(rss / 1e6)} MB, ${threads} threads`);
  }
  const settled = samples.slice(Math.floor(cycles / 4));
  const of = (value: (one: Sample) => number) => slopeOf([...settled.keys()], settled.map(value));
  return {
    megabytes: of((one) => one.megabytes),
    heapMegabytes: of((one) => one.heap),
    threads: of((one) => one.threads),
  };
}
