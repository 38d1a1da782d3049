import type { Dtype } from '../src/api.ts';
import type { KernelTime } from '../src/device/profile.ts';
import type { BiomedClipModel } from '../src/model/biomedclip.ts';
import { loadBiomedClip } from '../src/model/load.ts';
import { platform as nodePlatform } from '../src/node/platform.ts';
import type { ModelConfig } from '../weights/config.ts';
import { shareDriver } from './onnx/share-driver.ts';
import { onnxVersion } from './onnx/version.ts';
import { type RaceResult, race } from './race.ts';
import { gemmSize } from './roofline/work.ts';
import { type Contest, contestFiles, imageContest, textContest } from './tower-contests.ts';
import { TEXT_LENGTHS } from './tower-inputs.ts';

export interface TowersOptions {
  /** A checkpoint directory. */
  readonly model: string;
  readonly adapter?: string;
  /** Timed runs of each peer; 5 by default. */
  readonly rounds?: number;
  /** Images a run; 1 by default. */
  readonly images?: number;
  /** Texts a run; 8 by default. */
  readonly texts?: number;
  /** Skip ONNX Runtime's WebGPU provider, which takes most of the time on software adapters. */
  readonly withoutOrtWebGpu?: boolean;
  /** Leave the texts out. */
  readonly imagesOnly?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** The towers beside ONNX Runtime: same machine, adapter, weights, inputs and read-back, alternating. */
export interface TowersReport {
  readonly date: string;
  readonly adapter: string;
  readonly node: string;
  readonly onnxruntime: string;
  /** How ONNX Runtime was run. */
  readonly ortSettings: string;
  readonly model: string;
  readonly rounds: number;
  readonly races: readonly {
    readonly name: string;
    readonly items: number;
    readonly peers: readonly RaceResult[];
  }[];
  /** Bytes of GPU memory that each tower's weights take, by dtype. */
  readonly weightBytes: Readonly<Record<Dtype, { readonly image: number; readonly text: number }>>;
  /** Our GEMMs in the image tower, f32, by shape. */
  readonly gemm: readonly GemmRate[];
  readonly kernels: readonly KernelTime[];
}

export interface GemmRate {
  /** M x N x K */
  readonly shape: string;
  readonly dispatches: number;
  readonly milliseconds: number;
  readonly gflops: number;
}

/**
 * Images and texts a second beside ONNX Runtime's CPU and WebGPU providers, parity checked in the same run, and the
 * rate of each GEMM shape by timestamps.
 * @throws {OnnxRuntimeMissingError} if onnxruntime-node is not installed
 */
export async function benchTowers(options: TowersOptions): Promise<TowersReport> {
  const { model: path, adapter, rounds = 5, images = 1, texts = 8, onProgress = () => {} } = options;
  const files = await contestFiles(path);
  const load = (dtype: Dtype) =>
    loadBiomedClip(nodePlatform, path, { dtype, adapter, signal: options.signal });
  const ours = { f32: await load('f32'), f16: await load('f16'), q8: await load('q8') };
  shareDriver(await nodePlatform.gpu({ adapter, toggles: [] }));
  const bench = { options, config: files.config, rounds, onProgress };
  const parts = { ...files, ours };
  try {
    const races = [await runRace(bench, imageContest(parts, images))];
    for (const [name, lengths] of options.imagesOnly ? [] : Object.entries(TEXT_LENGTHS)) {
      races.push(await runRace(bench, textContest(parts, name, lengths, texts)));
    }
    const kernels = await ours.f32.profile(images);
    return {
      ...environment(ours.f32, path),
      rounds,
      races,
      weightBytes: {
        f32: ours.f32.weightBytes,
        f16: ours.f16.weightBytes,
        q8: ours.q8.weightBytes,
      },
      gemm: kernels.flatMap(gemmRate),
      kernels,
    };
  } finally {
    for (const model of Object.values(ours)) model.destroy();
  }
}

interface Bench {
  readonly options: TowersOptions;
  readonly config: ModelConfig;
  readonly rounds: number;
  readonly onProgress: (message: string) => void;
}

async function runRace(bench: Bench, { name, items, reference, ort, ortPadded, ours }: Contest) {
  const { options, rounds, config, onProgress } = bench;
  const cpu = await reference('cpu');
  const webgpu = options.withoutOrtWebGpu ? undefined : await reference('webgpu');
  try {
    const peers = [
      ...(webgpu ? [{ name: 'ORT webgpu', run: () => ort(webgpu) }] : []),
      ...(webgpu && ortPadded
        ? [{ name: `ORT webgpu, ${config.text.contextLength} tokens`, run: () => ortPadded(webgpu) }]
        : []),
      { name: 'ORT cpu', run: () => ort(cpu) },
      ...ours,
    ];
    const onRun = (peer: string, round: number) => onProgress(`${name}: ${peer}, run ${round} of ${rounds}`);
    const { embedDim: dim } = config;
    return {
      name,
      items,
      peers: await race(peers, { rounds, items, dim, judge: 'ORT cpu', signal: options.signal, onRun }),
    };
  } finally {
    await cpu.release();
    await webgpu?.release();
  }
}

function environment(model: BiomedClipModel, path: string) {
  return {
    date: new Date().toISOString(),
    adapter: model.info.adapter,
    node: process.version,
    onnxruntime: onnxVersion(),
    ortSettings: 'cpu: default threads; webgpu: defaults (robustness off, validation basic, dynamic padding)',
    model: path,
  };
}

/** The rate of a GEMM's dispatches; none for another kernel. */
function gemmRate(time: KernelTime): GemmRate[] {
  const size = gemmSize(time);
  if (!size) return [];
  const { M, N, K } = size;
  const { dispatches, milliseconds } = time;
  const gflops = (2 * M * N * K * dispatches) / milliseconds / 1e6;
  return [{ shape: `${M} x ${N} x ${K}`, dispatches, milliseconds, gflops }];
}
