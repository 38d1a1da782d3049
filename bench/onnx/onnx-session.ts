import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { DestroyedError } from '../../src/errors.ts';
import { OnnxRunError } from './errors.ts';

/** What `onnxruntime-node` and `onnxruntime-web` have in common. */
export type Runtime = Pick<typeof import('onnxruntime-node'), 'InferenceSession' | 'Tensor' | 'env'>;
type Feeds = Record<string, Tensor>;
type Results = InferenceSession.OnnxValueMapType;
type TokenIds = readonly number[];

interface Padding {
  readonly padTo?: number;
  /** Masked, so its value affects padding's own token states only. */
  readonly padId?: number;
  /** A token that is masked wherever a text has it, as open_clip masks [PAD]. */
  readonly masked?: number;
}

export interface OnnxOutput {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export interface TowerOutputs {
  /** [B, D], rows of length 1. */
  readonly embedding: OnnxOutput;
  /** [B, T, C]. */
  readonly tokens: OnnxOutput;
}

/**
 * A model of either tower, ready to run. Holds memory until `release`.
 * Every run throws {@link OnnxRunError} if the inputs do not fit the model, {@link DestroyedError} once released.
 */
export class OnnxSession {
  readonly #runtime: Runtime;
  #session: InferenceSession | undefined;

  constructor(runtime: Runtime, session: InferenceSession) {
    this.#runtime = runtime;
    this.#session = session;
  }

  /** ONNX Runtime's version. */
  get version(): string {
    const { node, web, common } = this.#runtime.env.versions;
    return node ?? web ?? common;
  }

  /** `pixels` [B, 3, S, S], normalised. */
  async runVit(pixels: Float32Array, size: number): Promise<TowerOutputs> {
    return both(await this.#run(this.#vitFeeds(pixels, size), ['embedding', 'tokens']));
  }

  /** The same, but reads only the embedding back. */
  async embedVit(pixels: Float32Array, size: number): Promise<OnnxOutput> {
    return floats(await this.#run(this.#vitFeeds(pixels, size), ['embedding']), 'embedding');
  }

  /** Token ids a text; shorter ones are padded to the longest, or to `padTo`, and masked. */
  async runBert(texts: readonly TokenIds[], padding?: Padding): Promise<TowerOutputs> {
    return both(await this.#run(this.#bertFeeds(texts, padding), ['embedding', 'tokens']));
  }

  /** The same, but reads only the embedding back. */
  async embedBert(texts: readonly TokenIds[], padding?: Padding): Promise<OnnxOutput> {
    return floats(await this.#run(this.#bertFeeds(texts, padding), ['embedding']), 'embedding');
  }

  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  #vitFeeds(pixels: Float32Array, size: number): Feeds {
    const { Tensor } = this.#runtime;
    const dims = [pixels.length / (3 * size * size), 3, size, size];
    return { pixels: new Tensor('float32', pixels, dims) };
  }

  #bertFeeds(texts: readonly TokenIds[], { padTo = 0, padId = 0, masked }: Padding = {}): Feeds {
    const { Tensor } = this.#runtime;
    const T = texts.reduce((longest, ids) => Math.max(longest, ids.length), padTo);
    const ids = new BigInt64Array(texts.length * T).fill(BigInt(padId));
    const mask = new BigInt64Array(texts.length * T);
    for (const [row, text] of texts.entries()) {
      ids.set(text.map(BigInt), row * T);
      mask.set(
        text.map((id) => (id === masked ? 0n : 1n)),
        row * T,
      );
    }
    const dims = [texts.length, T];
    return {
      input_ids: new Tensor('int64', ids, dims),
      attention_mask: new Tensor('int64', mask, dims),
    };
  }

  async #run(feeds: Feeds, outputs: readonly string[]): Promise<Results> {
    if (!this.#session) throw new DestroyedError('the ONNX Runtime session');
    try {
      return await this.#session.run(feeds, outputs);
    } catch (cause) {
      throw new OnnxRunError(cause);
    }
  }
}

function both(results: Results): TowerOutputs {
  return { embedding: floats(results, 'embedding'), tokens: floats(results, 'tokens') };
}

function floats(results: Results, name: string): OnnxOutput {
  const tensor = results[name];
  if (!(tensor?.data instanceof Float32Array)) {
    throw new OnnxRunError(`output ${name} must be a float32 tensor, got ${tensor?.type ?? 'nothing'}`);
  }
  return { dims: tensor.dims, data: tensor.data };
}
