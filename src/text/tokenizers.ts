import type { FileDirectory } from '../platform/files.ts';
import { BertTokenizer } from './bert-tokenizer.ts';
import { BPE_FILES, readBpeFiles } from './bpe-files.ts';
import { BpeTokenizer } from './bpe-tokenizer.ts';
import type { TextTokenizer, TokenizerOptions } from './text-tokenizer.ts';
import { readWordPieceFiles, type TokenizerFiles, WORDPIECE_FILES } from './tokenizer-files.ts';

/** All tokenizer files. */
export const TOKENIZER_FILES = [...WORDPIECE_FILES, ...BPE_FILES] as const;

/** What of a text tower's configuration its tokenizer depends on. */
export type TokenizerConfig = Omit<TokenizerOptions, 'onWarning'> &
  ({ readonly kind: 'bert'; readonly padding: number } | { readonly kind: 'clip' });

/** The tokenizer files that a text tower of that kind needs. @throws {BiomedClipError} without them */
export function readTokenizerFiles(
  directory: FileDirectory,
  kind: TokenizerConfig['kind'],
): Promise<TokenizerFiles> {
  return kind === 'bert' ? readWordPieceFiles(directory) : readBpeFiles(directory);
}

/** The text tower's tokenizer, of files that were read for it. */
export function tokenizerOf(
  files: TokenizerFiles,
  config: TokenizerConfig,
  onWarning?: TokenizerOptions['onWarning'],
): TextTokenizer {
  return config.kind === 'bert'
    ? BertTokenizer.of(files, { ...config, onWarning })
    : BpeTokenizer.of(files, { ...config, onWarning });
}

/** The tokenizer of a checkpoint directory. */
export async function loadTokenizer(
  directory: FileDirectory,
  config: TokenizerConfig,
): Promise<TextTokenizer> {
  return tokenizerOf(await readTokenizerFiles(directory, config.kind), config);
}
