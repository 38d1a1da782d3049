import { openCheckpoint } from '../../weights/checkpoint.ts';
import { type ModelConfig, readConfig } from '../../weights/config.ts';
import { LEAST_F32 } from '../../weights/config-fields.ts';
import { LogitScaleError, UnexpectedTensorsError } from '../../weights/errors.ts';
import { Fingerprint } from '../../weights/fingerprint.ts';
import { usualDtype } from '../../weights/int8.ts';
import { checkTensors } from '../../weights/schema.ts';
import type { Checkpoint } from '../../weights/tensor-info.ts';
import { LOGIT_BIAS, LOGIT_SCALE } from '../../weights/tensor-names.ts';
import { floatPieces } from '../../weights/tensor-pieces.ts';
import type { WantedTowers } from '../../weights/tower-config.ts';
import type { CheckpointSource, Dtype, LoadOptions, ModelInfo } from '../api.ts';
import {
  abortSignal,
  boolean,
  callback,
  checkOptions,
  gpuDevice,
  integerFrom,
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
import { type BiomedClipError, InvalidOptionError, ShapeError, throwIfAborted } from '../errors.ts';
import { tuneGemm } from '../kernels/gemm/tuning.ts';
import type { FileDirectory } from '../platform/files.ts';
import type { Platform } from '../platform/platform.ts';
import { warnOnConsole } from '../platform/warnings.ts';
import { readTokenizerFiles, tokenizerOf } from '../text/tokenizers.ts';
import { BiomedClipModel } from './biomedclip.ts';
import { compileTowers, tunedShapes } from './compile-towers.ts';
import { withGivenConfig } from './given-config.ts';
import { ModelOnGpu } from './model-on-gpu.ts';
import { storagesFor } from './storages.ts';
import { kindOfImageTower, kindOfTextTower } from './tower-kinds.ts';
import { type LoadedTowers, uploadTowers } from './upload-towers.ts';

const OPTIONS: Shape<LoadOptions> = {
  dtype: oneOf('f32', 'f16', 'q8'),
  towers: oneOf('both', 'image', 'text'),
  imageSize: integerFrom(1),
  adapter: text,
  device: gpuDevice,
  toggles: listOf(text), // checked where Dawn is started
  withoutFeatures: listOf(oneOf(...OPTIONAL_FEATURES)),
  cache: boolean,
  revision: text,
  config: {
    words: 'a path or URL of a JSON file, a Blob of one, or the object in it',
    holds: (value) => typeof value === 'string' || value instanceof URL || isObject(value),
  },
  hub: {
    words: 'an object with endpoint, token and cacheFolder',
    holds: isObject, // checked where it is read
  },
  closing: {
    words: 'a closing from fitGapClosing or loadGapClosing',
    holds: (value) => isObject(value) && isObject(value.maps) && isObject(value.report),
  },
  onDeviceLost: oneOf('reload', 'error'),
  onProgress: callback,
  onWarning: callback,
  signal: abortSignal,
};

/**
 * Loads a checkpoint as it is downloaded or as training left it, BiomedCLIP's or another CLIP's, or the package's own.
 * Every tensor is checked before the GPU is touched; weights stream through pieces of a few MB.
 * @throws {BiomedClipError} a typed error that names the file, tensor or option, or the adapter
 */
export async function loadBiomedClip(
  platform: Platform,
  source: CheckpointSource | undefined,
  options: LoadOptions = {},
): Promise<BiomedClipModel> {
  checkOptions('load', 'options', options, OPTIONS);
  const { device, onDeviceLost = device ? 'error' : 'reload', onWarning = warnOnConsole } = options;
  if (device && onDeviceLost === 'reload')
    throw new InvalidOptionError('onDeviceLost', OF_CALLERS, onDeviceLost);
  const kept = isFiles(source) ? [...source] : source; // an iterator gives its files once
  const load = (signal?: AbortSignal) => loadOnGpu(platform, kept, { ...options, signal });
  const first = await load(options.signal);
  return new BiomedClipModel(platform, first, onDeviceLost === 'reload' ? { load, onWarning } : undefined);
}

const OF_CALLERS = "'error' where the caller gives the device, which could not be opened again";

function isFiles(source: CheckpointSource | undefined): source is Iterable<File> {
  return isObject(source) && Symbol.iterator in source;
}

async function loadOnGpu(
  platform: Platform,
  source: CheckpointSource | undefined,
  options: LoadOptions,
): Promise<ModelOnGpu> {
  const { signal, towers: only = 'both', onWarning = warnOnConsole } = options;
  const wanted = { image: only !== 'text', text: only !== 'image' };
  throwIfAborted(signal);
  const opened = await platform.openDirectory(source, options);
  const directory = await withGivenConfig(platform, opened, options.config);
  const fingerprint = new Fingerprint(await openCheckpoint(directory, onWarning));
  const { checkpoint } = fingerprint; // hashes everything that is read through it
  try {
    const read = await readModel(directory, checkpoint, wanted, options);
    throwIfAborted(signal);
    const gpu = await openGpu(platform, options);
    try {
      const { closing, dtype = usualDtype(checkpoint) } = options;
      const { config, tokenizer } = read;
      const towers = await towersOnGpu(platform, gpu, checkpoint, config, wanted, { ...options, dtype });
      const id = await fingerprint.finish(config, read.tokenizerFiles, { signal, wanted });
      if (closing) {
        const whole = only === 'both' ? id : undefined; // the closing names the whole model's
        expectClosingFits(closing.report, whole, config.embedDim, onWarning);
      }
      const info = infoOf(directory, read, wanted, gpu, { fingerprint: id, dtype, closing });
      return new ModelOnGpu(info, gpu, { tokenizer, towers, config, closing });
    } catch (error) {
      gpu.destroy(); // a caller's device stays, without the buffers made here
      throw error;
    }
  } finally {
    await checkpoint.close();
  }
}

/** What is read and checked before the GPU is touched. */
async function readModel(
  directory: FileDirectory,
  checkpoint: Checkpoint,
  wanted: WantedTowers,
  { imageSize, onWarning = warnOnConsole }: LoadOptions,
) {
  const config = await readConfig(directory, checkpoint, onWarning, { imageSize });
  const { unexpected } = checkTensors(checkpoint, config);
  if (unexpected.length > 0) onWarning(new UnexpectedTensorsError(checkpoint.file, unexpected));
  const tokenizerFiles = wanted.text ? await readTokenizerFiles(directory, config.text) : undefined;
  const tokenizer = tokenizerFiles && tokenizerOf(tokenizerFiles, config.text, onWarning);
  const logitScale = await readLogitScale(checkpoint);
  const logitBias = config.logitBias && (await readScalar(checkpoint, LOGIT_BIAS));
  return { config, tokenizerFiles, tokenizer, logitScale, logitBias };
}

async function towersOnGpu(
  { tuningCache }: Platform,
  gpu: Gpu,
  checkpoint: Checkpoint,
  config: ModelConfig,
  wanted: WantedTowers,
  options: LoadOptions & { readonly dtype: Dtype },
): Promise<LoadedTowers> {
  const { dtype, signal, onProgress } = options;
  const storages = storagesFor(gpu, dtype);
  // Before the weights are read: the GPU is idle now, and kernels with these tiles compile while they are read.
  await tuneGemm(gpu, tunedShapes(config, wanted, storages.matrices), tuningCache, {
    signal,
    onProgress: (done, total) => onProgress?.({ stage: 'tuning', done, total }),
  });
  const shapeOf = (tensor: string) => checkpoint.tensors.get(tensor)?.shape ?? [];
  const compiled = compileTowers(gpu, shapeOf, config, wanted, storages);
  compiled.catch(() => {}); // awaited once the weights are there
  const towers = await uploadTowers(gpu, checkpoint, config, wanted, storages, options);
  await compiled;
  return towers;
}

function infoOf(
  { name, revision }: FileDirectory,
  { config, logitScale, logitBias }: Awaited<ReturnType<typeof readModel>>,
  wanted: WantedTowers,
  { info: { description, device } }: Gpu,
  { fingerprint, dtype, closing }: Pick<ModelInfo, 'fingerprint' | 'dtype'> & Pick<LoadOptions, 'closing'>,
): ModelInfo {
  const report = closing?.report;
  return {
    name,
    ...(revision !== undefined && { revision }),
    fingerprint,
    untrained: config.untrained,
    towers: {
      ...(wanted.image && { image: kindOfImageTower(config.image).label }),
      ...(wanted.text && { text: kindOfTextTower(config.text).label }),
    },
    dtype,
    adapter: description,
    device,
    closing: report && { method: report.method, strength: report.strength },
    embedDim: report?.outDim ?? config.embedDim,
    imageSize: config.image.size,
    contextLength: config.text.contextLength,
    logitScale: report?.logitScale ?? logitScale,
    ...(logitBias !== undefined && !report && { logitBias }),
  };
}

/** @throws {ClosingMismatchError} @throws {ShapeError} */
function expectClosingFits(
  { fingerprint, dim, logitScale }: ClosingReport,
  actual: string | undefined,
  embedDim: number,
  onWarning: (warning: BiomedClipError) => void,
): void {
  if (dim !== embedDim) throw new ShapeError('load', 'closing', `of rows of ${embedDim}`, [dim]);
  if (fingerprint === undefined || actual === undefined) onWarning(new ClosingUnknownModelError());
  else if (fingerprint !== actual) throw new ClosingMismatchError(fingerprint, actual);
  if (logitScale === undefined) onWarning(new ClosingLogitScaleError());
}

async function openGpu(platform: Pick<Platform, 'gpu'>, options: LoadOptions): Promise<Gpu> {
  const { device, adapter, toggles = [], withoutFeatures } = options;
  if (device) return Gpu.open(device, describeDevice(device), false);
  return requestGpu(await platform.gpu({ adapter, toggles }), { withoutFeatures });
}

/** exp(logit_scale), as f32 holds it. @throws {LogitScaleError} where it does not */
async function readLogitScale(checkpoint: Checkpoint): Promise<number> {
  const value = await readScalar(checkpoint, LOGIT_SCALE);
  const scale = Math.exp(value);
  if (Number.isFinite(Math.fround(scale)) && Math.fround(scale) >= LEAST_F32) return scale;
  throw new LogitScaleError(checkpoint.file, LOGIT_SCALE, value);
}

/** @throws {NonFiniteWeightError} */
async function readScalar(checkpoint: Checkpoint, tensor: string): Promise<number> {
  let value = Number.NaN;
  for await (const { values } of floatPieces(checkpoint, tensor)) value = values[0] ?? value;
  return value;
}
