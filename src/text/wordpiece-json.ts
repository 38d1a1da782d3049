/** The part of Hugging Face's `tokenizer.json` that a BERT vocabulary needs. */
export interface WordPieceJson {
  version: '1.0';
  truncation: null;
  padding: null;
  added_tokens: {
    id: number;
    content: string;
    single_word: boolean;
    lstrip: boolean;
    rstrip: boolean;
    normalized: boolean;
    special: boolean;
  }[];
  normalizer: {
    type: 'BertNormalizer';
    clean_text: boolean;
    handle_chinese_chars: boolean;
    strip_accents: boolean | null;
    lowercase: boolean;
  };
  pre_tokenizer: { type: 'BertPreTokenizer' };
  post_processor: { type: 'BertProcessing'; sep: [string, number]; cls: [string, number] } | null;
  decoder: { type: 'WordPiece'; prefix: string; cleanup: boolean };
  model: {
    type: 'WordPiece';
    unk_token: string;
    continuing_subword_prefix: string;
    max_input_chars_per_word: number;
    vocab: Record<string, number>;
  };
}

export const BERT_SPECIAL_TOKENS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/**
 * The `tokenizer.json` that Hugging Face makes of an uncased BERT `vocab.txt`: line i is the token with id i, text is
 * lower-cased and loses its accents, words longer than 100 characters are unknown.
 */
export function wordPieceJson(vocabulary: readonly string[]): WordPieceJson {
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  const cls = ids.get('[CLS]');
  const sep = ids.get('[SEP]');
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: BERT_SPECIAL_TOKENS.flatMap((content) => {
      const id = ids.get(content);
      const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
      return id === undefined ? [] : [{ id, content, ...flags }];
    }).sort((a, b) => a.id - b.id),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor:
      cls === undefined || sep === undefined
        ? null
        : { type: 'BertProcessing', sep: ['[SEP]', sep], cls: ['[CLS]', cls] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
}
