import { openCheckpoint } from '../weights/checkpoint.ts';
import { loadConfig, type ModelConfig } from '../weights/config.ts';
import { weightReader } from '../weights/reader.ts';
import { checkTensors, tensorNames } from '../weights/schema.ts';
import type { Checkpoint } from '../weights/tensor-info.ts';
import { floatPieces } from '../weights/tensor-pieces.ts';
import type { LoadOptions } from './api.ts';
import { TextTower } from './bert/text-tower.ts';
import { uploadBert } from './bert/weights.ts';
import { Model } from './biomedclip.ts';
import { describeDevice, requestGpu } from './device/adapter.ts';
import { Gpu } from './device/gpu.ts';
import { InvalidOptionError, throwIfAborted } from './errors.ts';
import type { GemmShape } from './kernels/gemm-tile.ts';
import { tuneGemm } from './kernels/gemm-tuning.ts';
import type { WeightStorage } from './kernels/packed-matrix.ts';
import { WeightUploader } from './kernels/weight-uploader.ts';
import type { Platform } from './platform.ts';
import { ClipTokenizer } from './text/tokenizer.ts';
import { ImageTower } from './vit/image-tower.ts';
import { uploadVit } from './vit/weights.ts';

const LOGIT_SCALE = 'logit_scale';

/**
 * Loads a BiomedCLIP checkpoint directory as it is downloaded, or one of the same layout.
 * Every tensor is checked before the GPU is touched; weights stream through pieces of a few MB.
 * @throws {BiomedClipError} a typed error that names the file, tensor or option, or the adapter
 */
export async function loadBiomedClip(
  platform: Platform,
  source: string | URL,
  options: LoadOptions = {},
): Promise<Model> {
  const { dtype = 'f32', signal } = options;
  if (dtype !== 'f32' && dtype !== 'f16') throw new InvalidOptionError('dtype', "'f32' or 'f16'", dtype);
  throwIfAborted(signal);
  const directory = await platform.openDirectory(source);
  const checkpoint = await openCheckpoint(directory);
  try {
    const config = await loadConfig(directory, checkpoint);
    checkTensors(checkpoint, config);
    const tokenizer = await ClipTokenizer.load(directory, config.text);
    const logitScale = Math.exp(await readScalar(checkpoint, LOGIT_SCALE));
    throwIfAborted(signal);
    const gpu = await openGpu(platform, options);
    try {
      const towers = await uploadTowers(gpu, checkpoint, config, options);
      await tuneGemm(gpu, gemmShapes(config, storageFor(gpu, dtype)), platform.tuningCache, {
        signal,
        onProgress: (done, total) => options.onProgress?.({ stage: 'tuning', done, total }),
      });
      const info = {
        name: directory.name,
        untrained: config.untrained,
        dtype,
        adapter: gpu.info.description,
        embedDim: config.embedDim,
        imageSize: config.image.size,
        contextLength: config.text.contextLength,
        logitScale,
      };
      return new Model(info, platform, gpu, tokenizer, towers, config);
    } catch (error) {
      gpu.destroy(); // of a caller's device, only what was made on it here
      throw error;
    }
  } finally {
    await checkpoint.close();
  }
}

async function openGpu(platform: Platform, options: LoadOptions): Promise<Gpu> {
  const { device, adapter, toggles = [], withoutFeatures } = options;
  if (device) return new Gpu(device, describeDevice(device), false);
  return requestGpu(await platform.gpu({ adapter, toggles }), { withoutFeatures });
}

/**
 * f16 weights are read natively where the adapter can, and unpacked from words where it cannot. Software adapters
 * pay for each load, not for its width: there two values to a word are the faster way (a GEMM on lavapipe by 8 %).
 */
function storageFor({ info }: Gpu, dtype: 'f32' | 'f16'): WeightStorage {
  if (dtype === 'f32') return 'f32';
  return info.features.has('shader-f16') && !info.software ? 'f16' : 'packed16';
}

async function uploadTowers(gpu: Gpu, checkpoint: Checkpoint, config: ModelConfig, options: LoadOptions) {
  const { dtype = 'f32', signal, onProgress } = options;
  const total = tensorNames(config)
    .filter((name) => name !== LOGIT_SCALE) // it never goes to the GPU
    .reduce((sum, name) => sum + (checkpoint.tensors.get(name)?.byteLength ?? 0), 0);
  const onRead = (done: number) => onProgress?.({ stage: 'weights', done, total });
  const uploader = new WeightUploader(
    gpu,
    weightReader(checkpoint, { signal, onRead }),
    storageFor(gpu, dtype),
  );
  try {
    const vit = await uploadVit(uploader, config.image.depth);
    const bert = await uploadBert(uploader, config.text.depth, config.text.width);
    return {
      image: new ImageTower(gpu, vit, config.image),
      text: new TextTower(gpu, bert, config.text),
      tensors: uploader.tensors,
    };
  } finally {
    uploader.finish();
  }
}

async function readScalar(checkpoint: Checkpoint, tensor: string): Promise<number> {
  for await (const { values } of floatPieces(checkpoint, tensor)) return values[0] ?? Number.NaN;
  return Number.NaN;
}

/** The GEMMs that take nearly all the time, at the rows of a usual batch. */
function gemmShapes({ image, text }: ModelConfig, storage: WeightStorage): GemmShape[] {
  const tokens = (image.size / image.patch) ** 2 + 1;
  const layer = (M: number, width: number, mlpWidth: number) => [
    { M, N: 3 * width, K: width, storage },
    { M, N: width, K: width, storage },
    { M, N: mlpWidth, K: width, storage },
    { M, N: width, K: mlpWidth, storage },
  ];
  return [
    ...layer(8 * tokens, image.width, image.mlpWidth),
    ...layer(tokens, image.width, image.mlpWidth),
    ...layer(128, text.width, text.mlpWidth),
  ];
}
