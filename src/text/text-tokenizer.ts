import type { OnWarning } from '../platform/warnings.ts';

export interface TokenizerOptions {
  /** The most tokens that a text may have, the first and the last included: `text_cfg.context_length`. */
  readonly contextLength: number;
  /** Rows of the text tower's word embeddings. */
  readonly vocabularySize: number;
  /** Called for a vocabulary smaller than the embeddings. Default: a message on the console. */
  readonly onWarning?: OnWarning;
}

export interface EncodedText {
  /**
   * The pieces between the tokens that begin and end a text, as far as the tokenizer has such: at most `contextLength` ids below
   * `vocabularySize`; no padding.
   */
  readonly ids: Int32Array;
  /** Whether pieces were dropped from the end to fit `contextLength`. */
  readonly truncated: boolean;
}

/** Captions to the ids of a text tower's tokens. */
export interface TextTokenizer {
  readonly contextLength: number;
  /** Id of the token that fills the context up, for towers that read it. */
  readonly padding: number;
  /**
   * The token ids of one caption; the empty one is legal.
   * @throws {InvalidOptionError} if `caption` is not a string
   * @throws {TextRepairError}
   */
  encode(caption: string): EncodedText;
  /** The same with a pause after each part of a long text. Reads no more of it than the context takes. */
  encodeInSteps(caption: string): Generator<void, EncodedText>;
}
