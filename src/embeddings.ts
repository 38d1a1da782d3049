/** Row-major vectors, one a row, in the order of the inputs. */
export interface Embeddings {
  /** `[rows, dim]` */
  readonly data: Float32Array;
  readonly rows: number;
  readonly dim: number;
  /** One a row: the input's own id, else its index among the inputs. */
  readonly ids: readonly string[];
}

/**
 * Every token's final state, for those who read more than the pooled embedding. A [PAD] that a caption spells out is
 * masked, as in open_clip, and has no state: that text has a row less for each.
 */
export interface TokenStates {
  /** `[rows, dim]`: the tokens of all inputs one after the other, in the tower's own width. */
  readonly data: Float32Array;
  readonly rows: number;
  readonly dim: number;
  readonly ids: readonly string[];
  /** Input i has the rows `offsets[i]` to `offsets[i + 1] - 1`. Length: inputs + 1. */
  readonly offsets: readonly number[];
}

/** Input i of `tokens` as `[tokens, dim]`. */
export function tokensOf(states: TokenStates, index: number): Float32Array {
  const [start, end] = [states.offsets[index] ?? 0, states.offsets[index + 1] ?? 0];
  return states.data.subarray(start * states.dim, end * states.dim);
}
