import { isFloat32Array, isObject } from './arguments.ts';
import { InvalidOptionError } from './errors.ts';

/** Row-major vectors, one a row, in the order of the inputs. */
export interface Embeddings {
  /** `[rows, dim]` */
  readonly data: Float32Array;
  /** Number of vectors. */
  readonly rows: number;
  /** D, the length of a vector. */
  readonly dim: number;
  /** One per row: the input's id if it has one, else its index among the inputs. */
  readonly ids: readonly string[];
}

/**
 * Every token's final state, for uses beyond the pooled embedding. A [PAD] that a caption spells out is masked, as in
 * open_clip, and has no row here.
 */
export interface TokenStates {
  /** `[rows, dim]`: the tokens of all inputs one after the other, in the tower's own width. */
  readonly data: Float32Array;
  /** Tokens of all inputs together. */
  readonly rows: number;
  /** The tower's width. */
  readonly dim: number;
  /** One an input: its id if it has one, else its index among the inputs. */
  readonly ids: readonly string[];
  /** Input i has the rows `offsets[i]` to `offsets[i + 1] - 1`. Length: inputs + 1. */
  readonly offsets: readonly number[];
}

/** Input i of `tokens` as `[tokens, dim]`. @throws {InvalidOptionError} for an index out of range */
export function tokensOf(states: TokenStates, index: number): Float32Array {
  if (!isObject(states) || !Array.isArray(states.offsets) || !isFloat32Array(states.data)) {
    throw new InvalidOptionError('states', 'the imageTokens or textTokens of a result', states);
  }
  const inputs = states.offsets.length - 1;
  if (!Number.isInteger(index) || index < 0 || index >= inputs) {
    throw new InvalidOptionError('index', `an integer from 0, below the ${inputs} inputs`, index);
  }
  const [start, end] = [states.offsets[index] ?? 0, states.offsets[index + 1] ?? 0];
  return states.data.subarray(start * states.dim, end * states.dim);
}
