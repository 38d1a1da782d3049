import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { HeadSettings } from '../src/closing/head/options.ts';
import { batchesOf } from '../src/closing/head/schedule.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { writeNpy } from '../src/node/npy.ts';
import script from './closing-peer.py';
import { PYTHON } from './python-process.ts';

const run = promisify(execFile);
/** Steps by which the number of threads is chosen. */
const TRIAL_STEPS = 20;

export interface TorchTraining {
  /** Of the loop alone, without Python's start and the reading of the rows. */
  readonly seconds: number;
  /** Of each step. */
  readonly losses: readonly number[];
  readonly torch: string;
  readonly threads: number;
}

export interface TorchPeer {
  /** Trains once, on one core or on all: what a few steps showed to be faster, since small products lose by threads. */
  train(signal?: AbortSignal): Promise<TorchTraining>;
  close(): Promise<void>;
}

/** PyTorch with the same rows, batches and settings, of which the scale is a number. */
export async function torchPeer(images: Vectors, texts: Vectors, settings: HeadSettings): Promise<TorchPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'closing-peer-'));
  const [x, y, order] = ['images.npy', 'texts.npy', 'order.npy'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeNpy(x, { shape: [images.rows, images.dim], data: images.data });
  await writeNpy(y, { shape: [texts.rows, texts.dim], data: texts.data });
  const { steps, batch } = settings;
  const batches = Float32Array.from(batchesOf(settings, images.rows, 0, steps)); // whole numbers below 2^24
  await writeNpy(order, { shape: [steps, batch], data: batches });
  const train = async (threads: number, most: number, signal?: AbortSignal): Promise<TorchTraining> => {
    const options = JSON.stringify({ ...settings, threads, most });
    const { stdout } = await run(PYTHON, ['-c', script, x, y, order, options], { signal });
    return JSON.parse(stdout);
  };
  let threads: number | undefined;
  return {
    async train(signal) {
      if (threads === undefined) {
        const [one, all] = [
          await train(1, TRIAL_STEPS, signal),
          await train(cpus().length, TRIAL_STEPS, signal),
        ];
        threads = one.seconds < all.seconds ? one.threads : all.threads;
      }
      return train(threads, steps, signal);
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
