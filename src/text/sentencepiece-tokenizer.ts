import { Unigram } from '@huggingface/tokenizers';
import { InvalidOptionError } from '../errors.ts';
import { excerpt } from '../excerpt.ts';
import { warnOnConsole } from '../platform/warnings.ts';
import { buildTokenizer, type ReadTokenizer, tokenName } from './build-tokenizer.ts';
import { type Cleaning, cleanedAs } from './canonicalize.ts';
import { cleanParts } from './clean.ts';
import { ShortVocabularyError, TokenizerFileError } from './errors.ts';
import { finish } from './finish.ts';
import type { EncodedText, TextTokenizer, TokenizerOptions } from './text-tokenizer.ts';
import { expectIdsBelow } from './token-ids.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

export interface SentencePieceOptions extends TokenizerOptions {
  readonly cleaning: Cleaning;
}

/** Tokens that T5's tokenizers have beside their vocabulary; no caption is split into them. */
const EXTRA = /^▁?<extra_id_\d+>$/;

/**
 * Captions to token ids as open_clip's `HFTokenizer` with a SentencePiece model (Kudo and Richardson 2018): the cleaning
 * that the configuration names, Unigram or BPE with bytes for what it does not know, truncation with the tokens kept that the
 * file's `post_processor` puts around a text. What fills the context up is the file's `pad_token`.
 */
export class SentencePieceTokenizer implements TextTokenizer {
  readonly contextLength: number;
  readonly padding: number;
  /** Characters that give more pieces than the context takes, unless some are unknown and become one. */
  readonly #enough: number;

  private constructor(
    private readonly tokenizer: ReadTokenizer,
    private readonly ends: readonly [before: readonly number[], after: readonly number[]],
    padding: number,
    private readonly cleaning: Cleaning,
    contextLength: number,
  ) {
    this.padding = padding;
    this.contextLength = contextLength;
    const longest = tokenizer.model.vocab.reduce((most, { length }) => Math.max(most, length), 1);
    this.#enough = contextLength * longest;
  }

  /**
   * @throws {VocabularySizeError} if an id is not below `vocabularySize`
   * @throws {TokenizerFileError} if it cannot be read, or names no token to pad with
   */
  static of(
    files: TokenizerFiles,
    { contextLength, vocabularySize, cleaning, onWarning = warnOnConsole }: SentencePieceOptions,
  ): SentencePieceTokenizer {
    const tokenizer = buildTokenizer(files);
    keepJoiners(tokenizer);
    readLongWords(tokenizer);
    expectUnknownToken(tokenizer, files);
    const tokens = expectIdsBelow(vocabularySize, tokenizer, files, (token) => EXTRA.test(token));
    if (tokens < vocabularySize) {
      onWarning(new ShortVocabularyError(files.directory, files.file, tokens, vocabularySize));
    }
    const padding = paddingOf(tokenizer, files);
    return new SentencePieceTokenizer(tokenizer, endsOf(tokenizer), padding, cleaning, contextLength);
  }

  encode(caption: string): EncodedText {
    return finish(this.encodeInSteps(caption));
  }

  *encodeInSteps(caption: string): Generator<void, EncodedText> {
    if (typeof caption !== 'string') throw new InvalidOptionError('caption', 'a string', caption);
    const [before, after] = this.ends;
    const room = this.contextLength - before.length - after.length;
    let text = '';
    let enough = this.#enough;
    for (const part of cleanParts(caption)) {
      if (part !== '') text += text === '' ? part : ` ${part}`;
      if (text.length > enough) {
        if (this.#pieces(text, enough).length > room) break;
        enough = 2 * text.length; // runs of unknown characters are one piece
      }
      yield;
    }
    let pieces: readonly number[] = [];
    for (let length = this.#enough; pieces.length <= room; length *= 2) {
      pieces = this.#pieces(text, length);
      if (text.indexOf(' ', length) < 0) break; // that was all of it
      yield;
    }
    const kept = pieces.slice(0, room);
    return { ids: Int32Array.of(...before, ...kept, ...after), truncated: kept.length < pieces.length };
  }

  /** Of the text up to the first blank behind so many characters, which no piece spans. */
  #pieces(text: string, length: number): number[] {
    const blank = text.indexOf(' ', length);
    const beginning = cleanedAs(blank < 0 ? text : text.slice(0, blank), this.cleaning);
    return this.tokenizer.encode(beginning, { add_special_tokens: false }).ids;
  }
}

const JOINER = '\u200d';
const STAND_IN = '\ufdd0'; // no character

/** SentencePiece's normalisation leaves zero-width joiners, which the library's makes blanks. */
function keepJoiners({ normalizer }: ReadTokenizer): void {
  if (!normalizer) return;
  const normalize = normalizer.normalize.bind(normalizer);
  normalizer.normalize = (text) => normalize(text.replaceAll(JOINER, STAND_IN)).replaceAll(STAND_IN, JOINER);
}

/**
 * The library passes a word's pieces as arguments, of which there may be some 100,000 at most, and joins a run of unknown
 * ones in quadratic time. Here the run is its first one: all have the same id.
 */
function readLongWords({ model }: ReadTokenizer): void {
  if (!(model instanceof Unigram)) return;
  const { tokens_to_ids: ids, unk_token_id: unknown } = model;
  const isKnown = (piece: string) => (ids.get(piece) ?? unknown) !== unknown;
  model.encode = (words) => {
    let wasKnown = true;
    return words
      .flatMap((word) => model.tokenize(word))
      .filter((piece) => {
        const isNew = wasKnown || isKnown(piece);
        wasKnown = isKnown(piece);
        return isNew;
      });
  };
}

/** Without one, what is neither a piece nor bytes is left out, as in the Rust library; one of no id would become id 0. */
function expectUnknownToken({ model }: ReadTokenizer, { directory, file }: TokenizerFiles): void {
  const unknown = model.unk_token ?? undefined;
  if (unknown === undefined || model.tokens_to_ids.has(unknown)) return;
  const problem = `model.unk_token must be a token of its vocabulary, got ${excerpt(unknown)}`;
  throw new TokenizerFileError(directory, file, problem);
}

/** The tokens that the file puts before a text and behind it. */
function endsOf(tokenizer: ReadTokenizer): [number[], number[]] {
  const inside = tokenizer.encode('a', { add_special_tokens: false }).ids;
  const all = tokenizer.encode('a').ids;
  const first = all.findIndex((_, i) => inside.every((id, k) => all[i + k] === id));
  return [all.slice(0, Math.max(0, first)), all.slice(Math.max(0, first) + inside.length)];
}

/** Without it transformers refuses to pad. */
function paddingOf(tokenizer: ReadTokenizer, { config, specialTokens, directory }: TokenizerFiles): number {
  const token = tokenName(config.pad_token) ?? tokenName(specialTokens.pad_token);
  const id = token === undefined ? undefined : tokenizer.token_to_id(token);
  if (id !== undefined) return id;
  const problem = `pad_token must name a token of tokenizer.json, by which texts fill the context up, got ${excerpt(token)}`;
  throw new TokenizerFileError(directory, 'tokenizer_config.json', problem);
}
