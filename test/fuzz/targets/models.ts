import { cleanText } from '../../../src/text/clean.ts';
import type { TextTokenizer } from '../../../src/text/text-tokenizer.ts';
import { readTokenizerFiles, type TokenizerConfig, tokenizerOf } from '../../../src/text/tokenizers.ts';
import { wordPieceJson } from '../../../src/text/wordpiece-json.ts';
import { openCheckpoint } from '../../../weights/checkpoint.ts';
import { readConfig } from '../../../weights/config.ts';
import { checkTensors } from '../../../weights/schema.ts';
import { type SeededModelOptions, writeSeededModel } from '../../../weights/seeded.ts';
import { MemoryDirectory } from '../../support/memory-files.ts';
import { texts, together } from '../seeds.ts';
import { expectSame, expectThat, type Target } from '../target.ts';

const quiet = () => {};

const models = new Map<string, Promise<MemoryDirectory>>();

/** A seeded model, written once. */
function model(towers: SeededModelOptions['towers']): Promise<MemoryDirectory> {
  const key = JSON.stringify(towers);
  const known = models.get(key) ?? written(towers);
  models.set(key, known);
  return known;
}

async function written(towers: SeededModelOptions['towers']): Promise<MemoryDirectory> {
  const directory = new MemoryDirectory();
  await writeSeededModel(directory, { preset: 'tiny', towers });
  return directory;
}

/** The directory with one of its files replaced. */
function withFile(
  directory: MemoryDirectory,
  file: string,
  bytes: Uint8Array,
  without: readonly string[] = [],
) {
  const changed = new MemoryDirectory();
  for (const [name, { bytes: content }] of directory.files)
    if (!without.includes(name)) changed.add(name, content);
  changed.add(file, bytes);
  return changed;
}

function fileOf(towers: SeededModelOptions['towers'], file: string): () => Promise<Uint8Array[]> {
  return async () => [(await model(towers)).files.get(file)?.bytes ?? new Uint8Array()];
}

const CONFIG = 'open_clip_config.json';
const CONFIG_WORDS = [
  ...[
    '"heads": 0',
    '"layers": [1,2]',
    '"image_size": [48, 48]',
    '"eps": 1e-400',
    '"quick_gelu": true',
    '"hf_model_name"',
  ],
  ...[
    '"timm_model_name"',
    '"model_cfg"',
    '"mean": [0,0]',
    '"std": [0,0,0]',
    'null',
    '-1',
    '"timm_pool": "avg"',
  ],
];

function configTarget(name: string, towers: SeededModelOptions['towers']): Target {
  return {
    name,
    seeds: fileOf(towers, CONFIG),
    words: CONFIG_WORDS,
    async read(bytes) {
      const directory = withFile(await model(towers), CONFIG, bytes);
      const checkpoint = await openCheckpoint(directory, quiet);
      const config = await readConfig(directory, checkpoint, quiet);
      checkTensors(checkpoint, config);
      const { heads, width } = config.image;
      expectThat(width % heads === 0 && config.embedDim >= 1, 'sizes that no tower has');
    },
    cases: 500,
  };
}

const HF = {
  model_type: 'clip',
  projection_dim: 8,
  vision_config: {
    hidden_size: 16,
    intermediate_size: 32,
    num_attention_heads: 2,
    num_hidden_layers: 1,
    patch_size: 4,
    image_size: 8,
  },
  text_config: {
    hidden_size: 16,
    intermediate_size: 32,
    num_attention_heads: 2,
    num_hidden_layers: 1,
    vocab_size: 99,
  },
};

