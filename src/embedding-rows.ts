import { concatenate } from './concatenate.ts';
import type { Embeddings, TokenStates } from './embeddings.ts';
import type { TowerOutput } from './tower.ts';

/** Where a batch's item belongs. */
export interface Place {
  /** Its row in the result. */
  readonly row: number;
  readonly id: string;
  /** How many tokens it has. */
  readonly tokens: number;
}

/** Gathers a tower's batches into one result, each row at its place whatever the order of the batches. */
export class EmbeddingRows {
  readonly #data: Float32Array;
  readonly #ids: string[] = [];
  readonly #tokens: Float32Array[] = [];

  /**
   * @param capacity the most rows that may come
   * @param dim of an embedding
   * @param width of a token's state
   */
  constructor(
    capacity: number,
    private readonly dim: number,
    private readonly width: number,
  ) {
    this.#data = new Float32Array(capacity * dim);
  }

  /** @param places of the batch's items, in the batch's order */
  add(places: readonly Place[], { embedding, tokens }: TowerOutput): void {
    const { dim, width } = this;
    let firstToken = 0;
    for (const [i, { row, id, tokens: count }] of places.entries()) {
      this.#data.set(embedding.subarray(i * dim, (i + 1) * dim), row * dim);
      this.#ids[row] = id;
      if (tokens) this.#tokens[row] = tokens.subarray(firstToken * width, (firstToken + count) * width);
      firstToken += count;
    }
  }

  embeddings(): Embeddings {
    const rows = this.#ids.length;
    const length = rows * this.dim;
    const data = length === this.#data.length ? this.#data : this.#data.slice(0, length);
    return { data, rows, dim: this.dim, ids: this.#ids };
  }

  tokens(): TokenStates {
    const offsets = [0];
    for (const { length } of this.#tokens) offsets.push((offsets.at(-1) ?? 0) + length / this.width);
    const rows = offsets.at(-1) ?? 0;
    return { data: concatenate(this.#tokens), rows, dim: this.width, ids: this.#ids, offsets };
  }
}
