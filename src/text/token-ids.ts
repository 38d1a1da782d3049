import { excerpt } from '../excerpt.ts';
import type { ReadTokenizer } from './build-tokenizer.ts';
import { TokenizerFileError, VocabularySizeError } from './errors.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';

/**
 * An embedding is looked up by the id, so it must be one of the weights'.
 * @param isUnused tells tokens into which no caption is split
 * @returns how many different ids there are
 * @throws {TokenizerFileError} for what is no token or no id @throws {VocabularySizeError} for one that is not below `vocabularySize`
 */
export function expectIdsBelow(
  vocabularySize: number,
  { model }: ReadTokenizer,
  { directory, file }: TokenizerFiles,
  isUnused: (token: string) => boolean = () => false,
): number {
  const ids: ReadonlyMap<unknown, unknown> = model.tokens_to_ids;
  for (const [token, id] of ids) {
    if (typeof token !== 'string') {
      throw new TokenizerFileError(directory, file, `a token must be a string, got ${excerpt(token)}`);
    }
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
      const problem = `the id of ${excerpt(token)} must be an integer of 0 or more, got ${excerpt(id)}`;
      throw new TokenizerFileError(directory, file, problem);
    }
    if (id >= vocabularySize && !isUnused(token)) {
      throw new VocabularySizeError(directory, file, token, id, vocabularySize);
    }
  }
  return new Set(ids.values()).size;
}
