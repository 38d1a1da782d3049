import type { SkippedInput } from '../api.ts';
import type { Embeddings, TokenStates } from '../embeddings.ts';
import { concatenate } from '../platform/concatenate.ts';
import { NonFiniteOutputError } from './errors.ts';
import type { TowerOutput } from './tower.ts';

/** The place of a batch's item in the result. */
export interface Place {
  /** Its row in the result before rows are left out. */
  readonly row: number;
  /** Among the inputs. */
  readonly index: number;
  readonly id: string;
  /** Its number of tokens. */
  readonly tokens: number;
}

interface Sizes {
  /** The most rows that can be added. */
  readonly capacity: number;
  /** Width of an embedding. */
  readonly dim: number;
  /** Width of a token's state. */
  readonly width: number;
}

/**
 * Gathers a tower's batches into one result, each row at its place whatever the order of the batches. Rows that were
 * not added, or are not finite, are left out at the end.
 */
export class EmbeddingRows {
  /** Inputs whose output is not finite. */
  readonly skipped: SkippedInput[] = [];
  readonly #data: Float32Array;
  readonly #ids: string[] = [];
  readonly #lengths: number[] = [];
  readonly #tokens: Float32Array[] = [];

  constructor(
    private readonly kind: 'image' | 'text',
    private readonly sizes: Sizes,
    private readonly skipErrors: boolean,
  ) {
    this.#data = new Float32Array(sizes.capacity * sizes.dim);
  }

  /**
   * @param places of the batch's items, in the batch's order
   * @throws {NonFiniteOutputError} for the first input of the batch whose output is not finite, unless errors are skipped
   */
  add(places: readonly Place[], output: TowerOutput): void {
    const { dim, width } = this.sizes;
    const strange: Place[] = [];
    let first = 0; // of the item's tokens
    for (const [i, place] of places.entries()) {
      const next = first + place.tokens;
      if (itemIsFinite(output, i, first, next)) {
        this.#data.set(output.embedding.subarray(i * dim, (i + 1) * dim), place.row * dim);
        this.#ids[place.row] = place.id;
        this.#lengths[place.row] = place.tokens;
        if (output.tokens) this.#tokens[place.row] = output.tokens.subarray(first * width, next * width);
      } else strange.push(place);
      first = next;
    }
    this.#skip(strange);
  }

  embeddings(): Embeddings {
    const { dim } = this.sizes;
    const rows = [...this.#ids.keys()].filter((row) => this.#ids[row] !== undefined);
    const whole = rows.length * dim === this.#data.length;
    const data = whole ? this.#data : new Float32Array(rows.length * dim);
    if (!whole) {
      for (const [to, row] of rows.entries()) {
        data.set(this.#data.subarray(row * dim, (row + 1) * dim), to * dim);
      }
    }
    return { data, rows: rows.length, dim, ids: present(this.#ids) };
  }

  /** The tokens of each row. */
  lengths(): number[] {
    return present(this.#lengths);
  }

  tokens(): TokenStates {
    const { width } = this.sizes;
    const states = present(this.#tokens);
    const offsets = [0];
    for (const { length } of states) offsets.push((offsets.at(-1) ?? 0) + length / width);
    const rows = offsets.at(-1) ?? 0;
    return { data: concatenate(states), rows, dim: width, ids: present(this.#ids), offsets };
  }

  #skip(strange: readonly Place[]): void {
    for (const { index, id } of strange.toSorted((a, b) => a.index - b.index)) {
      const error = new NonFiniteOutputError(this.kind, index, id);
      if (!this.skipErrors) throw error;
      this.skipped.push({ kind: this.kind, index, id, error });
    }
  }
}

/** Whether the embedding of a batch's item i, and its tokens from `first` to `next`, are. */
function itemIsFinite(
  { finite, finiteTokens }: TowerOutput,
  i: number,
  first: number,
  next: number,
): boolean {
  const tokens = finiteTokens?.subarray(first, next) ?? [];
  return finite[i] === 1 && tokens.every((flag) => flag === 1);
}

/** Drops the holes of rows that were not added. */
function present<T>(items: readonly T[]): T[] {
  return items.filter((item) => item !== undefined);
}
