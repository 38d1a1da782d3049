import { requestGpu } from '../src/device/adapter.ts';
import type { KernelTime } from '../src/device/profile.ts';
import { loadBiomedClip } from '../src/model/load.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { platform as nodePlatform } from '../src/node/platform.ts';
import { readConfig } from '../weights/config.ts';
import { measurePeaks, type Peaks } from './roofline/peaks.ts';
import { type ImagePass, type Work, workOf } from './roofline/work.ts';

export interface RooflineOptions {
  /** A checkpoint directory. */
  readonly model: string;
  readonly adapter?: string;
  /** Images of the pass; 1 by default. */
  readonly images?: number;
  /** Passes, of which the fastest counts; 3 by default. */
  readonly rounds?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** The image tower's kernels beside the adapter's measured peaks. */
export interface RooflineReport extends Peaks {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly model: string;
  readonly images: number;
  readonly passes: readonly RooflinePass[];
}

export interface RooflinePass {
  readonly dtype: 'f32' | 'f16';
  /** GPU time of all kernels. */
  readonly milliseconds: number;
  readonly kernels: readonly RooflineKernel[];
}

export interface RooflineKernel {
  readonly label: string;
  readonly dispatches: number;
  readonly milliseconds: number;
  /** Of the pass. */
  readonly share: number;
  readonly gflop?: number;
  readonly megabytes?: number;
  readonly gflops?: number;
  readonly gbs?: number;
  /** The least time by the peaks divided by the time taken: 1 is the roof. */
  readonly ofRoof?: number;
}

/** Where the time of the image tower goes, by timestamps, and how far each kernel is from the adapter's roofline. */
export async function benchRoofline(options: RooflineOptions): Promise<RooflineReport> {
  const { model, adapter, images = 1, onProgress = () => {} } = options;
  const gpu = await requestGpu(await nodePlatform.gpu({ adapter, toggles: [] }));
  onProgress('the adapter’s peaks');
  const peaks = await measurePeaks(gpu).finally(() => gpu.destroy());
  const pass = await imagePass(model, images);
  const passes: RooflinePass[] = [];
  for (const dtype of ['f32', 'f16'] as const) {
    onProgress(`a pass over ${images} images in ${dtype}`);
    passes.push(await profilePass(options, dtype, { ...pass, weightBytes: dtype === 'f32' ? 4 : 2 }, peaks));
  }
  return {
    date: new Date().toISOString(),
    adapter: gpu.info.description,
    node: process.version,
    model,
    images,
    ...peaks,
    passes,
  };
}

async function profilePass(
  { model: path, adapter, signal, rounds = 3 }: RooflineOptions,
  dtype: 'f32' | 'f16',
  pass: ImagePass,
  peaks: Peaks,
): Promise<RooflinePass> {
  const model = await loadBiomedClip(nodePlatform, path, { dtype, adapter, signal });
  try {
    let best: RooflinePass | undefined;
    for (let i = 0; i < rounds; i++) {
      const times = await model.profile(pass.B);
      const milliseconds = times.reduce((sum, time) => sum + time.milliseconds, 0);
      if (best && best.milliseconds <= milliseconds) continue;
      const kernels = times.map((time) => ({
        label: time.label,
        dispatches: time.dispatches,
        milliseconds: time.milliseconds,
        share: time.milliseconds / milliseconds,
        ...distance(time, pass, peaks),
      }));
      best = { dtype, milliseconds, kernels };
    }
    if (!best) throw new RangeError('rounds must be at least 1');
    return best;
  } finally {
    model.destroy();
  }
}

function distance(time: KernelTime, pass: ImagePass, peaks: Peaks) {
  const work = workOf(time, pass);
  return work ? ofPeaks(work, time.milliseconds, peaks, time.kernel === 'gemm-matrix') : {};
}

/** Rates, and the time that the peaks allow over the time taken. */
export function ofPeaks({ flops, bytes }: Work, milliseconds: number, peaks: Peaks, onUnits = false) {
  const gflops = (onUnits ? peaks.matrixGflops : undefined) ?? peaks.gflops;
  const least = 1000 * Math.max(flops / (gflops * 1e9), bytes / (peaks.copyGBs * 1e9));
  return {
    gflop: flops / 1e9,
    megabytes: bytes / 1e6,
    gflops: flops / milliseconds / 1e6,
    gbs: bytes / milliseconds / 1e6,
    ofRoof: least / milliseconds,
  };
}

async function imagePass(path: string, B: number): Promise<ImagePass> {
  const { image } = await readConfig(await openLocalDirectory(path));
  const { size, patch: P, width: C, heads: H, depth } = image;
  return { B, T: (size / P) ** 2 + 1, C, H, P, depth, weightBytes: 4 };
}
