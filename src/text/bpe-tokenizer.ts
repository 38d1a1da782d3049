import { InvalidOptionError } from '../errors.ts';
import { warnOnConsole } from '../platform/warnings.ts';
import type { BpeModel } from './bpe-files.ts';
import { buildTokenizer, type ReadTokenizer } from './build-tokenizer.ts';
import { BYTE_CHARACTERS, WORD_END } from './byte-characters.ts';
import { cleanParts } from './clean.ts';
import { ShortVocabularyError, TokenizerFileError, VocabularySizeError } from './errors.ts';
import { finish } from './finish.ts';
import type { EncodedText, TextTokenizer, TokenizerOptions } from './text-tokenizer.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

const [START, END] = ['<start_of_text>', '<end_of_text>'];

// The parts of a text that are merged each by itself. Only blanks are left of white space once it is cleaned. Python
// ignores case here, after all is lower case: so it reads the long s as s, and leaves out a mark whose capital is a
// letter (U+0345).
const WORDS =
  /<[sſ]tart_of_text>|<end_of_text>|'[sſ]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|(?:(?!\u0345)[^ \p{L}\p{N}])+/gu;

type Bpe = ReadTokenizer['model'];

/**
 * Captions to token ids as open_clip's `SimpleTokenizer`: its default cleaning, lower case, byte-level BPE (Sennrich et
 * al. 2016; Radford et al. 2019), truncation with the end token kept. Ends that a caption spells out become those
 * tokens.
 */
export class BpeTokenizer implements TextTokenizer {
  /** open_clip fills the context up with zeros. */
  readonly padding = 0;
  readonly #utf8 = new TextEncoder();

  private constructor(
    private readonly bpe: Bpe,
    private readonly startId: number,
    private readonly endId: number,
    readonly contextLength: number,
  ) {}

  /**
   * @throws {VocabularySizeError} if an id is not below `vocabularySize`
   * @throws {TokenizerFileError} unless the end token has the highest id, by which open_clip finds it
   */
  static of(files: TokenizerFiles, options: TokenizerOptions): BpeTokenizer {
    const { contextLength, vocabularySize, onWarning = warnOnConsole } = options;
    const { vocab, merges, startId, endId } = files.tokenizer as unknown as BpeModel; // as `readBpeFiles` made it
    const ids = new Map([...Object.entries(vocab), [START, startId] as const, [END, endId] as const]);
    for (const [token, id] of ids) {
      if (id >= vocabularySize) {
        throw new VocabularySizeError(files.directory, files.file, String(token), id, vocabularySize);
      }
      if (id < endId || token === END) continue;
      const problem = `the eos_token has the id ${endId}, which must be the highest: open_clip finds the end of a text by it`;
      throw new TokenizerFileError(files.directory, files.file, problem);
    }
    const tokens = new Set(ids.values()).size;
    if (tokens < vocabularySize) {
      onWarning(new ShortVocabularyError(files.directory, files.file, tokens, vocabularySize));
    }
    const model = { type: 'BPE', vocab, merges, end_of_word_suffix: WORD_END };
    const { model: bpe } = buildTokenizer({ ...files, tokenizer: { model } });
    return new BpeTokenizer(bpe, startId, endId, contextLength);
  }

  encode(caption: string): EncodedText {
    return finish(this.encodeInSteps(caption));
  }

  *encodeInSteps(caption: string): Generator<void, EncodedText> {
    if (typeof caption !== 'string') throw new InvalidOptionError('caption', 'a string', caption);
    const room = this.contextLength - 2;
    let pieces: number[] = [];
    for (const part of cleanParts(caption)) {
      for (const [word] of part.toLowerCase().matchAll(WORDS)) {
        pieces = pieces.concat(this.#pieces(word));
        if (pieces.length > room) break;
      }
      if (pieces.length > room) break;
      yield;
    }
    const kept = pieces.slice(0, room);
    return { ids: Int32Array.of(this.startId, ...kept, this.endId), truncated: kept.length < pieces.length };
  }

  #pieces(word: string): number[] {
    if (word === START) return [this.startId];
    if (word === END) return [this.endId];
    const bytes = Array.from(this.#utf8.encode(word), (byte) => BYTE_CHARACTERS.get(byte)).join('');
    // `readBpeFiles` has seen to it that every byte and every merge is a token.
    return this.bpe.encode([bytes]).map((token) => this.bpe.tokens_to_ids.get(token) as number);
  }
}
