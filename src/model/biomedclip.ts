import type { ModelConfig } from '../../weights/config.ts';
import type { BiomedClip, EmbedInputs, EmbedOptions, EmbedTokensResult, ModelInfo } from '../api.ts';
import { closeRows } from '../closing/affine-map.ts';
import type { ClosingMaps } from '../closing-data.ts';
import type { Gpu, GpuCounters } from '../device/gpu.ts';
import type { KernelTime } from '../device/profile.ts';
import { byteLength, type Tensor } from '../device/tensor.ts';
import { DestroyedError, InvalidOptionError, throwIfAborted } from '../errors.ts';
import { expectFits } from '../image/fits.ts';
import { ImageResizer } from '../image/resize.ts';
import { nameOf } from '../image/source.ts';
import type { Platform } from '../platform/platform.ts';
import type { TextTokenizer } from '../text/text-tokenizer.ts';
import { IMAGES_A_PASS } from './batch-sizes.ts';
import { DecodeAhead } from './decode-ahead.ts';
import { embedImages } from './embed-images.ts';
import { readInputs, readOptions } from './embed-options.ts';
import { embedTexts } from './embed-texts.ts';
import type { ImageTower } from './image-tower.ts';
import type { TextTower } from './text-tower.ts';

interface Towers {
  readonly image: ImageTower;
  readonly text: TextTower;
  /** The weights of each. */
  readonly tensors: { readonly image: readonly Tensor[]; readonly text: readonly Tensor[] };
}

interface ModelParts {
  readonly tokenizer: TextTokenizer;
  readonly towers: Towers;
  readonly config: ModelConfig;
  readonly closing?: { readonly maps: ClosingMaps };
}

/** What a call gives, with what is not public of it. */
export interface EmbeddedBatch extends EmbedTokensResult {
  /** Tokens of each row of `texts`, those that begin and end a text included. */
  readonly textLengths: readonly number[];
}

/** A loaded model on one GPU. Made by `loadBiomedClip`. */
export class BiomedClipModel implements BiomedClip {
  readonly #resizer: ImageResizer;
  #queue: Promise<unknown> = Promise.resolve();
  #destroyed = false;

  constructor(
    readonly info: ModelInfo,
    private readonly platform: Pick<Platform, 'decodeImage'>,
    private readonly gpu: Gpu,
    private readonly parts: ModelParts,
  ) {
    this.#resizer = new ImageResizer(gpu, parts.config.image);
  }

  /** What the device has done so far. */
  get counters(): Readonly<GpuCounters> {
    return this.gpu.counters;
  }

  /** Bytes of GPU memory that each tower's weights take. */
  get weightBytes(): { readonly image: number; readonly text: number } {
    const { image, text } = this.parts.towers.tensors;
    return { image: bytesOf(image), text: bytesOf(text) };
  }

  embedBatch(inputs: EmbedInputs, options: EmbedOptions = {}): Promise<EmbeddedBatch> {
    return this.#enqueue(() => this.#whileAlive(() => this.#embed(inputs, options)));
  }

  /** GPU time a kernel in the image tower's pass over B images, the longest first. Needs `timestamp-query`. */
  profile(images: number): Promise<KernelTime[]> {
    return this.#enqueue(() => this.parts.towers.image.profile(images));
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#resizer.destroy();
    this.parts.towers.image.destroy();
    this.parts.towers.text.destroy();
    const { image, text } = this.parts.towers.tensors;
    for (const tensor of [...image, ...text]) this.gpu.free(tensor);
    this.gpu.destroy();
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
    const { platform } = this;
    const { towers, tokenizer, config, closing } = this.parts;
    const size = Math.min(settings.batchSize ?? IMAGES_A_PASS, towers.image.maxBatch);
    const decodeImage: Platform['decodeImage'] = async (source, window) =>
      expectFits(await platform.decodeImage(source, window), nameOf(source), config.image);
    const decoding = new DecodeAhead(wanted.images, size, { decodeImage }); // while the texts are embedded
    const texts = await embedTexts(wanted.texts, settings, { tower: towers.text, tokenizer, config });
    const images = await embedImages(decoding, wanted.images.length, settings, {
      tower: towers.image,
      resizer: this.#resizer,
      config,
    });
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
}

function bytesOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0);
}
