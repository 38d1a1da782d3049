import { isJsonObject } from '../arguments.ts';
import { InvalidOptionError } from '../errors.ts';
import { excerpt } from '../excerpt.ts';
import type { FileDirectory } from '../platform/files.ts';
import { warnOnConsole } from '../platform/warnings.ts';
import { buildTokenizer, type ReadTokenizer, tokenName } from './build-tokenizer.ts';
import { cleanParts, cleanText } from './clean.ts';
import { MissingSpecialTokenError, ShortVocabularyError, TokenizerFileError } from './errors.ts';
import { finish } from './finish.ts';
import { PieceLimit } from './piece-limit.ts';
import { matchRustNormalizer } from './rust-normalizer.ts';
import type { EncodedText, TextTokenizer, TokenizerOptions } from './text-tokenizer.ts';
import { expectIdsBelow } from './token-ids.ts';
import { readWordPieceFiles, type TokenizerFiles } from './tokenizer-files.ts';

export interface BertTokenizerOptions extends TokenizerOptions {
  /** The id that the text tower masks, which cannot be that of [CLS]: the embedding is read there. */
  readonly padding: number;
}

/**
 * Captions to token ids as open_clip's `HFTokenizer` with a BERT tokenizer: its default cleaning, WordPiece, truncation
 * with [SEP] kept. A special token that a caption spells out ("[SEP]") becomes that token, as in Hugging Face's; [PAD] then
 * is masked, see `attendedTokens`.
 */
export class BertTokenizer implements TextTokenizer {
  readonly contextLength: number;

  private constructor(
    private readonly tokenizer: ReadTokenizer,
    private readonly limit: PieceLimit,
    private readonly clsId: number,
    private readonly sepId: number,
    private readonly normalizer: Readonly<Record<string, unknown>>,
    private readonly separable: boolean,
    readonly padding: number,
    contextLength: number,
  ) {
    this.contextLength = contextLength;
  }

  /**
   * Reads `tokenizer.json` (or else `vocab.txt`) of a checkpoint directory; `tokenizer_config.json` and
   * `special_tokens_map.json` are optional.
   * @throws {MissingTokenizerError} if the directory has no vocabulary
   * @throws {TokenizerFileError} if a file is malformed, no WordPiece tokenizer, contradicts another, or has [CLS] where the
   *   model pads
   * @throws {MissingSpecialTokenError} without [CLS], [SEP] or [UNK]
   * @throws {VocabularySizeError} if an id is not below `vocabularySize`
   * @throws {InvalidOptionError} if an option is no integer of at least 2 or 1
   */
  static async load(directory: FileDirectory, options: BertTokenizerOptions): Promise<BertTokenizer> {
    return BertTokenizer.of(await readWordPieceFiles(directory), options);
  }

  /** {@link load} of files that were read. */
  static of(
    files: TokenizerFiles,
    { contextLength, vocabularySize, padding, onWarning = warnOnConsole }: BertTokenizerOptions,
  ): BertTokenizer {
    expectInteger('contextLength', contextLength, 2);
    expectInteger('vocabularySize', vocabularySize, 1);
    const tokenizer = buildTokenizer(files);
    const tokens = expectIdsBelow(vocabularySize, tokenizer, files);
    specialTokenId('unk_token', tokenizer, files);
    const cls = specialTokenId('cls_token', tokenizer, files);
    const sep = specialTokenId('sep_token', tokenizer, files);
    if (cls === padding) {
      const problem = `the cls_token has the id ${cls}, which the model masks as padding; the tokenizer and the weights are of different models`;
      throw new TokenizerFileError(files.directory, files.file, problem);
    }
    expectSameEnds(cls, sep, tokenizer, files);
    expectPadding(padding, tokenizer, files);
    if (tokens < vocabularySize) {
      onWarning(new ShortVocabularyError(files.directory, files.file, tokens, vocabularySize));
    }
    const { normalizer } = files.tokenizer;
    // One piece more than the context takes, to detect truncation.
    const limit = new PieceLimit(tokenizer.model, contextLength - 1);
    const options = isJsonObject(normalizer) ? normalizer : {};
    return new BertTokenizer(tokenizer, limit, cls, sep, options, isSeparable(files), padding, contextLength);
  }

