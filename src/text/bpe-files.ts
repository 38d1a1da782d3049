import { isJsonObject } from '../arguments.ts';
import { excerpt } from '../excerpt.ts';
import { type FileDirectory, readText } from '../platform/files.ts';
import { BYTE_CHARACTERS, WORD_END } from './byte-characters.ts';
import { MissingBpeError, MissingSpecialTokenError, TokenizerFileError } from './errors.ts';
import { type JsonObject, readJson, type TokenizerFiles } from './tokenizer-files.ts';

/** The published merges, as open_clip's and OpenAI's packages carry them. */
export const PUBLISHED_MERGES = 'bpe_simple_vocab_16e6.txt.gz';

/** Files of a byte-level BPE, besides `tokenizer.json`. */
export const BPE_FILES = ['vocab.json', 'merges.txt', PUBLISHED_MERGES] as const;

/** Spellings of the tokens that begin and end a text: open_clip's, and Hugging Face's for the same model. */
const ENDS = {
  bos_token: ['<start_of_text>', '<|startoftext|>'],
  eos_token: ['<end_of_text>', '<|endoftext|>'],
} as const;

/** A byte-level BPE, whichever files it came from. */
export interface BpeModel {
  /** Ids by token, without the two that begin and end a text. */
  readonly vocab: Readonly<Record<string, number>>;
  /** Pairs of tokens, the first merged first. */
  readonly merges: readonly (readonly [string, string])[];
  readonly startId: number;
  readonly endId: number;
}

/**
 * Reads CLIP's tokenizer from `tokenizer.json`, or else `vocab.json` and `merges.txt`, or else the published merges.
 * The result is the same for all three, and so is the fingerprint.
 * @throws {MissingBpeError} if the directory has none of them
 * @throws {TokenizerFileError} for a file that is malformed, cut short, or no byte-level BPE
 * @throws {MissingSpecialTokenError}
 */
export async function readBpeFiles(directory: FileDirectory): Promise<TokenizerFiles> {
  const json = await readJson(directory, 'tokenizer.json');
  if (json) return checked(directory, 'tokenizer.json', ...bpeOfJson(directory, json));
  const vocab = await readJson(directory, 'vocab.json');
  if (vocab) {
    const merges = await readText(directory, 'merges.txt');
    if (merges === undefined) throw new MissingBpeError(directory.name, 'merges.txt');
    return checked(directory, 'vocab.json', vocab, pairsOf(linesOf(merges)));
  }
  const published = await readPublished(directory);
  if (!published) throw new MissingBpeError(directory.name);
  return checked(directory, PUBLISHED_MERGES, vocabularyOf(published), published);
}

function bpeOfJson(directory: FileDirectory, { model }: JsonObject): [JsonObject, BpeModel['merges']] {
  const fail = (problem: string) => new TokenizerFileError(directory.name, 'tokenizer.json', problem);
  if (!isJsonObject(model)) throw fail('has no "model" object');
  const type = model.type ?? ('merges' in model ? 'BPE' : undefined); // files from before 2021 have no type
  if (type !== 'BPE') throw fail(`model.type must be "BPE" for CLIP's text tower, got ${excerpt(type)}`);
  const { vocab, merges } = model;
  if (!isJsonObject(vocab)) throw fail('model.vocab must be an object of tokens and their ids');
  if (!Array.isArray(merges)) throw fail('model.merges must be an array of pairs');
  const pairs = merges.map((merge: unknown) => (typeof merge === 'string' ? merge.split(' ') : merge));
  const bad = pairs.findIndex((pair) => !isPair(pair));
  if (bad >= 0) throw fail(`model.merges[${bad}] must be a pair of tokens, got ${excerpt(merges[bad])}`);
  return [vocab, pairs.filter(isPair)];
}

function isPair(value: unknown): value is [string, string] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((part) => typeof part === 'string' && part !== '')
  );
}

/** Lines `a b`, after one that names the format. */
function linesOf(merges: string): string[] {
  const lines = merges.split('\n').map((line) => line.replace(/\r$/, ''));
  return (lines[0]?.includes('#version') ? lines.slice(1) : lines).filter((line) => line !== '');
}

