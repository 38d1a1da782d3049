import { openCheckpoint } from '../../weights/checkpoint.ts';
import { type ModelConfig, readConfig } from '../../weights/config.ts';
import { LEAST_F32 } from '../../weights/config-fields.ts';
import { LogitScaleError, UnexpectedTensorsError } from '../../weights/errors.ts';
import { Fingerprint } from '../../weights/fingerprint.ts';
import { usualDtype } from '../../weights/int8.ts';
import { weightReader } from '../../weights/reader.ts';
import { checkTensors, tensorNames } from '../../weights/schema.ts';
import type { Checkpoint } from '../../weights/tensor-info.ts';
import { LOGIT_SCALE } from '../../weights/tensor-names.ts';
import { floatPieces } from '../../weights/tensor-pieces.ts';
import type { CheckpointSource, LoadOptions } from '../api.ts';
import {
  abortSignal,
  boolean,
  callback,
  checkOptions,
  gpuDevice,
  isObject,
  listOf,
  oneOf,
  type Shape,
  text,
} from '../arguments.ts';
import { ClosingLogitScaleError, ClosingMismatchError, ClosingUnknownModelError } from '../closing/errors.ts';
import type { ClosingReport } from '../closing-data.ts';
import { describeDevice, OPTIONAL_FEATURES, requestGpu } from '../device/adapter.ts';
import { Gpu } from '../device/gpu.ts';
import { type BiomedClipError, ShapeError, throwIfAborted } from '../errors.ts';
import type { GemmShape } from '../kernels/gemm/tile.ts';
import { tuneGemm } from '../kernels/gemm/tuning.ts';
import type { Platform } from '../platform/platform.ts';
import { warnOnConsole } from '../platform/warnings.ts';
import { readTokenizerFiles, tokenizerOf } from '../text/tokenizers.ts';
import { tunedRows } from './batch-sizes.ts';
import { BiomedClipModel } from './biomedclip.ts';
import { compileTowers } from './compile-towers.ts';
import { ImageTower, tokensPerImage } from './image-tower.ts';
import { storagesFor, type WeightStorages } from './storages.ts';
import { TextTower } from './text-tower.ts';
import { kindOfImageTower, kindOfTextTower } from './tower-kinds.ts';
import { WeightUploader } from './weight-uploader.ts';

const OPTIONS: Shape<LoadOptions> = {
  dtype: oneOf('f32', 'f16', 'q8'),
  adapter: text,
  device: gpuDevice,
  toggles: listOf(text), // checked where Dawn is started
  withoutFeatures: listOf(oneOf(...OPTIONAL_FEATURES)),
  cache: boolean,
  revision: text,
  hub: {
    words: 'an object with endpoint, token and cacheFolder',
    holds: isObject, // checked where it is read
  },
  closing: {
    words: 'a closing from fitGapClosing or loadGapClosing',
    holds: (value) => isObject(value) && isObject(value.maps) && isObject(value.report),
  },
  onProgress: callback,
  onWarning: callback,
  signal: abortSignal,
};

/**
 * Loads a checkpoint directory as it is downloaded, BiomedCLIP's or of another CLIP in open_clip's layout, or the
 * package's own.
 * Every tensor is checked before the GPU is touched; weights stream through pieces of a few MB.
 * @throws {BiomedClipError} a typed error that names the file, tensor or option, or the adapter
 */
export async function loadBiomedClip(
  platform: Platform,
  source: CheckpointSource | undefined,
  options: LoadOptions = {},
): Promise<BiomedClipModel> {
  checkOptions('load', 'options', options, OPTIONS);
  const { signal, onWarning = warnOnConsole } = options;
  throwIfAborted(signal);
  const directory = await platform.openDirectory(source, options);
  const fingerprint = new Fingerprint(await openCheckpoint(directory));
  const { checkpoint } = fingerprint; // hashes everything that is read through it
  try {
    const config = await readConfig(directory, checkpoint, onWarning);
    const { unexpected } = checkTensors(checkpoint, config);
    if (unexpected.length > 0) onWarning(new UnexpectedTensorsError(checkpoint.file, unexpected));
    const tokenizerFiles = await readTokenizerFiles(directory, config.text.kind);
    const tokenizer = tokenizerOf(tokenizerFiles, config.text, onWarning);
    const logitScale = await readLogitScale(checkpoint);
    throwIfAborted(signal);
    const gpu = await openGpu(platform, options);
    try {
      const dtype = options.dtype ?? usualDtype(checkpoint);
      const storages = storagesFor(gpu, dtype);
      // Before the weights are read: the GPU is idle now, and kernels with these tiles compile while they are read.
      await tuneGemm(gpu, gemmShapes(config, storages.matrices), platform.tuningCache, {
        signal,
        onProgress: (done, total) => options.onProgress?.({ stage: 'tuning', done, total }),
      });
      const compiled = compileTowers(gpu, (tensor) => shapeOf(checkpoint, tensor), config, storages);
      compiled.catch(() => {}); // awaited once the weights are there
      const towers = await uploadTowers(gpu, checkpoint, config, storages, options);
      await compiled;
      const id = await fingerprint.finish(config, tokenizerFiles, signal);
      if (options.closing) expectClosingFits(options.closing.report, id, config.embedDim, onWarning);
      const { report } = options.closing ?? {};
      const info = {
        name: directory.name,
        ...(directory.revision !== undefined && { revision: directory.revision }),
        fingerprint: id,
        untrained: config.untrained,
        towers: {
          image: kindOfImageTower(config.image).label,
          text: kindOfTextTower(config.text).label,
        },
        dtype,
        adapter: gpu.info.description,
        device: gpu.info.device,
        closing: report && { method: report.method, strength: report.strength },
        embedDim: report?.outDim ?? config.embedDim,
        imageSize: config.image.size,
        contextLength: config.text.contextLength,
        logitScale: report?.logitScale ?? logitScale,
      };
      const { closing } = options;
      return new BiomedClipModel(info, platform, gpu, { tokenizer, towers, config, closing });
    } catch (error) {
      gpu.destroy(); // a caller's device stays, without the buffers made here
      throw error;
    }
  } finally {
    await checkpoint.close();
  }
}

