import type { Dtype } from '../../src/api.ts';
import type { Recorder } from '../../src/device/commands.ts';
import type { Gpu } from '../../src/device/gpu.ts';
import { IN_FLIGHT } from '../../src/device/program.ts';
import { ProgramRecorder } from '../../src/device/recorder.ts';
import { byteLength, makeTensor, type Tensor } from '../../src/device/tensor.ts';
import type { WeightStorage } from '../../src/kernels/gemm/packed-matrix.ts';
import { IMAGES_A_PASS, usualTokens } from '../../src/model/batch-sizes.ts';
import { recordImages, tokensPerImage } from '../../src/model/image-tower.ts';
import { storagesFor } from '../../src/model/storages.ts';
import { recordTexts, type TextBatchShape } from '../../src/model/text-tower.ts';
import { maxTokens, PROGRAM_BUDGET } from '../../src/model/tower.ts';
import { kindOfImageTower, kindOfTextTower } from '../../src/model/tower-kinds.ts';
import { WeightShapes } from '../../src/model/weight-shapes.ts';
import { expectedTensors } from '../../weights/schema.ts';
import { BIOMEDCLIP } from './biomedclip.ts';
import { table } from './markdown.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const OUTPUT = { normalize: true, tokens: false };
const BATCHES = [1, IMAGES_A_PASS, 16, 32, 64, 128, 256];
const TOKENS = [512, 1024, 2048, 4096, 8192, 16384];
const GPU_MEMORY = [2, 4, 6, 8, 12, 16, 24, 48];
/** What the upload of an image batch may hold besides (`src/image/resize.ts`), and as much again for what it makes of it. */
const RESIZER = 128 * MIB;
/** The share of a GPU's memory that a program should count on: the screen and other programs have the rest. */
const SHARE = 0.75;
/** WebGPU's own default, which every adapter has, and what large GPUs usually allow. */
const BINDINGS = [128 * MIB, 1 * GIB, 2 * GIB - 4];

/** GPU bytes by the plan that the engine itself follows. */
export interface Memory {
  readonly weights: number;
  readonly images: (batch: number) => number;
  readonly texts: (shape: TextBatchShape) => number;
}

/** Records both towers without a GPU, with the shapes of BiomedCLIP's weights. */
export async function plannedMemory(dtype: Dtype): Promise<Memory> {
  const shapes = new Map(expectedTensors(BIOMEDCLIP).map(({ name, shape }) => [name, shape]));
  const { matrices, tables } = storagesFor(PLANNING, dtype);
  const source = new CountedShapes((tensor) => shapes.get(tensor) ?? [], matrices, tables);
  const { image, text } = BIOMEDCLIP;
  const vit = await kindOfImageTower(image).upload(source, image);
  const bert = await kindOfTextTower(text).upload(source, text);
  return {
    weights: source.bytes,
    images: (batch) => programBytes((cmd) => recordImages(cmd, batch, vit, image, OUTPUT)),
    texts: (shape) => programBytes((cmd) => recordTexts(cmd, shape, bert, OUTPUT)),
  };
}

/** As `Program.record` allocates: the plan's slots, a parameter block a step, and the read-back buffers. */
function programBytes(
  build: (cmd: Recorder) => { readonly outputs: Readonly<Record<string, Tensor>> },
): number {
  const recorder = new ProgramRecorder(PLANNING);
  const { outputs } = build(recorder);
  const slots = recorder.plan.slots.reduce((sum, { bytes }) => sum + bytes, 0);
  const readBack = Object.values(outputs).reduce((sum, tensor) => sum + byteLength(tensor), 0);
  return slots + recorder.steps.length * 256 + IN_FLIGHT * readBack;
}

/** Counts what the weights would take. Biases and layer norms are vectors. */
class CountedShapes extends WeightShapes {
  bytes = 0;

  override async linear(...args: Parameters<WeightShapes['linear']>) {
    return this.#counted(await super.linear(...args));
  }

  override async stacked(names: readonly string[]) {
    return this.#counted(await super.stacked(names));
  }

  override async table(name: string, storage?: WeightStorage) {
    return this.#count(await super.table(name, storage));
  }

  override async vector(names: readonly string[], length?: number) {
    return this.#count(await super.vector(names, length));
  }

  #counted<L extends Awaited<ReturnType<WeightShapes['linear']>>>(layer: L): L {
    this.#count(layer.weight.words);
    return layer;
  }

  #count(tensor: Tensor): Tensor {
    this.bytes += byteLength(tensor);
    return tensor;
  }
}

/** What a recording asks of a GPU when nothing is compiled or allocated: a GPU of WebGPU's default limits. */
const PLANNING = {
  info: {
    software: false,
    subgroupMatrices: [],
    features: new Set<string>(),
    subgroupMinSize: 0,
    subgroupMaxSize: 0,
  },
  device: { limits: { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupStorageSize: 16384 } },
  limits: { maxBufferSize: 256 * MIB, maxStorageBufferBindingSize: 128 * MIB },
  nothing: makeTensor([1], 'f32', { buffer: undefined }),
  pipelines: { get: () => ({}) },
} as unknown as Gpu;

