import { InvalidOptionError } from '../src/errors.ts';
import { BERT_SPECIAL_TOKENS, wordPieceJson } from '../src/text/wordpiece-json.ts';

export { DEFAULT_VOCABULARY } from './default-vocabulary.ts';

/** The tokenizer files of a checkpoint directory. */
export type WordPieceFileName =
  | 'tokenizer.json'
  | 'tokenizer_config.json'
  | 'vocab.txt'
  | 'special_tokens_map.json';

/**
 * The contents of the four files that BiomedCLIP's download has for its tokenizer, for any uncased BERT vocabulary:
 * the token at index i gets the id i.
 * @throws {InvalidOptionError} if a special token is missing or a token comes twice
 */
export function wordPieceFiles(vocabulary: readonly string[]): Record<WordPieceFileName, string> {
  const known = new Set(vocabulary);
  if (known.size < vocabulary.length || !BERT_SPECIAL_TOKENS.every((token) => known.has(token))) {
    throw new InvalidOptionError(
      'vocabulary',
      `distinct tokens with ${BERT_SPECIAL_TOKENS.join(', ')}`,
      vocabulary,
    );
  }
  const specialTokens = {
    cls_token: '[CLS]',
    mask_token: '[MASK]',
    pad_token: '[PAD]',
    sep_token: '[SEP]',
    unk_token: '[UNK]',
  };
  const config = {
    clean_up_tokenization_spaces: true,
    do_basic_tokenize: true,
    do_lower_case: true,
    never_split: null,
    strip_accents: null,
    tokenize_chinese_chars: true,
    tokenizer_class: 'BertTokenizer',
    ...specialTokens,
  };
  return {
    'tokenizer.json': JSON.stringify(wordPieceJson(vocabulary)),
    'tokenizer_config.json': JSON.stringify(config, null, 2),
    'vocab.txt': vocabulary.map((token) => `${token}\n`).join(''),
    'special_tokens_map.json': JSON.stringify(specialTokens, null, 2),
  };
}
