import type { Tokenizer } from '@huggingface/tokenizers';

type Model = NonNullable<Tokenizer['model']>;

/**
 * Stops a tokenizer's model after the pieces that fit the context: the rest would be truncated, and a word of a hundred
 * letters can cost thousands of look-ups.
 */
export class PieceLimit {
  #left = 0;

  /** @param most pieces that a text needs, or a word's more */
  constructor(
    model: Model,
    private readonly most: number,
  ) {
    const encodeWords = model.encode.bind(model);
    model.encode = (words) => this.#encode(words, encodeWords);
  }

  /** To be called before each text. */
  reset(): void {
    this.#left = this.most;
  }

  #encode(words: readonly string[], encodeWords: Model['encode']): string[] {
    const pieces: string[] = [];
    for (const word of words) {
      if (this.#left <= 0) break;
      const found = encodeWords([word]);
      this.#left -= found.length;
      pieces.push(...found);
    }
    return pieces;
  }
}
