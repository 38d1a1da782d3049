import { concatenate } from './concatenate.ts';
import type { Embeddings, TokenStates } from './embeddings.ts';

/** Gathers a tower's batches into one result, in the order of the inputs. */
export class EmbeddingRows {
  readonly #ids: string[] = [];
  readonly #embeddings: Float32Array[] = [];
  readonly #tokens: Float32Array[] = [];
  readonly #offsets = [0];

  /** @param lengths tokens of each input */
  add(
    ids: readonly string[],
    lengths: readonly number[],
    embedding: Float32Array,
    tokens?: Float32Array,
  ): void {
    this.#ids.push(...ids);
    this.#embeddings.push(embedding);
    if (!tokens) return;
    this.#tokens.push(tokens);
    for (const length of lengths) this.#offsets.push((this.#offsets.at(-1) ?? 0) + length);
  }

  embeddings(dim: number): Embeddings {
    return { data: concatenate(this.#embeddings), rows: this.#ids.length, dim, ids: this.#ids };
  }

  tokens(dim: number): TokenStates {
    const rows = this.#offsets.at(-1) ?? 0;
    return { data: concatenate(this.#tokens), rows, dim, ids: this.#ids, offsets: this.#offsets };
  }
}