/** @throws {ClosingMismatchError} @throws {ShapeError} */
function expectClosingFits(
  { fingerprint, dim, logitScale }: ClosingReport,
  actual: string,
  embedDim: number,
  onWarning: (warning: BiomedClipError) => void,
): void {
  if (dim !== embedDim) throw new ShapeError('load', 'closing', `of rows of ${embedDim}`, [dim]);
  if (fingerprint === undefined) onWarning(new ClosingUnknownModelError());
  else if (fingerprint !== actual) throw new ClosingMismatchError(fingerprint, actual);
  if (logitScale === undefined) onWarning(new ClosingLogitScaleError());
}

async function openGpu(platform: Pick<Platform, 'gpu'>, options: LoadOptions): Promise<Gpu> {
  const { device, adapter, toggles = [], withoutFeatures } = options;
  if (device) return new Gpu(device, describeDevice(device), false);
  return requestGpu(await platform.gpu({ adapter, toggles }), { withoutFeatures });
}

function shapeOf(checkpoint: Checkpoint, tensor: string): readonly number[] {
  return checkpoint.tensors.get(tensor)?.shape ?? [];
}

/** Uploads both towers at once: while the GPU repacks a piece of one, a piece of the other is read and checked. */
async function uploadTowers(
  gpu: Gpu,
  checkpoint: Checkpoint,
  config: ModelConfig,
  { matrices, tables }: WeightStorages,
  { signal, onProgress }: LoadOptions,
) {
  const total = tensorNames(config, checkpoint)
    .filter((name) => name !== LOGIT_SCALE) // it never goes to the GPU
    .reduce((sum, name) => sum + (checkpoint.tensors.get(name)?.byteLength ?? 0), 0);
  const onRead = (done: number) => onProgress?.({ stage: 'weights', done, total });
  const failed = new AbortController(); // one tower's failure ends the other's upload
  const reader = weightReader(checkpoint, {
    signal: signal ? AbortSignal.any([signal, failed.signal]) : failed.signal,
    onRead,
  });
  const uploaders = {
    image: new WeightUploader(gpu, reader, matrices, tables),
    text: new WeightUploader(gpu, reader, matrices, tables),
  };
  try {
    const { image, text } = config;
    const [imageForward, textForward] = await allOrFirstError(
      [
        kindOfImageTower(image).upload(uploaders.image, image),
        kindOfTextTower(text).upload(uploaders.text, text),
      ],
      () => failed.abort(),
    );
    return {
      image: new ImageTower(gpu, imageForward, image),
      text: new TextTower(gpu, textForward, text),
      tensors: { image: uploaders.image.tensors, text: uploaders.text.tensors },
    };
  } finally {
    uploaders.image.finish();
    uploaders.text.finish();
  }
}

/** Both results. Where one fails, `stop` is called, and the error thrown once the other has ended. */
async function allOrFirstError<A, B>(pending: [Promise<A>, Promise<B>], stop: () => void): Promise<[A, B]> {
  try {
    return await Promise.all(pending);
  } catch (error) {
    stop();
    await Promise.allSettled(pending);
    throw error;
  }
}

/** exp(logit_scale), as f32 holds it. @throws {LogitScaleError} where it does not */
async function readLogitScale(checkpoint: Checkpoint): Promise<number> {
  let value = Number.NaN;
  for await (const { values } of floatPieces(checkpoint, LOGIT_SCALE)) value = values[0] ?? value;
  const scale = Math.exp(value);
  if (Number.isFinite(Math.fround(scale)) && Math.fround(scale) >= LEAST_F32) return scale;
  throw new LogitScaleError(checkpoint.file, LOGIT_SCALE, value);
}

/** The GEMMs that take nearly all the time, at the rows of a usual batch, and those of the last blocks: a row an item. */
function gemmShapes({ image, text }: ModelConfig, storage: GemmShape['storage']): GemmShape[] {
  const rows = tunedRows(tokensPerImage(image));
  const afterAttention = (M: number, width: number, mlpWidth: number) => [
    { M, N: width, K: width, storage },
    { M, N: mlpWidth, K: width, storage },
    { M, N: width, K: mlpWidth, storage },
  ];
  const layer = (M: number, width: number, mlpWidth: number) => [
    { M, N: 3 * width, K: width, storage },
    ...afterAttention(M, width, mlpWidth),
  ];
  return [
    ...rows.images.flatMap((M) => layer(M, image.width, image.mlpWidth)),
    ...rows.texts.flatMap((M) => layer(M, text.width, text.mlpWidth)),
    ...rows.lastBlock.flatMap((M) => afterAttention(M, image.width, image.mlpWidth)),
    ...rows.lastBlock.flatMap((M) => afterAttention(M, text.width, text.mlpWidth)),
  ];
}
