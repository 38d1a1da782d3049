/** The tokenizer files of a checkpoint directory with a SentencePiece tokenizer. */
export type SentencePieceFileName = 'tokenizer.json' | 'tokenizer_config.json';

interface SeededPieces {
  readonly files: Readonly<Record<SentencePieceFileName, string>>;
  readonly vocabularySize: number;
}

const BLANK = '▁';

/** A Unigram as SigLIP's: each of these words one piece, all characters between blank and DEL too, padded by `</s>`. */
export function unigramFiles(words: readonly string[]): SeededPieces {
  const special = ['<pad>', '</s>', '<unk>'];
  const singles = [BLANK, ...asciiCharacters()];
  const vocab = [
    ...special.map((token) => [token, 0]),
    ...singles.map((piece) => [piece, -12]),
    ...words.map((word) => [BLANK + word, -8]),
  ];
  const tokenizer = {
    ...parts(special, '</s>'),
    normalizer: { type: 'Precompiled', precompiled_charsmap: '' },
    pre_tokenizer: { type: 'Metaspace', replacement: BLANK, prepend_scheme: 'always', split: true },
    model: { type: 'Unigram', unk_id: 2, vocab, byte_fallback: false },
  };
  const config = { pad_token: '</s>', eos_token: '</s>', unk_token: '<unk>' };
  return { files: filesOf(tokenizer, config), vocabularySize: vocab.length };
}

/** A BPE as SigLIP 2's, of the same words, with bytes for what it does not know. */
export function bytePairFiles(words: readonly string[]): SeededPieces {
  const special = ['<pad>', '<eos>', '<bos>', '<unk>'];
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);
  const singles = [BLANK, ...asciiCharacters()];
  const merges = new Map<string, [string, string]>();
  for (const word of words) {
    for (let i = 0; i < word.length; i++) {
      const made = BLANK + word.slice(0, i + 1);
      merges.set(made, [BLANK + word.slice(0, i), word.charAt(i)]);
    }
  }
  const tokens = [...special, ...bytes, ...singles, ...merges.keys()];
  const tokenizer = {
    ...parts(special, '<eos>'),
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: BLANK },
    pre_tokenizer: null,
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [...merges.values()],
    },
  };
  const config = { pad_token: '<pad>', eos_token: '<eos>', unk_token: '<unk>', bos_token: '<bos>' };
  return { files: filesOf(tokenizer, config), vocabularySize: tokens.length };
}

function asciiCharacters(): string[] {
  return Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i));
}

/** What both have: the special tokens, and the one that ends a text. */
function parts(special: readonly string[], end: string) {
  return {
    version: '1.0',
    added_tokens: special.map((content, id) => ({ id, content, special: true, normalized: false })),
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: end, type_id: 0 } }],
      pair: [],
      special_tokens: { [end]: { id: end, ids: [special.indexOf(end)], tokens: [end] } },
    },
    decoder: null,
  };
}

function filesOf(tokenizer: object, config: object): Record<SentencePieceFileName, string> {
  return { 'tokenizer.json': JSON.stringify(tokenizer), 'tokenizer_config.json': JSON.stringify(config) };
}
