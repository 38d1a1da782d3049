import type { EmbedInputs, SkippedInput } from './api.ts';
import { type AttendedTokens, attendedTokens } from './bert/attended-tokens.ts';
import { TextInputError } from './input-errors.ts';
import type { ClipTokenizer } from './text/tokenizer.ts';

export interface Encoded {
  /** Its row in the result. */
  readonly row: number;
  /** Among the inputs. */
  readonly index: number;
  readonly id: string;
  readonly tokens: AttendedTokens;
}

interface Caption {
  readonly index: number;
  readonly id: string;
  readonly text: string;
}

/** Tokenises texts a few at a time, so that this fits in while the GPU works. */
export class EncodeAhead {
  readonly skipped: SkippedInput[] = [];
  /** Indices of the texts that were cut, so far. */
  readonly truncated: number[] = [];
  readonly #captions: Caption[] = [];
  #next = 0;
  #encoded: Encoded[] = [];

  /** @throws {TextInputError} for the first that is no text, unless `skipErrors`: before anything is embedded */
  constructor(
    texts: NonNullable<EmbedInputs['texts']>,
    private readonly tokenizer: ClipTokenizer,
    private readonly padding: number,
    skipErrors: boolean,
  ) {
    for (const [index, input] of texts.entries()) {
      const id = (typeof input === 'object' ? input?.id : undefined) ?? String(index);
      const text = typeof input === 'object' && input !== null && 'text' in input ? input.text : input;
      if (typeof text === 'string') this.#captions.push({ index, id, text });
      else this.#refuse(index, id, text, skipErrors);
    }
  }

  /** Texts that are not skipped. */
  get rows(): number {
    return this.#captions.length;
  }

  /** Tokenises until `texts` are ready to be taken, or all are. */
  encode(texts: number): void {
    while (this.#encoded.length < texts) {
      const caption = this.#captions[this.#next];
      if (!caption) return;
      const { ids, truncated } = this.tokenizer.encode(caption.text);
      if (truncated) this.truncated.push(caption.index);
      const tokens = attendedTokens(ids, this.padding);
      const { index, id } = caption;
      this.#encoded.push({ row: this.#next, index, id, tokens });
      this.#next += 1;
    }
  }

  /** What is tokenised and not yet taken. */
  take(): Encoded[] {
    const encoded = this.#encoded;
    this.#encoded = [];
    return encoded;
  }

  #refuse(index: number, id: string, text: unknown, skipErrors: boolean): void {
    const error = new TextInputError(index, text);
    if (!skipErrors) throw error;
    this.skipped.push({ kind: 'text', index, id, error });
  }
}
