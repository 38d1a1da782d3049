import type { ModelConfig } from '../../weights/config.ts';
import type { BiomedClip, EmbedInputs, EmbedOptions, EmbedTokensResult, ModelInfo } from '../api.ts';
import { closeRows } from '../closing/affine-map.ts';
import { DeviceLostError } from '../device/errors.ts';
import type { Gpu, GpuCounters } from '../device/gpu.ts';
import type { KernelTime } from '../device/profile.ts';
import { byteLength, type Tensor } from '../device/tensor.ts';
import {
  AbortedError,
  type BiomedClipError,
  DestroyedError,
  InvalidOptionError,
  throwIfAborted,
} from '../errors.ts';
import { expectFits } from '../image/fits.ts';
import { nameOf } from '../image/source.ts';
import type { Platform } from '../platform/platform.ts';
import { IMAGES_A_PASS } from './batch-sizes.ts';
import { DecodeAhead } from './decode-ahead.ts';
import { type EmbeddedImages, embedImages } from './embed-images.ts';
import { type EmbedSettings, readInputs, readOptions } from './embed-options.ts';
import { type EmbeddedTexts, embedTexts } from './embed-texts.ts';
import { EmbeddingRows } from './embedding-rows.ts';
import {
  ChangedCheckpointError,
  ModelReloadError,
  ModelReloadedError,
  TowerNotLoadedError,
} from './errors.ts';
import type { ModelOnGpu, ModelParts, Reload } from './model-on-gpu.ts';
import type { LoadedTowers } from './upload-towers.ts';

/** What a call gives, with what is not public of it. */
export interface EmbeddedBatch extends EmbedTokensResult {
  /** Tokens of each row of `texts`, those that begin and end a text included. */
  readonly textLengths: readonly number[];
}

/** A loaded model. Made by `loadBiomedClip`. */
export class BiomedClipModel implements BiomedClip {
  #queue: Promise<unknown> = Promise.resolve();
  #destroyed = false;

  /**
   * @param on where it is; another device after a loss
   * @param reload undefined where a lost device is an error
   */
  constructor(
    private readonly platform: Pick<Platform, 'decodeImage' | 'decodingThreads'>,
    private on: ModelOnGpu,
    private readonly reload?: {
      readonly load: Reload;
      readonly onWarning: (warning: BiomedClipError) => void;
    },
  ) {}

  get info(): ModelInfo {
    return this.on.info;
  }

  private get gpu(): Gpu {
    return this.on.gpu;
  }

  private get parts(): ModelParts {
    return this.on.parts;
  }

  /** What the device has done so far. */
  get counters(): Readonly<GpuCounters> {
    return this.gpu.counters;
  }

  /** Bytes of GPU memory that each tower's weights take. */
  get weightBytes(): { readonly image: number; readonly text: number } {
    const { image, text } = this.parts.towers;
    return { image: bytesOf(image?.tensors ?? []), text: bytesOf(text?.tensors ?? []) };
  }

  embedBatch(inputs: EmbedInputs, options: EmbedOptions = {}): Promise<EmbeddedBatch> {
    const embed = () => this.#embed(inputs, options);
    return this.#enqueue(() => this.#whileAlive(() => this.#againIfLost(embed, options)));
  }

  /** GPU time a kernel in the image tower's pass over B images, the longest first. Needs `timestamp-query`. */
  profile(images: number): Promise<KernelTime[]> {
    return this.#enqueue(async () => this.#loaded('image').tower.profile(images));
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.on.free();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue;
    this.destroy();
    await this.gpu[Symbol.asyncDispose]();
  }

