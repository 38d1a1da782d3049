import { isJsonObject } from '../arguments.ts';
import { excerpt } from '../excerpt.ts';
import { type FileDirectory, readText } from '../platform/files.ts';
import { MissingTokenizerError, TokenizerFileError } from './errors.ts';
import { wordPieceJson } from './wordpiece-json.ts';

/** All files of a WordPiece tokenizer. */
export const WORDPIECE_FILES = [
  'tokenizer_config.json',
  'special_tokens_map.json',
  'tokenizer.json',
  'vocab.txt',
] as const;

export type JsonObject = Readonly<Record<string, unknown>>;

/** What a checkpoint directory says about its tokenizer. */
export interface TokenizerFiles {
  readonly directory: string;
  /** Name of the file with the vocabulary, for messages. */
  readonly file: 'tokenizer.json' | 'vocab.txt' | 'vocab.json' | 'bpe_simple_vocab_16e6.txt.gz';
  /** The contents of `tokenizer.json`, or the equivalent made of the other files. */
  readonly tokenizer: JsonObject;
  /** `tokenizer_config.json`, empty where it is missing. */
  readonly config: JsonObject;
  /** `special_tokens_map.json`, empty where it is missing. */
  readonly specialTokens: JsonObject;
}

/**
 * Reads `tokenizer.json`, or else `vocab.txt`, with `tokenizer_config.json` and `special_tokens_map.json` where there
 * are such.
 * @throws {MissingTokenizerError} without a vocabulary
 * @throws {TokenizerFileError} for JSON that is malformed or not an object, a tokenizer other than WordPiece, and options
 * that are not computed
 */
export async function readWordPieceFiles(directory: FileDirectory): Promise<TokenizerFiles> {
  const { config, specialTokens } = await readTokenizerOptions(directory);
  const tokenizer = await readJson(directory, 'tokenizer.json');
  const files = { directory: directory.name, config, specialTokens };
  if (tokenizer) {
    const model = wordPieceModel(directory, tokenizer);
    return {
      ...files,
      file: 'tokenizer.json',
      tokenizer: withConfiguredNormalizer({ ...tokenizer, model }, config),
    };
  }
  const vocabulary = await readText(directory, 'vocab.txt');
  if (vocabulary === undefined) throw new MissingTokenizerError(directory.name);
  const made = { ...wordPieceJson(linesOf(vocabulary)) };
  return { ...files, file: 'vocab.txt', tokenizer: withConfiguredNormalizer(made, config) };
}

/** The two files beside a vocabulary. @throws {TokenizerFileError} for options that are not computed */
export async function readTokenizerOptions(
  directory: FileDirectory,
): Promise<Pick<TokenizerFiles, 'config' | 'specialTokens'>> {
  const config = (await readJson(directory, 'tokenizer_config.json')) ?? {};
  const specialTokens = (await readJson(directory, 'special_tokens_map.json')) ?? {};
  expectUsual(directory, config);
  return { config, specialTokens };
}

/** @throws {TokenizerFileError} for JSON that is malformed or not an object */
export async function readJson(directory: FileDirectory, file: string): Promise<JsonObject | undefined> {
  const text = await readText(directory, file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const problem = `malformed JSON (${(cause as SyntaxError).message}); download it again`;
    throw new TokenizerFileError(directory.name, file, problem, { cause });
  }
  if (!isJsonObject(value)) throw new TokenizerFileError(directory.name, file, 'must be a JSON object');
  return value;
}

/** Options of transformers that change the tokens and are not supported; these are the supported values. */
const USUAL = { truncation_side: 'right', split_special_tokens: false } as const;

function expectUsual(directory: FileDirectory, config: JsonObject): void {
  for (const [option, usual] of Object.entries(USUAL)) {
    const value = config[option] ?? usual;
    if (value === usual) continue;
    const problem = `${option} must be ${excerpt(usual)}, got ${excerpt(value)}`;
    throw new TokenizerFileError(directory.name, 'tokenizer_config.json', problem);
  }
}

// The Rust library's defaults for a WordPiece model.
const MODEL_DEFAULTS = { unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 };

function wordPieceModel(directory: FileDirectory, tokenizer: JsonObject): JsonObject {
  const fail = (problem: string) => new TokenizerFileError(directory.name, 'tokenizer.json', problem);
  const { model } = tokenizer;
  if (!isJsonObject(model)) throw fail('has no "model" object');
  // Files from before 2021 have no type; recognised by a vocabulary object and a subword prefix.
  const type =
    model.type ?? ('continuing_subword_prefix' in model && !('merges' in model) ? 'WordPiece' : undefined);
  if (type !== 'WordPiece') throw fail(`model.type must be "WordPiece", got ${excerpt(type)}`);
  if (!isJsonObject(model.vocab)) throw fail('model.vocab must be an object of tokens and their ids');
  return { ...MODEL_DEFAULTS, ...model, type };
}

// Line i is the token with id i. Lines end in "\n", as in BERT; the last may lack it.
function linesOf(vocabulary: string): string[] {
  const lines = vocabulary.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const NORMALIZER_OPTIONS = {
  do_lower_case: 'lowercase',
  strip_accents: 'strip_accents',
  tokenize_chinese_chars: 'handle_chinese_chars',
} as const;

/** transformers' BertTokenizerFast lets `tokenizer_config.json` overrule the normalizer of `tokenizer.json`. */
function withConfiguredNormalizer(tokenizer: JsonObject, config: JsonObject): JsonObject {
  const { normalizer } = tokenizer;
  if (!isJsonObject(normalizer) || normalizer.type !== 'BertNormalizer') return tokenizer;
  const configured = { ...normalizer };
  for (const [option, field] of Object.entries(NORMALIZER_OPTIONS)) {
    if (config[option] !== undefined) configured[field] = config[option];
  }
  return { ...tokenizer, normalizer: configured };
}
