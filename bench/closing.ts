import { type HeadOptions, headSettings } from '../src/closing/head/options.ts';
import { trainHead } from '../src/closing/head/train-head.ts';
import { fitMaps } from '../src/closing/methods.ts';
import { unitRows } from '../src/closing/sample.ts';
import type { ClosingMethod } from '../src/closing-data.ts';
import { requestGpu } from '../src/device/adapter.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { throwIfAborted } from '../src/errors.ts';
import type { Vectors } from '../src/metrics/vectors.ts';
import { openWebGpu } from '../src/node/vulkan.ts';
import { seededUniform } from '../test/support/numbers.ts';
import { type TorchTraining, torchPeer } from './closing-peer.ts';
import { type Spread, spreadOf } from './statistics.ts';

export interface ClosingBenchOptions {
  readonly adapter?: string;
  /** Dimensions; 192 and 512 by default. */
  readonly dims?: readonly number[];
  /** Pairs; default 10,000. */
  readonly pairs?: number;
  /** Default 256. */
  readonly batch?: number;
  /** Default 250. */
  readonly steps?: number;
  /** Timed trainings of each after the first; default 3. */
  readonly rounds?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** Training a head beside the same loop in PyTorch on the CPU, on the same rows and batches. */
export interface ClosingReport {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly torch: string;
  readonly pairs: number;
  readonly batch: number;
  readonly steps: number;
  readonly rounds: number;
  readonly trainings: readonly ClosingTraining[];
  readonly forms: readonly ClosedFormTime[];
}

/** Fitting both maps of a method, from rows in memory. */
export interface ClosedFormTime {
  readonly dim: number;
  readonly method: ClosingMethod;
  readonly seconds: Spread;
}

export interface ClosingTraining {
  readonly dim: number;
  readonly modGap: number;
  /** From rows in memory to the trained maps, with the compilation of the shaders. */
  readonly firstSeconds: number;
  /** The same again. */
  readonly seconds: Spread;
  /** One, or all cores: what is faster. */
  readonly torchThreads: number;
  /** Of PyTorch's loop alone. */
  readonly torchSeconds: Spread;
  /** Our median divided by PyTorch's. */
  readonly ratio: number;
  readonly finalLoss: number;
  readonly torchFinalLoss: number;
  /** The largest of the steps' differences. */
  readonly lossDifference: number;
}

/** @throws {Error} if the losses are not PyTorch's: then the times mean nothing */
export async function benchClosing(options: ClosingBenchOptions = {}): Promise<ClosingReport> {
  const { adapter, dims = [192, 512], pairs = 10_000, batch = 256, steps = 250, rounds = 3 } = options;
  const gpu = await requestGpu(await openWebGpu(adapter));
  try {
    const trainings: ClosingTraining[] = [];
    const forms: ClosedFormTime[] = [];
    let peer: TorchTraining | undefined;
    for (const dim of dims) {
      const rows = { images: view(pairs, dim, 10), texts: view(pairs, dim, 20) };
      for (const modGap of [0, 1]) {
        const timed = await timeTraining(gpu, rows, { batch, steps, modGap }, rounds, options);
        trainings.push(timed.training);
        peer = timed.peer;
      }
      forms.push(...(await timeForms(gpu, rows, rounds, options)));
    }
    return {
      date: new Date().toISOString(),
      adapter: gpu.info.description,
      node: process.version,
      torch: peer?.torch ?? '',
      pairs,
      batch,
      steps,
      rounds,
      trainings,
      forms,
    };
  } finally {
    gpu.destroy();
  }
}

/** Losses of f32 sums in another order differ by some 1e-6, and drift apart over the steps. */
const PARITY = 1e-3;

async function timeTraining(
  gpu: Gpu,
  { images, texts }: { readonly images: Vectors; readonly texts: Vectors },
  head: HeadOptions,
  rounds: number,
  { signal, onProgress }: ClosingBenchOptions,
): Promise<{ training: ClosingTraining; peer: TorchTraining }> {
  const torch = await torchPeer(images, texts, headSettings(head, images.rows));
  try {
    const first = await timed(() => trainHead(gpu, images, texts, { ...head, signal }));
    let peer = await torch.train(signal);
    const losses = first.result.losses.map(({ loss }) => loss);
    const lossDifference = Math.max(
      ...losses.map((loss, i) => Math.abs(loss - (peer.losses[i] ?? Number.NaN))),
    );
    if (!(lossDifference <= PARITY)) throw new Error(`a loss differs from PyTorch's by ${lossDifference}`);
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      throwIfAborted(signal);
      ours.push((await timed(() => trainHead(gpu, images, texts, { ...head, signal }))).seconds);
      peer = await torch.train(signal);
      theirs.push(peer.seconds);
      onProgress?.(`D ${images.dim}: ${ours.at(-1)?.toFixed(2)} s (PyTorch ${peer.seconds.toFixed(2)})`);
    }
    const [seconds, torchSeconds] = [spreadOf(ours), spreadOf(theirs)];
    const training = {
      dim: images.dim,
      modGap: head.modGap ?? 0,
      firstSeconds: first.seconds,
      seconds,
      torchThreads: peer.threads,
      torchSeconds,
      ratio: seconds.median / torchSeconds.median,
      finalLoss: losses.at(-1) ?? Number.NaN,
      torchFinalLoss: peer.losses.at(-1) ?? Number.NaN,
      lossDifference,
    };
    return { training, peer };
  } finally {
    await torch.close();
  }
}

const FORMS: readonly ClosingMethod[] = ['center', 'transport', 'reciprocal', 'local', 'cca'];

async function timeForms(
  gpu: Gpu,
  rows: { readonly images: Vectors; readonly texts: Vectors },
  rounds: number,
  { signal, onProgress }: ClosingBenchOptions,
): Promise<ClosedFormTime[]> {
  const [images, texts] = [unitRows('images', rows.images), unitRows('texts', rows.texts)];
  const times: ClosedFormTime[] = [];
  for (const method of FORMS) {
    const seconds: number[] = [];
    for (let round = 0; round < Math.max(rounds, 1); round++) {
      throwIfAborted(signal);
      const fit = () => fitMaps(gpu, { images, texts, paired: true }, { method }, { signal });
      seconds.push((await timed(fit)).seconds);
    }
    times.push({ dim: images.dim, method, seconds: spreadOf(seconds) });
    onProgress?.(`D ${images.dim}, ${method}: ${seconds.at(-1)?.toFixed(2)} s`);
  }
  return times;
}

async function timed<T>(run: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const begin = performance.now();
  const result = await run();
  return { seconds: (performance.now() - begin) / 1000, result };
}

const LATENT = 32;

/** One modality's view of latent numbers that both share, with a mean and noise of its own. */
function view(rows: number, dim: number, seed: number): Vectors {
  const latent = seededUniform(rows * LATENT, 1);
  const basis = seededUniform(LATENT * dim, seed);
  const offset = seededUniform(dim, seed + 1);
  const data = seededUniform(rows * dim, seed + 2);
  for (const [at, noise] of data.entries()) {
    const [row, column] = [Math.floor(at / dim), at % dim];
    let value = noise + 2 * (offset[column] ?? 0);
    for (let l = 0; l < LATENT; l++) {
      value += (latent[row * LATENT + l] ?? 0) * (basis[l * dim + column] ?? 0);
    }
    data[at] = value;
  }
  return { data, rows, dim };
}
