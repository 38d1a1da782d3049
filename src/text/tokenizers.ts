import type { FileDirectory } from '../platform/files.ts';
import { BertTokenizer } from './bert-tokenizer.ts';
import { BPE_FILES, readBpeFiles } from './bpe-files.ts';
import { BpeTokenizer } from './bpe-tokenizer.ts';
import type { Cleaning } from './canonicalize.ts';
import { readSentencePieceFiles } from './sentencepiece-files.ts';
import { SentencePieceTokenizer } from './sentencepiece-tokenizer.ts';
import type { TextTokenizer, TokenizerOptions } from './text-tokenizer.ts';
import { readWordPieceFiles, type TokenizerFiles, WORDPIECE_FILES } from './tokenizer-files.ts';

/** All tokenizer files. */
export const TOKENIZER_FILES = [...WORDPIECE_FILES, ...BPE_FILES] as const;

/** What of a text tower's configuration its tokenizer depends on. */
export type TokenizerConfig = Omit<TokenizerOptions, 'onWarning'> &
  (
    | { readonly kind: 'bert'; readonly padding: number }
    | { readonly kind: 'clip'; readonly sentencePiece?: Cleaning }
  );

/** What of it decides which files these are. */
export type TokenizerKind =
  | { readonly kind: 'bert' }
  | { readonly kind: 'clip'; readonly sentencePiece?: Cleaning };

/** The tokenizer files that such a text tower needs. @throws {BiomedClipError} without them */
export function readTokenizerFiles(directory: FileDirectory, config: TokenizerKind): Promise<TokenizerFiles> {
  if (config.kind === 'bert') return readWordPieceFiles(directory);
  return config.sentencePiece ? readSentencePieceFiles(directory) : readBpeFiles(directory);
}

/** The text tower's tokenizer, of files that were read for it. */
export function tokenizerOf(
  files: TokenizerFiles,
  config: TokenizerConfig,
  onWarning?: TokenizerOptions['onWarning'],
): TextTokenizer {
  if (config.kind === 'bert') return BertTokenizer.of(files, { ...config, onWarning });
  const { sentencePiece: cleaning } = config;
  return cleaning
    ? SentencePieceTokenizer.of(files, { ...config, cleaning, onWarning })
    : BpeTokenizer.of(files, { ...config, onWarning });
}

/** The tokenizer of a checkpoint directory. */
export async function loadTokenizer(
  directory: FileDirectory,
  config: TokenizerConfig,
): Promise<TextTokenizer> {
  return tokenizerOf(await readTokenizerFiles(directory, config), config);
}