  /** The empty caption is `[CLS] [SEP]`. */
  encode(caption: string): EncodedText {
    return finish(this.encodeInSteps(caption));
  }

  *encodeInSteps(caption: string): Generator<void, EncodedText> {
    if (typeof caption !== 'string') throw new InvalidOptionError('caption', 'a string', caption);
    let pieces: number[] = [];
    for (const slice of this.separable ? slicesOf(caption) : [cleanText(caption)]) {
      const text = matchRustNormalizer(slice, this.normalizer);
      this.limit.reset();
      pieces = pieces.concat(this.tokenizer.encode(text, { add_special_tokens: false }).ids);
      if (pieces.length > this.contextLength - 2) break;
      yield;
    }
    const kept = pieces.slice(0, this.contextLength - 2);
    return {
      ids: Int32Array.of(this.clsId, ...kept, this.sepId),
      truncated: kept.length < pieces.length,
    };
  }
}

/** Minimum length of a slice of cleaned text: a caption is one slice. */
const SLICE = 4096;

/** The cleaned text, cut at blanks and before ideographs. */
function* slicesOf(caption: string): Generator<string, void> {
  for (const part of cleanParts(caption)) {
    const boundary = /[ \u4e00-\u9fff]/g;
    let start = 0;
    while (part.length - start > SLICE) {
      boundary.lastIndex = start + SLICE;
      const end = boundary.exec(part)?.index ?? part.length;
      yield part.slice(start, end);
      start = end;
    }
    yield part.slice(start);
  }
}

/** Whether no token spans these cuts: BERT's words do not, an added token may. */
function isSeparable({ tokenizer }: TokenizerFiles): boolean {
  const { normalizer, pre_tokenizer: words, added_tokens: added } = tokenizer;
  if (!isJsonObject(normalizer) || normalizer.type !== 'BertNormalizer' || !normalizer.handle_chinese_chars)
    return false;
  if (!isJsonObject(words) || words.type !== 'BertPreTokenizer') return false;
  return !(
    Array.isArray(added) && added.some((token) => /[\s\u4e00-\u9fff]/.test(tokenName(token) as string))
  );
}

/**
 * Hugging Face's tokenizer takes [CLS] and [SEP] from the `post_processor` of `tokenizer.json`, whatever the other
 * files say.
 */
function expectSameEnds(cls: number, sep: number, tokenizer: ReadTokenizer, files: TokenizerFiles): void {
  if (files.file !== 'tokenizer.json') return;
  const ends = tokenizer.encode('').ids;
  if (ends.length === 2 && ends[0] === cls && ends[1] === sep) return;
  const problem =
    `its post_processor must put cls_token and sep_token, the ids ${excerpt([cls, sep])}, around a text, ` +
    `since open_clip takes them from there, got ${excerpt(ends)}`;
  throw new TokenizerFileError(files.directory, files.file, problem);
}

/** open_clip pads by the tokenizer's token and masks by the model's: with two ids it attends to the padding. */
function expectPadding(padding: number, tokenizer: ReadTokenizer, files: TokenizerFiles): void {
  const token = tokenName(files.config.pad_token) ?? tokenName(files.specialTokens.pad_token) ?? '[PAD]';
  const id = tokenizer.token_to_id(token);
  if (id === undefined || id === padding) return;
  const problem = `the pad_token ${excerpt(token)} must have the id ${padding}, which the model masks, got ${id}`;
  throw new TokenizerFileError(files.directory, files.file, problem);
}

const BERT_DEFAULTS = { cls_token: '[CLS]', sep_token: '[SEP]', unk_token: '[UNK]' } as const;

/** The id of the token with that role in the files; BERT's spelling if they name none. */
function specialTokenId(
  role: keyof typeof BERT_DEFAULTS,
  tokenizer: ReadTokenizer,
  files: TokenizerFiles,
): number {
  const inModel = role === 'unk_token' ? tokenizer.model.unk_token : undefined;
  const named = inModel ?? tokenName(files.config[role]) ?? tokenName(files.specialTokens[role]);
  const token = named ?? BERT_DEFAULTS[role];
  const id = tokenizer.token_to_id(token);
  if (id === undefined) throw new MissingSpecialTokenError(files.directory, files.file, role, token);
  return id;
}

function expectInteger(option: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new InvalidOptionError(option, `an integer of at least ${least}`, value);
  }
}
