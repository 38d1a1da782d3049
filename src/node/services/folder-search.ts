import type { Gpu } from '../../device/gpu.ts';
import type { Embeddings } from '../../embeddings.ts';
import { GpuSearchIndex, type QueryOptions, type SearchHit } from '../../metrics/search/search-index.ts';
import type { Vectors } from '../../metrics/vectors.ts';
import { nodeHost } from '../host.ts';

interface Held {
  readonly images: Embeddings;
  readonly gpu: Gpu;
  readonly index: GpuSearchIndex;
}

/** A search index of a folder's images: made anew when these, or the GPU, are others. Calls must not overlap. */
export class FolderSearch {
  #held: Held | undefined;

  /** @param gpu gives another once the one before is lost */
  constructor(private readonly gpu: () => Promise<Gpu>) {}

  /**
   * As `query` of the library's index, for one row `[1, D]` and as many hits as there are images at most.
   * @throws {AbortedError} @throws what `SearchIndex` throws
   */
  async query(images: Embeddings, query: Vectors, options: QueryOptions = {}): Promise<SearchHit[]> {
    if (images.rows === 0) {
      await this.#free();
      return [];
    }
    const index = await this.#indexOf(images);
    const { topK = images.rows } = options;
    const [hits = []] = await index.query(query, { ...options, topK: Math.min(topK, images.rows) });
    return hits;
  }

  async #indexOf(images: Embeddings): Promise<GpuSearchIndex> {
    const gpu = await this.gpu();
    if (this.#held?.images === images && this.#held.gpu === gpu) return this.#held.index;
    await this.#free(); // before the new one takes memory
    const index = new GpuSearchIndex(async () => gpu, {}, nodeHost);
    await index.add(images);
    this.#held = { images, gpu, index };
    return index;
  }

  async #free(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.index[Symbol.asyncDispose]();
  }
}
