import { isJsonObject } from '../arguments.ts';
import { excerpt } from '../excerpt.ts';
import type { FileDirectory } from '../platform/files.ts';
import { MissingTokenizerError, TokenizerFileError } from './errors.ts';
import { type JsonObject, readJson, readTokenizerOptions, type TokenizerFiles } from './tokenizer-files.ts';

/**
 * Reads a SentencePiece model as Hugging Face writes it, `tokenizer.json`, with `tokenizer_config.json` and
 * `special_tokens_map.json` where there are such.
 * @throws {MissingTokenizerError} without it: `sentencepiece.model` alone is not read
 * @throws {TokenizerFileError} for JSON that is malformed, and a tokenizer that is none of SentencePiece's
 */
export async function readSentencePieceFiles(directory: FileDirectory): Promise<TokenizerFiles> {
  const options = await readTokenizerOptions(directory);
  const tokenizer = await readJson(directory, 'tokenizer.json');
  if (!tokenizer) throw new MissingTokenizerError(directory.name, 'tokenizer.json');
  expectSentencePiece(directory, tokenizer);
  return { directory: directory.name, file: 'tokenizer.json', tokenizer, ...options };
}

/** SentencePiece's two kinds: Unigram, and BPE that falls back to bytes. */
function expectSentencePiece(directory: FileDirectory, { model }: JsonObject): void {
  const fail = (problem: string) => new TokenizerFileError(directory.name, 'tokenizer.json', problem);
  if (!isJsonObject(model)) throw fail('has no "model" object');
  const { type, byte_fallback: bytes, vocab, unk_id: unknown } = model;
  if (type === 'BPE' && bytes !== true) {
    throw fail(`model.byte_fallback must be true for a BPE of SentencePiece, got ${excerpt(bytes)}`);
  }
  if (type !== 'Unigram' && type !== 'BPE') {
    throw fail(`model.type must be "Unigram" or "BPE" for this text tower, got ${excerpt(type)}`);
  }
  const isUnigram = isPieces(vocab);
  if (type === 'Unigram' ? !isUnigram : !isJsonObject(vocab)) {
    throw fail('model.vocab must hold pieces, with their scores (Unigram) or ids (BPE)');
  }
  if (isUnigram && !(typeof unknown === 'number' && Object.hasOwn(vocab, unknown))) {
    const pieces = vocab.length.toLocaleString('en-US');
    throw fail(`model.unk_id must be the number of one of its ${pieces} pieces, got ${excerpt(unknown)}`);
  }
}

function isPieces(vocab: unknown): vocab is readonly [string, number][] {
  return (
    Array.isArray(vocab) &&
    vocab.every((entry) => Array.isArray(entry) && typeof entry[0] === 'string' && Number.isFinite(entry[1]))
  );
}
