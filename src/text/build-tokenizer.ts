import { Tokenizer } from '@huggingface/tokenizers';
import { isJsonObject } from '../arguments.ts';
import { TokenizerFileError } from './errors.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

/** A tokenizer that was read: the library makes its model, or throws. */
export type ReadTokenizer = Tokenizer & { readonly model: NonNullable<Tokenizer['model']> };

/** Hugging Face's tokenizer of the files; parts that a file leaves out do nothing. @throws {TokenizerFileError} */
export function buildTokenizer({ tokenizer, config, directory, file }: TokenizerFiles): ReadTokenizer {
  const optional = {
    decoder: null,
    post_processor: null,
    pre_tokenizer: null,
    normalizer: null,
    added_tokens: [],
  };
  try {
    return new Tokenizer({ ...optional, ...tokenizer }, config) as ReadTokenizer;
  } catch (cause) {
    // The library's own words, unless it fell over what is not there.
    const isOwn =
      cause instanceof Error && !(cause instanceof TypeError) && !/undefined|\[object/.test(cause.message);
    const reason = isOwn ? cause.message : 'a part of it is absent, or of another kind than its name says';
    throw new TokenizerFileError(directory, file, `not a tokenizer that can be read: ${reason}`, { cause });
  }
}

/** A token is written as a string or as `{ "content": string, ... }`. */
export function tokenName(token: unknown): string | undefined {
  const name = isJsonObject(token) ? token.content : token;
  return typeof name === 'string' ? name : undefined;
}
