import type { EmbedInputs, SkippedInput } from '../api.ts';
import { BiomedClipError, throwIfAborted } from '../errors.ts';
import { TextRepairError } from '../text/errors.ts';
import type { EncodedText, TextTokenizer } from '../text/text-tokenizer.ts';
import { TextCleaningError, TextInputError } from './errors.ts';
import type { TextTokens } from './tower-kinds.ts';

export interface Encoded {
  /** Its row in the result. */
  readonly row: number;
  /** Among the inputs. */
  readonly index: number;
  readonly id: string;
  readonly tokens: TextTokens;
}

interface Caption {
  readonly index: number;
  readonly id: string;
  readonly text: string;
}

/** The event loop gets a turn after so many milliseconds, so that an abort signal can fire. */
const TURN = 50;

/** Tokenises some texts at a time, while the GPU works. */
export class EncodeAhead {
  readonly skipped: SkippedInput[] = [];
  /** Indices of the texts that were cut, so far. */
  readonly truncated: number[] = [];
  readonly #captions: Caption[] = [];
  #next = 0;
  #rows = 0;
  #encoded: Encoded[] = [];
  #lastTurn = performance.now();

  /** @throws {TextInputError} for the first that is no text, unless `skipErrors`: before anything is embedded */
  constructor(
    texts: NonNullable<EmbedInputs['texts']>,
    private readonly tokenizer: TextTokenizer,
    private readonly tokensOf: (ids: Int32Array) => TextTokens,
    private readonly skipErrors: boolean,
    private readonly signal: AbortSignal | undefined,
  ) {
    for (const [index, input] of texts.entries()) {
      const id = (typeof input === 'object' ? input?.id : undefined) ?? String(index);
      const text = typeof input === 'object' && input !== null && 'text' in input ? input.text : input;
      if (typeof text === 'string') this.#captions.push({ index, id, text });
      else this.#refuse(index, id, new TextInputError(index, text));
    }
  }

  /** Texts not skipped so far: an upper bound on the rows. */
  get rows(): number {
    return this.#captions.length;
  }

  /**
   * Tokenises until `texts` are ready to be taken, or all are.
   * @throws {AbortedError}
   * @throws {TextCleaningError} for one that cannot be cleaned, unless `skipErrors`
   */
  async encode(texts: number): Promise<void> {
    while (this.#encoded.length < texts) {
      const caption = this.#captions[this.#next];
      if (!caption) return;
      this.#next += 1;
      const encoded = await this.#encodeOne(caption);
      if (!encoded) continue;
      if (encoded.truncated) this.truncated.push(caption.index);
      const tokens = this.tokensOf(encoded.ids);
      const { index, id } = caption;
      this.#encoded.push({ row: this.#rows, index, id, tokens });
      this.#rows += 1;
    }
  }

  /** Takes the texts that are tokenised. */
  take(): Encoded[] {
    const encoded = this.#encoded;
    this.#encoded = [];
    return encoded;
  }

  async #encodeOne({ index, id, text }: Caption): Promise<EncodedText | undefined> {
    try {
      const steps = this.tokenizer.encodeInSteps(text);
      for (;;) {
        const { done, value } = steps.next();
        await this.#giveTurn();
        if (done) return value;
      }
    } catch (error) {
      if (error instanceof BiomedClipError && !(error instanceof TextRepairError)) throw error;
      const cause = error instanceof Error ? error : new Error(String(error));
      this.#refuse(index, id, new TextCleaningError(index, id, cause));
      return undefined;
    }
  }

  async #giveTurn(): Promise<void> {
    if (performance.now() - this.#lastTurn < TURN) return;
    await new Promise((resolve) => setTimeout(resolve));
    throwIfAborted(this.signal);
    this.#lastTurn = performance.now();
  }

  #refuse(index: number, id: string, error: Error): void {
    if (!this.skipErrors) throw error;
    this.skipped.push({ kind: 'text', index, id, error });
  }
}
