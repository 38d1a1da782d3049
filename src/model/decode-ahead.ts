import type { EmbedInputs, NamedImage, SkippedInput } from '../api.ts';
import type { DecodedImage } from '../image/decoded-image.ts';
import type { ImageSource } from '../image/source.ts';
import type { Platform } from '../platform/platform.ts';

export type ImageInput = NonNullable<EmbedInputs['images']>[number];

export interface Decoded {
  /** Index among the inputs. */
  readonly index: number;
  readonly id: string;
  readonly image: DecodedImage;
}

export interface DecodedBatch {
  readonly images: readonly Decoded[];
  readonly failed: readonly SkippedInput[];
}

/** Where a platform does not say how many threads decode: those of Node's pool. */
const THREADS = 4;
/** Decodes begun beyond one a thread, so that threads do not wait for file reads. */
const WAITING = 4;
/** No further decode starts beyond this many decoded bytes: 134 megapixels, or eight images of 16. */
const HELD_BYTES = 512 * 1024 * 1024;

/**
 * Decodes images in order while the GPU works, one batch ahead, or as many as there are threads for. An image is released
 * when the next batch is asked for. Large images make small batches: memory stays below `HELD_BYTES` plus the decodes that were running.
 */
export class DecodeAhead {
  readonly #atOnce: number;
  /** Inputs that may be begun and not released: a batch and the next, and a decode for every thread where batches are small. */
  readonly #ahead: number;
  readonly #started: Promise<Decoded | SkippedInput>[] = []; // in order, not yet taken
  #next = 0;
  #running = 0;
  #taken: Decoded[] = [];
  /** Inputs of the released batches. */
  #gone = 0;
  #heldBytes = 0;

  /** Starts decoding. @param size the most images of a batch */
  constructor(
    private readonly images: readonly ImageInput[],
    private readonly size: number,
    private readonly platform: Pick<Platform, 'decodeImage' | 'decodingThreads'>,
    private readonly heldBytes = HELD_BYTES,
  ) {
    const threads = platform.decodingThreads?.();
    this.#atOnce = (threads ?? THREADS) + WAITING;
    this.#ahead = Math.max(2 * size, threads === undefined ? 0 : size + this.#atOnce);
    this.#fill();
  }

  /** The next `size` inputs, or fewer if the memory limit is reached. Undefined after the last. */
  async batch(): Promise<DecodedBatch | undefined> {
    this.#letGo();
    const images: Decoded[] = [];
    const failed: SkippedInput[] = [];
    while (images.length + failed.length < this.size) {
      const pending = this.#started.shift();
      if (!pending) break; // all are decoded, or the memory limit is reached
      const result = await pending;
      if ('image' in result) images.push(result);
      else failed.push(result);
      this.#fill();
    }
    this.#taken = images;
    return images.length + failed.length > 0 ? { images, failed } : undefined;
  }

  #letGo(): void {
    for (const { image } of this.#taken) this.#heldBytes -= image.data.byteLength;
    this.#taken = [];
    this.#gone = this.#next - this.#started.length;
    this.#fill();
  }

  #fill(): void {
    while (
      this.#next < this.images.length &&
      this.#running < this.#atOnce &&
      this.#next - this.#gone < this.#ahead &&
      this.#heldBytes < this.heldBytes
    ) {
      this.#started.push(this.#decode(this.#next));
      this.#next += 1;
    }
  }

  /** Never rejects: a failure is a result, handled when its batch is taken. */
  async #decode(index: number): Promise<Decoded | SkippedInput> {
    const { id = String(index), source, window, frame, plane } = named(this.images[index]);
    this.#running += 1;
    try {
      const image = await this.platform.decodeImage(source, { window, frame, plane });
      this.#heldBytes += image.data.byteLength;
      return { index, id, image };
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      return { kind: 'image', index, id, error };
    } finally {
      this.#running -= 1;
      this.#fill();
    }
  }
}

function named(input: ImageInput | undefined): NamedImage {
  return typeof input === 'object' && input !== null && 'source' in input
    ? input
    : { source: input as ImageSource };
}