  /** Throws `DestroyedError` if the model was destroyed during the call, whatever error that caused on the GPU. */
  async #whileAlive<T>(call: () => Promise<T>): Promise<T> {
    try {
      if (!this.#destroyed) {
        const result = await call();
        if (!this.#destroyed) return result;
      }
    } catch (error) {
      if (!this.#destroyed) throw error;
    }
    throw new DestroyedError(`the model ${this.info.name}`);
  }

  /** A call that lost its device is made once more on a new one; that device's loss is an error. */
  async #againIfLost<T>(call: () => Promise<T>, options: EmbedOptions): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof DeviceLostError) || !this.reload || this.#destroyed) throw error;
      await this.#loadAgain(error, this.reload, options.signal);
      return call();
    }
  }

  /** @throws {ModelReloadError} @throws {AbortedError} and the next call tries it again */
  async #loadAgain(
    lost: DeviceLostError,
    { load, onWarning }: NonNullable<BiomedClipModel['reload']>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { name, fingerprint } = this.info;
    this.on.free();
    const again = await load(signal).catch((cause: unknown) => {
      throw cause instanceof AbortedError ? cause : new ModelReloadError(name, lost, cause);
    });
    const isSame = again.info.fingerprint === fingerprint;
    if (this.#destroyed || !isSame) again.free();
    if (!isSame) throw new ModelReloadError(name, lost, new ChangedCheckpointError(fingerprint, again.info));
    this.on = again;
    onWarning(new ModelReloadedError(name, lost, again.info.adapter));
  }

  #enqueue<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(call);
    this.#queue = result.catch(() => {}); // the next call runs even if this one fails
    return result;
  }

  async #embed(inputs: EmbedInputs, options: EmbedOptions): Promise<EmbeddedBatch> {
    const settings = readOptions(options);
    if (this.parts.closing && !settings.normalize) {
      throw new InvalidOptionError('normalize', 'true for a model with a closing', false);
    }
    const wanted = readInputs(inputs);
    throwIfAborted(settings.signal);
    this.gpu.check();
    const { closing } = this.parts;
    for (const kind of ['images', 'texts'] as const) {
      if (wanted[kind].length > 0) this.#loaded(kind === 'images' ? 'image' : 'text'); // before anything is decoded
    }
    const decoding = this.#decode(wanted.images, settings); // while the texts are embedded
    const texts = await this.#embedTexts(wanted.texts, settings);
    const images = await this.#embedImages(decoding, wanted.images.length, settings);
    return {
      images: closing
        ? await closeRows(this.gpu, 'images', closing.maps.images, images.embeddings)
        : images.embeddings,
      texts: closing
        ? await closeRows(this.gpu, 'texts', closing.maps.texts, texts.embeddings)
        : texts.embeddings,
      imageTokens: images.tokens,
      textTokens: texts.tokens,
      skipped: [...images.skipped, ...texts.skipped],
      truncated: texts.truncated,
      textLengths: texts.lengths,
    };
  }

  /** @throws {TowerNotLoadedError} */
  #loaded<Kind extends keyof LoadedTowers>(kind: Kind): NonNullable<LoadedTowers[Kind]> {
    const loaded = this.parts.towers[kind];
    if (!loaded) throw new TowerNotLoadedError(this.info.name, kind);
    return loaded;
  }

  #decode(
    images: Required<EmbedInputs>['images'],
    { batchSize = IMAGES_A_PASS }: EmbedSettings,
  ): DecodeAhead {
    const size = Math.min(batchSize, this.parts.towers.image?.tower.maxBatch ?? batchSize);
    const decodeImage: Platform['decodeImage'] = async (source, options) =>
      expectFits(await this.platform.decodeImage(source, options), nameOf(source), this.parts.config.image);
    const { decodingThreads } = this.platform;
    return new DecodeAhead(images, size, { decodeImage, decodingThreads });
  }

  async #embedTexts(texts: Required<EmbedInputs>['texts'], settings: EmbedSettings): Promise<EmbeddedTexts> {
    const { tokenizer, config } = this.parts;
    if (texts.length === 0) return { ...noRows('text', config), truncated: [], lengths: [] };
    const { tower } = this.#loaded('text');
    if (!tokenizer) throw new TowerNotLoadedError(this.info.name, 'text');
    return embedTexts(texts, settings, { tower, tokenizer, config });
  }

  async #embedImages(decoding: DecodeAhead, total: number, settings: EmbedSettings): Promise<EmbeddedImages> {
    const { config } = this.parts;
    if (total === 0) return noRows('image', config);
    return embedImages(decoding, total, settings, {
      tower: this.#loaded('image').tower,
      resizer: this.on.resizer,
      config,
    });
  }
}

function noRows(kind: 'image' | 'text', config: ModelConfig): EmbeddedImages {
  const rows = new EmbeddingRows(
    kind,
    { capacity: 0, dim: config.embedDim, width: config[kind].width },
    false,
  );
  return { embeddings: rows.embeddings(), tokens: rows.tokens(), skipped: [] };
}

function bytesOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0);
}