/** The page of what fits: calculated by the engine's own plan. */
export async function memoryPage(): Promise<string> {
  const [f32, f16, q8] = [await plannedMemory('f32'), await plannedMemory('f16'), await plannedMemory('q8')];
  const usual = { texts: 64, rows: usualTokens({ info: { software: false } }) };
  const T = tokensPerImage(BIOMEDCLIP.image);
  return [
    '# Batch size and memory by GPU',
    '::: warning Calculated, not measured\nThe figures on this page are calculated from the engine’s own memory plan for ' +
      'BiomedCLIP’s sizes (ViT-B/16, PubMedBERT, 512 dimensions). No GPU was available to measure on. What was measured, ' +
      'on software adapters, is in [the benchmarks](../../bench/RESULTS.md), each with its adapter.\n:::',
    'Short answer: leave `batchSize` out. The default, 8 images or about 2,048 tokens a pass, needs ' +
      `${mib(f32.weights + f32.images(IMAGES_A_PASS) + f32.texts(usual))} in f32 and ` +
      `${mib(f16.weights + f16.images(IMAGES_A_PASS) + f16.texts(usual))} in f16, weights included. Raise it on a large GPU, ` +
      'measure, and keep what is faster.',
    '## What the weights take',
    table(
      ['`dtype`', 'GPU memory'],
      [
        ['`f32` (default)', mib(f32.weights)],
        ['`f16`', mib(f16.weights)],
        ['`q8`', mib(q8.weights)],
      ],
    ),
    'While weights are uploaded, 16 MiB of staging come on top. Both towers stay on the GPU until `destroy()`.',
    '## What a batch takes',
    'Working memory of one pass, beyond the weights; the same for every dtype, since activations are f32 in each.',
    table(
      ['images a pass', 'tokens', 'working memory'],
      BATCHES.map((batch) => [`${batch}`, (batch * T).toLocaleString('en'), mib(f32.images(batch))]),
    ),
    table(
      ['tokens of all texts of a pass', 'working memory'],
      TOKENS.map((rows) => [
        rows.toLocaleString('en'),
        mib(f32.texts({ texts: Math.ceil(rows / 32), rows })),
      ]),
    ),
    `Each batch shape keeps its memory for the next batch of that shape, up to ${mib(PROGRAM_BUDGET)} a tower. Decoded ` +
      'pixels wait in at most 64 MiB, and the resizer has as much again for large images.',
    '## Which batch fits which GPU',
    `The largest power of two of images for which weights, that batch, a usual text batch and ${mib(RESIZER)} for resizing stay within ` +
      `${100 * SHARE} % of the GPU’s memory: the screen and other programs have the rest. The default is 8 everywhere.`,
    table(
      ['GPU memory', 'largest batch, f32', 'largest batch, f16', 'largest batch, q8'],
      GPU_MEMORY.map((gib) => [
        `${gib} GiB`,
        fitting(f32, gib * GIB, f32.texts(usual)),
        fitting(f16, gib * GIB, f16.texts(usual)),
        fitting(q8, gib * GIB, q8.texts(usual)),
      ]),
    ),
    '## What WebGPU’s limits allow',
    'Besides memory, one tensor of a pass must fit in what a kernel can bind (`maxStorageBufferBindingSize`, which `doctor` ' +
      'and `navigator.gpu` tell). A larger `batchSize` is lowered to it without a word, since results do not change.',
    table(
      ['binding limit', 'tokens a pass', 'images a pass'],
      BINDINGS.map((bytes) => {
        const tokens = maxTokens({ limits: { maxStorageBufferBindingSize: bytes } } as Gpu, BIOMEDCLIP.image);
        return [
          bytes % GIB === 0 || bytes < GIB ? mib(bytes) : `${mib(bytes)} (less 4 bytes)`,
          tokens.toLocaleString('en'),
          `${Math.floor(tokens / T)}`,
        ];
      }),
    ),
    '## When it does not fit',
    '[GpuOutOfMemoryError](errors.md#gpuoutofmemoryerror) and [DeviceLimitError](errors.md#devicelimiterror) say what was asked for. ' +
      "Lower `batchSize`, use `dtype: 'f16'` or `'q8'`, and call `destroy()` on models that are done with.",
  ].join('\n\n');
}

function fitting({ weights, images }: Memory, memory: number, texts: number): string {
  const fits = (batch: number) => weights + texts + RESIZER + images(batch) <= SHARE * memory;
  if (!fits(1)) return 'none';
  let batch = 1;
  while (batch < 1024 && fits(2 * batch)) batch *= 2;
  return batch === 1024 ? '1024 and more' : `${batch}`;
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / MIB).toLocaleString('en')} MiB`;
}