const hfConfig: Target = {
  name: 'hf-config',
  whole: false,
  seeds: texts(
    { ...HF, vision_config: { ...HF.vision_config, hidden_act: 'quick_gelu' } },
    { ...HF, model_type: 'siglip' },
    {
      model_type: 'siglip',
      vision_config: { model_type: 'siglip_vision_model' },
      text_config: { model_type: 'siglip_text_model' },
    },
  ),
  words: [
    '"model_type": "siglip"',
    '"hidden_act": "gelu_pytorch_tanh"',
    '"layer_norm_eps": 0',
    '"eos_token_id": 2',
  ],
  async read(bytes) {
    const directory = withFile(await model({ image: 'open_clip', text: 'clip' }), 'config.json', bytes, [
      CONFIG,
    ]);
    const checkpoint = await openCheckpoint(directory, quiet);
    checkTensors(checkpoint, await readConfig(directory, checkpoint, quiet));
  },
  cases: 500,
};

const CAPTIONS = ['chest x-ray of a lung', '', 'Naïve  café — 心臓 &amp; ½', 'a\u0301\u200b\ud83e\udec0'];

interface TokenizerCase {
  readonly towers: SeededModelOptions['towers'];
  readonly config: TokenizerConfig;
}

const BERT: TokenizerCase = {
  towers: {},
  config: { kind: 'bert', padding: 0, contextLength: 16, vocabularySize: 5000 },
};
const CLIP: TokenizerCase = {
  towers: { text: 'clip' },
  config: { kind: 'clip', contextLength: 16, vocabularySize: 50_000 },
};
const pieces = (siglip: 1 | 2): TokenizerCase => ({
  towers: { siglip },
  config: { kind: 'clip', sentencePiece: 'canonicalize', contextLength: 16, vocabularySize: 300_000 },
});

function tokenizerTarget(
  name: string,
  { towers, config }: TokenizerCase,
  file: string,
  seeds: Target['seeds'],
): Target {
  return {
    name,
    seeds,
    words: [
      '"type":"WordPiece"',
      '"type":"BPE"',
      '"type":"Unigram"',
      '"vocab":{}',
      '"merges":[]',
      '"added_tokens":[]',
      '"[CLS]"',
    ],
    async read(bytes) {
      const others = file === 'tokenizer.json' ? ['vocab.txt', 'vocab.json', 'merges.txt'] : [];
      const directory = withFile(
        await model(towers),
        file,
        bytes,
        file === 'vocab.txt' ? ['tokenizer.json'] : others,
      );
      const tokenizer = tokenizerOf(await readTokenizerFiles(directory, config), config, quiet);
      for (const caption of CAPTIONS) expectTokens(tokenizer, caption, config);
    },
    cases: 350,
    memory: () => 64 << 20,
  };
}

function expectTokens(tokenizer: TextTokenizer, caption: string, config: TokenizerConfig): Int32Array {
  const { ids, truncated } = tokenizer.encode(caption);
  const least = 'sentencePiece' in config ? 0 : 2;
  expectThat(ids.length >= least && ids.length <= config.contextLength, `${ids.length} tokens`);
  expectThat(typeof truncated === 'boolean', 'truncated is no boolean');
  for (const id of ids)
    expectThat(id >= 0 && id < config.vocabularySize, `the token ${id} of ${config.vocabularySize}`);
  return ids;
}

/** A vocabulary of a few words, so that cases are quick. */
const WORDS = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  'chest',
  'x',
  '-',
  'ray',
  'of',
  'a',
  'lung',
  '##ng',
  'lu',
  '##s',
  'n',
];
const unigram = {
  added_tokens: [
    { id: 0, content: '<pad>', special: true },
    { id: 1, content: '</s>', special: true },
  ],
  normalizer: { type: 'Precompiled', precompiled_charsmap: '' },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
  model: {
    type: 'Unigram',
    unk_id: 2,
    vocab: [
      ['<pad>', 0],
      ['</s>', 0],
      ['<unk>', 0],
      ['▁', -2],
      ['▁chest', -3],
      ['a', -4],
      ['x', -5],
    ],
  },
};
const bytePairs = {
  added_tokens: [
    { id: 0, content: '<pad>', special: true },
    { id: 1, content: '<eos>', special: true },
  ],
  model: {
    type: 'BPE',
    byte_fallback: true,
    unk_token: '<unk>',
    vocab: { '<pad>': 0, '<eos>': 1, '<unk>': 2, a: 3, b: 4, ab: 5 },
    merges: ['a b'],
  },
};

