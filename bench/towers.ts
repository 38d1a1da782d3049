import type { Dtype } from '../src/api.ts';
import type { KernelTime } from '../src/device/profile.ts';
import type { BiomedClipModel } from '../src/model/biomedclip.ts';
import { loadBiomedClip } from '../src/model/load.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { platform as nodePlatform } from '../src/node/platform.ts';
import { driverOf } from '../src/node/vulkan.ts';
import type { FileDirectory } from '../src/platform/files.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import type { ModelConfig } from '../weights/config.ts';
import { readConfig } from '../weights/config.ts';
import type { OnnxSession } from './onnx/onnx-session.ts';
import { normalisePixels } from './onnx/pixels.ts';
import { referenceText, referenceVit } from './onnx/reference.ts';
import { onnxVersion } from './onnx/version.ts';
import { type Peer, type RaceResult, race } from './race.ts';
import { gemmSize } from './roofline/work.ts';
import { picture, seesPadding, TEXT_LENGTHS, textsOf } from './tower-inputs.ts';

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
  const directory = await openLocalDirectory(path);
  const config = await readConfig(directory);
  const tokenizer = await loadTokenizer(directory, config.text);
  const load = (dtype: Dtype) =>
    loadBiomedClip(nodePlatform, path, { dtype, adapter, signal: options.signal });
  const ours = { f32: await load('f32'), f16: await load('f16'), q8: await load('q8') };
  await shareDriver(adapter);
  const bench = { options, config, directory, ours, rounds, onProgress };
  try {
    const pictures = Array.from({ length: images }, (_, i) => picture(config.image.size, i));
    const races = [await raceImages(bench, pictures)];
    for (const [name, lengths] of options.imagesOnly ? [] : Object.entries(TEXT_LENGTHS)) {
      races.push(await raceTexts(bench, name, textsOf(lengths, texts, tokenizer), tokenizer.padding));
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
  readonly directory: FileDirectory;
  readonly ours: Readonly<Record<Dtype, BiomedClipModel>>;
  readonly rounds: number;
  readonly onProgress: (message: string) => void;
}

async function raceImages(bench: Bench, pictures: readonly ReturnType<typeof picture>[]) {
  const { config, directory, ours } = bench;
  const embed = async (model: BiomedClipModel) =>
    (await model.embedBatch({ images: pictures }, { batchSize: pictures.length })).images.data;
  const pixels = normalisePixels(
    pictures.map(({ data }) => data),
    config.image,
  );
  return runRace(bench, `images, ${config.image.size} px`, pictures.length, {
    reference: (provider) => referenceVit(directory, { provider }),
    ort: async (session) => (await session.embedVit(pixels, config.image.size)).data,
    ours: peersOf(ours, embed),
  });
}

async function raceTexts(
  bench: Bench,
  name: string,
  { texts, ids, meanTokens }: ReturnType<typeof textsOf>,
  padId: number,
) {
  const { directory, ours, config } = bench;
  const padded = { padTo: config.text.contextLength, padId };
  const embed = async (model: BiomedClipModel) =>
    (await model.embedBatch({ texts }, { batchSize: texts.length })).texts.data;
  return runRace(bench, `${name}, mean ${meanTokens} tokens`, texts.length, {
    reference: (provider) => referenceText(directory, { provider }),
    ort: async (session) => (await session.embedBert(ids, seesPadding(config) ? padded : {})).data,
    ortPadded: async (session) => (await session.embedBert(ids, padded)).data,
    ours: peersOf(ours, embed),
  });
}

function peersOf(
  ours: Bench['ours'],
  embed: (model: BiomedClipModel) => Promise<Float32Array>,
): readonly Peer[] {
  return Object.entries(ours).map(([dtype, model]) => ({ name: `ours ${dtype}`, run: () => embed(model) }));
}

interface Contest {
  readonly reference: (provider: 'cpu' | 'webgpu') => Promise<OnnxSession>;
  readonly ort: (session: OnnxSession) => Promise<Float32Array>;
  /** The same with every text padded to the whole context, as it is anyway where padding is seen. */
  readonly ortPadded?: (session: OnnxSession) => Promise<Float32Array>;
  readonly ours: readonly Peer[];
}

async function runRace(
  bench: Bench,
  name: string,
  items: number,
  { reference, ort, ortPadded, ours }: Contest,
) {
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

/** ONNX Runtime's own Dawn reads this variable at its first session; gives it our driver. */
async function shareDriver(adapter: string | undefined): Promise<void> {
  const icd = driverOf(await nodePlatform.gpu({ adapter, toggles: [] }));
  if (icd) process.env.VK_ICD_FILENAMES = icd;
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