function pairsOf(lines: readonly string[]): [string, string][] {
  return lines.map((line) => {
    const [first = '', second = ''] = line.split(' ');
    return [first, second];
  });
}

/** What of the file open_clip reads: 49,408 tokens are two for each byte, these merges', and the two ends. */
const PUBLISHED_COUNT = 49_152 - 256 - 2;

async function readPublished(directory: FileDirectory): Promise<[string, string][] | undefined> {
  const source = await directory.open(PUBLISHED_MERGES);
  if (!source) return undefined;
  try {
    const packed = await source.read(0, source.size);
    return pairsOf(linesOf(await unpacked(directory, packed)).slice(0, PUBLISHED_COUNT));
  } finally {
    await source.close();
  }
}

async function unpacked(directory: FileDirectory, packed: Uint8Array): Promise<string> {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream();
  try {
    return await new Response(stream.pipeThrough(new DecompressionStream('gzip'))).text();
  } catch (cause) {
    const { message } = cause as TypeError; // by the Compression standard
    const problem = `cannot be unpacked (${message}); copy it again`;
    throw new TokenizerFileError(directory.name, PUBLISHED_MERGES, problem, { cause });
  }
}

/** Tokens in the order of their ids, as open_clip's SimpleTokenizer numbers them. */
export function vocabularyOf(merges: readonly (readonly [string, string])[]): Record<string, number> {
  const bytes = [...BYTE_CHARACTERS.values()];
  const ends = [ENDS.bos_token[0], ENDS.eos_token[0]];
  const tokens = [
    ...bytes,
    ...bytes.map((byte) => byte + WORD_END),
    ...merges.map((pair) => pair.join('')),
    ...ends,
  ];
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

/** @throws {TokenizerFileError} unless every text can be split and no token is out of reach */
function checked(
  directory: FileDirectory,
  file: TokenizerFiles['file'],
  all: JsonObject,
  merges: BpeModel['merges'],
): TokenizerFiles {
  const fail = (problem: string) => new TokenizerFileError(directory.name, file, problem);
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(all)) {
    if (typeof id === 'number' && Number.isInteger(id) && id >= 0) ids.set(token, id);
    else throw fail(`the id of ${excerpt(token)} must be an integer of 0 or more, got ${excerpt(id)}`);
  }
  const startId = takeEnd(ids, 'bos_token', directory, file);
  const endId = takeEnd(ids, 'eos_token', directory, file);
  const bytes = [...BYTE_CHARACTERS.values()];
  const singles = [...bytes, ...bytes.map((byte) => byte + WORD_END)];
  const missing = singles.find((token) => !ids.has(token));
  if (missing !== undefined) {
    throw fail(
      `must have a token for each byte, and for each at the end of a word, has no ${excerpt(missing)}`,
    );
  }
  const lost = merges.find((pair) => !ids.has(pair.join('')));
  if (lost) throw fail(`has no token for the merge of ${excerpt(lost[0])} and ${excerpt(lost[1])}`);
  const made = new Set([...singles, ...merges.map((pair) => pair.join(''))]);
  const unmade = [...ids.keys()].filter((token) => !made.has(token));
  if (unmade.length > 0) {
    const merged = `${merges.length.toLocaleString('en-US')} merges make no ${excerpt(unmade[0])}`;
    const more = unmade.length > 1 ? ` and ${(unmade.length - 1).toLocaleString('en-US')} more tokens` : '';
    throw fail(`its ${merged}${more}; if the merges were cut short, download them again`);
  }
  const model: BpeModel = { vocab: Object.fromEntries(ids), merges, startId, endId };
  return { directory: directory.name, file, tokenizer: { ...model }, config: {}, specialTokens: {} };
}

/** The id of the token that begins or ends a text, which is removed. */
function takeEnd(
  ids: Map<string, number>,
  role: keyof typeof ENDS,
  directory: FileDirectory,
  file: TokenizerFiles['file'],
): number {
  const token = ENDS[role].find((spelling) => ids.has(spelling));
  const id = token === undefined ? undefined : ids.get(token);
  if (token === undefined || id === undefined) {
    throw new MissingSpecialTokenError(directory.name, file, role, ENDS[role][0]);
  }
  ids.delete(token);
  return id;
}