/** Captions, cleaned and tokenized. */
const caption: Target = {
  name: 'text',
  seeds: together(
    withTokenizers,
    texts(
      ...[
        'Chest X-ray &amp; CT',
        'schÃ¶n',
        'â€œquotedâ€\u009d',
        '&lt;b&gt;&#x1F600;&#0;',
        '\u001b[31mred\u001b[0m',
        'ﬁne ａｂｃ ’',
      ],
      ...[
        'a\u0301\u0316\u0300',
        'ÃƒÂ©',
        'Ã\u00a0 la',
        '\ud83e\udec0 心臓 \u200b\ufeff',
        'x\r\n\t y',
        '&notanentity; &copy',
      ],
    ),
  ),
  words: [
    'Ã',
    'â\x80',
    '\xc3\x83',
    '&#',
    '&#x',
    ';',
    '\x1b[',
    '\xef\xbf\xbd',
    '\xcc\x81',
    '\xed\xa0\x80',
    '&amp;',
    '\xe2\x80\x99',
  ],
  async read(bytes) {
    const wide = bytes.length % 4 === 3; // half of a surrogate pair among them
    const text = wide
      ? String.fromCharCode(...new Uint16Array(bytes.buffer.slice(0, (bytes.length >> 1) * 2)))
      : new TextDecoder().decode(bytes);
    expectThat(typeof cleanText(text) === 'string', 'no text');
    for (const { towers, config } of [BERT, CLIP, pieces(1)]) {
      const tokenizer = await loaded(towers, config);
      const steps = tokenizer.encodeInSteps(text);
      let step = steps.next();
      while (!step.done) step = steps.next();
      expectSame(step.value.ids, expectTokens(tokenizer, text, config), 'at once and in steps');
    }
  },
  cases: 500,
};

/** None: loads them, so that no case has to. */
async function withTokenizers(): Promise<Uint8Array[]> {
  for (const { towers, config } of [BERT, CLIP, pieces(1)]) await loaded(towers, config);
  return [];
}

const tokenizers = new Map<TokenizerConfig, Promise<TextTokenizer>>();

function loaded(towers: SeededModelOptions['towers'], config: TokenizerConfig): Promise<TextTokenizer> {
  const kept = [...tokenizers].find(([key]) => JSON.stringify(key) === JSON.stringify(config))?.[1];
  if (kept) return kept;
  const made = model(towers).then(async (files) =>
    tokenizerOf(await readTokenizerFiles(files, config), config, quiet),
  );
  tokenizers.set(config, made);
  return made;
}

export const modelFiles: readonly Target[] = [
  configTarget('config', {}),
  configTarget('config-own-towers', { image: 'open_clip', text: 'clip' }),
  configTarget('config-siglip', { siglip: 1 }),
  hfConfig,
  tokenizerTarget('tokenizer-wordpiece', BERT, 'tokenizer.json', texts(wordPieceJson(WORDS))),
  tokenizerTarget('tokenizer-vocabulary', BERT, 'vocab.txt', texts(`${WORDS.join('\n')}\n`)),
  tokenizerTarget(
    'tokenizer-options',
    BERT,
    'tokenizer_config.json',
    together(fileOf({}, 'tokenizer_config.json'), texts({ truncation_side: 'left' })),
  ),
  tokenizerTarget('tokenizer-unigram', pieces(1), 'tokenizer.json', texts(unigram)),
  tokenizerTarget('tokenizer-byte-pairs', pieces(2), 'tokenizer.json', texts(bytePairs)),
  {
    ...tokenizerTarget('tokenizer-merges', CLIP, 'merges.txt', texts('#version: 0.2\na b</w>\n')),
    whole: false,
  },
  caption,
];
