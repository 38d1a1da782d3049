import { throwIfAborted } from '../src/errors.ts';
import { concatenateBytes } from '../src/platform/concatenate.ts';
import type { FileDirectory } from '../src/platform/files.ts';
import { hex, sha256 } from '../src/platform/sha256.ts';
import type { TokenizerFiles } from '../src/text/tokenizer-files.ts';
import { readTokenizerFiles } from '../src/text/tokenizers.ts';
import { openCheckpoint } from './checkpoint.ts';
import { type ModelConfig, readConfig } from './config.ts';
import { checkTensors, tensorNames } from './schema.ts';
import type { Checkpoint, TensorInfo } from './tensor-info.ts';
import { PIECE_BYTES } from './tensor-pieces.ts';
import { tensorNamed } from './tensor-range.ts';
import { BOTH_TOWERS, type WantedTowers } from './tower-config.ts';

/** Version of the hashed layout: fingerprints of other versions are not comparable. */
const HEAD = 'biomedclip-webgpu fingerprint 1';
/** Bytes hashed as one piece, so that a tensor's digest does not depend on how it is read. */
const PIECE = 1024 * 1024;
/** Reading waits while more than this many bytes wait to be hashed; hashing keeps up with all but the fastest disks. */
const MOST_WAITING = 16 * 1024 * 1024;

/**
 * A SHA-256 of everything that embeddings depend on in a checkpoint, however it is stored: the tensors that the model
 * has (name, dtype, shape and data), the configuration, the tokenizer. Tensors read through `checkpoint` are hashed on
 * another thread meanwhile. Neither file names nor the order in a file count.
 */
export class Fingerprint {
  /** A view of the given checkpoint that hashes what is read. The caller closes it. */
  readonly checkpoint: Checkpoint;
  readonly #tensors = new Map<string, TensorDigest>();
  readonly #queue = new HashQueue();

  constructor(private readonly source: Checkpoint) {
    this.checkpoint = {
      ...source,
      read: async (tensor, offset, length) => {
        const bytes = await source.read(tensor, offset, length);
        this.#digestOf(tensor).add(offset, bytes);
        await this.#queue.room();
        return bytes;
      },
    };
  }

  /**
   * 64 hexadecimal digits. Reads the parts not read yet. Of one tower alone it is of what that tower depends on, and
   * another than the whole model's.
   * @param tokenizer undefined without the text tower
   * @throws {UnknownTensorError} for one that the model has, and the checkpoint has not
   * @throws {AbortedError} and what reading throws
   */
  async finish(
    config: ModelConfig,
    tokenizer: TokenizerFiles | undefined,
    { signal, wanted = BOTH_TOWERS }: { signal?: AbortSignal; wanted?: WantedTowers } = {},
  ): Promise<string> {
    const computed = computedOf(config, wanted);
    const { tokenizer: model, config: settings, specialTokens } = tokenizer ?? {};
    const lines = [
      HEAD,
      `config ${await textDigest(canonicalJson(computed))}`,
      `tokenizer ${await textDigest(canonicalJson({ model, settings, specialTokens }))}`,
    ];
    for (const name of tensorNames(config, this.source, wanted).sort()) {
      const tensor = tensorNamed(this.source, name);
      const { dtype, shape } = tensor;
      lines.push(`${name} ${dtype} [${shape.join(', ')}] ${await this.#finishTensor(tensor, signal)}`);
    }
    return textDigest(lines.map((line) => `${line}\n`).join(''));
  }

  async #finishTensor({ name, byteLength: size }: TensorInfo, signal?: AbortSignal): Promise<string> {
    const digest = this.#digestOf(name);
    while (digest.length < size) {
      throwIfAborted(signal);
      const offset = digest.length;
      digest.add(offset, await this.source.read(name, offset, Math.min(PIECE_BYTES, size - offset)));
      await this.#queue.room();
    }
    return digest.finish();
  }

  #digestOf(tensor: string): TensorDigest {
    const digest = this.#tensors.get(tensor) ?? new TensorDigest(this.#queue);
    this.#tensors.set(tensor, digest);
    return digest;
  }
}

/** What of a configuration embeddings depend on. The first kinds of towers have no name of theirs in it. */
function computedOf({ name: _label, image, text, ...rest }: ModelConfig, wanted: WantedTowers) {
  const { kind: imageKind, ...imageSizes } = image;
  const { kind: textKind, ...textSizes } = text;
  return {
    ...rest,
    ...(wanted.image && { image: imageKind === 'timm' ? imageSizes : image }),
    ...(wanted.text && { text: textKind === 'bert' ? textSizes : text }),
  };
}

/** The fingerprint of a checkpoint directory, without a GPU. @throws {BiomedClipError} what loading it would throw */
export async function fingerprintOf(
  directory: FileDirectory,
  { signal, imageSize }: { signal?: AbortSignal; imageSize?: number } = {},
): Promise<string> {
  const silent = () => {}; // warnings are given on loading
  const checkpoint = await openCheckpoint(directory, silent);
  try {
    const config = await readConfig(directory, checkpoint, silent, { imageSize });
    checkTensors(checkpoint, config);
    const tokenizer = await readTokenizerFiles(directory, config.text);
    return await new Fingerprint(checkpoint).finish(config, tokenizer, { signal });
  } finally {
    await checkpoint.close();
  }
}

/** SHA-256 of the digests of a tensor's pieces, concatenated, since WebCrypto has no incremental hashing. */
class TensorDigest {
  /** Bytes so far. */
  length = 0;
  readonly #pieces: Promise<Uint8Array>[] = [];
  /** The incomplete piece at the end of the last read. */
  #begun = new Uint8Array();

  constructor(private readonly queue: HashQueue) {}

  /** The tensor's bytes from `offset`. Ignored unless it continues the bytes so far; then it is read again. */
  add(offset: number, bytes: Uint8Array): void {
    if (offset !== this.length) return;
    this.length += bytes.length;
    let at = 0;
    if (this.#begun.length > 0) {
      at = Math.min(PIECE - this.#begun.length, bytes.length);
      this.#begun = concatenateBytes([this.#begun, bytes.subarray(0, at)]);
      if (this.#begun.length < PIECE) return;
      this.#pieces.push(this.queue.hash(this.#begun));
    }
    for (; at + PIECE <= bytes.length; at += PIECE) {
      this.#pieces.push(this.queue.hash(bytes.subarray(at, at + PIECE)));
    }
    this.#begun = bytes.slice(at);
  }

  async finish(): Promise<string> {
    const last = this.#begun.length > 0 ? [this.queue.hash(this.#begun)] : [];
    return hex(await sha256(concatenateBytes(await Promise.all([...this.#pieces, ...last]))));
  }
}

/** Hashes that are under way. */
class HashQueue {
  #bytes = 0;
  readonly #running = new Set<Promise<unknown>>();

  /** The bytes may be changed once this returns. */
  hash(bytes: Uint8Array): Promise<Uint8Array> {
    this.#bytes += bytes.length;
    const digest = sha256(bytes).finally(() => {
      this.#bytes -= bytes.length;
      this.#running.delete(digest);
    });
    this.#running.add(digest);
    return digest;
  }

  /** Resolves when few enough bytes wait to be hashed. */
  async room(): Promise<void> {
    while (this.#bytes > MOST_WAITING) await Promise.race(this.#running);
  }
}

async function textDigest(text: string): Promise<string> {
  return hex(await sha256(new TextEncoder().encode(text)));
}

/** JSON that does not depend on the order in which an object's fields were set. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
