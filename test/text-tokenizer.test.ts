import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { type BiomedClipError, InvalidOptionError } from '../src/errors.ts';
import type { FileDirectory } from '../src/platform/files.ts';
import { BertTokenizer, type BertTokenizerOptions } from '../src/text/bert-tokenizer.ts';
import { cleanText } from '../src/text/clean.ts';
import {
  MissingSpecialTokenError,
  MissingTokenizerError,
  ShortVocabularyError,
  TokenizerFileError,
  VocabularySizeError,
} from '../src/text/errors.ts';
import { DEFAULT_VOCABULARY, wordPieceFiles } from '../weights/wordpiece-files.ts';

// Judge: BERT's tokenization written down in Python (golden/text-wordpiece.py).
const golden = JSON.parse(readFileSync(new URL('golden/text-wordpiece.json', import.meta.url), 'utf8')) as {
  vocabulary: string[];
  cases: { caption: string; ids: number[]; truncated: boolean }[];
};
const files = wordPieceFiles(golden.vocabulary);
const options = {
  contextLength: 256,
  vocabularySize: golden.vocabulary.length,
  padding: golden.vocabulary.indexOf('[PAD]'),
};

function directoryOf(contents: Readonly<Record<string, string | undefined>>): FileDirectory {
  return {
    name: 'memory',
    async open(file) {
      const text = contents[file];
      if (text === undefined) return undefined;
      const bytes = new TextEncoder().encode(text);
      const read = async (offset: number, length: number) => bytes.slice(offset, offset + length);
      return { name: file, size: bytes.length, read, close: async () => {} };
    },
  };
}

const load = (
  contents: Readonly<Record<string, string | undefined>>,
  changed: Partial<BertTokenizerOptions> = {},
) => BertTokenizer.load(directoryOf(contents), { ...options, ...changed });

describe('encode agrees with BERT', async () => {
  const tokenizer = await load(files);
  const fromVocabulary = await load({ 'vocab.txt': files['vocab.txt'] });
  const fromJsonAlone = await load({ 'tokenizer.json': files['tokenizer.json'] });

  test.each(golden.cases)('$caption', ({ caption, ids, truncated }) => {
    expect(cleanText(caption)).toBe(caption); // the judge does not clean
    const expected = { ids: Int32Array.from(ids), truncated };
    expect(tokenizer.encode(caption)).toEqual(expected);
    expect(fromVocabulary.encode(caption)).toEqual(expected);
    expect(fromJsonAlone.encode(caption)).toEqual(expected);
  });

  test('cleans first', () => {
    expect(tokenizer.encode('  “Sj\u00c3\u00b6gren”&nbsp;\n lung ')).toEqual(
      tokenizer.encode('"Sjögren" lung'),
    );
  });

  test('cuts to the context length and keeps [SEP]', async () => {
    const short = await load(files, { contextLength: 4 });
    const [cls, sep] = ['[CLS]', '[SEP]'].map((token) => golden.vocabulary.indexOf(token));
    const lung = golden.vocabulary.indexOf('lung');
    expect(short.encode('lung lung')).toEqual({
      ids: Int32Array.of(cls ?? -1, lung, lung, sep ?? -1),
      truncated: false,
    });
    expect(short.encode('lung lung lung')).toEqual({
      ids: Int32Array.of(cls ?? -1, lung, lung, sep ?? -1),
      truncated: true,
    });
  });
});

describe('the files of a checkpoint', () => {
  const tokenizerJson = () => JSON.parse(files['tokenizer.json']);
  const withVocab = (change: (vocab: Record<string, unknown>) => void) => {
    const json = tokenizerJson();
    change(json.model.vocab);
    json.added_tokens = [];
    return { 'tokenizer.json': JSON.stringify(json) };
  };

  test('tokenizer_config.json overrules the normalizer, as in transformers', async () => {
    const cased = await load({ ...files, 'tokenizer_config.json': '{"do_lower_case": false}' });
    const unknown = golden.vocabulary.indexOf('[UNK]');
    expect(cased.encode('Lung').ids[1]).toBe(unknown);
    expect(cased.encode('lung').ids[1]).toBe(golden.vocabulary.indexOf('lung'));
  });

  test('a model that says no more than its vocabulary', async () => {
    const { vocab } = tokenizerJson().model;
    const bare = await load({
      'tokenizer.json': JSON.stringify({ ...tokenizerJson(), model: { type: 'WordPiece', vocab } }),
    });
    const caption = 'adenocarcinoma ✗ lung';
    expect(bare.encode(caption)).toEqual((await load(files)).encode(caption));
  });

  test('a model without a type, of before 2021, is known by its prefix', async () => {
    const { type: _, ...model } = tokenizerJson().model;
    const old = (changes: object) =>
      load({ 'tokenizer.json': JSON.stringify({ ...tokenizerJson(), model: { ...model, ...changes } }) });
    expect((await old({})).encode('lungs')).toEqual((await load(files)).encode('lungs'));
    const refused = 'model.type must be "WordPiece", got nothing';
    await expect(old({ merges: [] })).rejects.toThrow(refused);
    await expect(old({ continuing_subword_prefix: undefined, merges: [] })).rejects.toThrow(refused);
    const { continuing_subword_prefix: _prefix, ...bare } = model;
    const unnamed = JSON.stringify({ ...tokenizerJson(), model: bare });
    await expect(load({ 'tokenizer.json': unnamed })).rejects.toThrow(refused);
  });

  test.each([
    ['no normalizer', { normalizer: null }],
    ['another normalizer', { normalizer: { type: 'Lowercase' } }],
    ['ideographs within words', { normalizer: { type: 'BertNormalizer', handle_chinese_chars: false } }],
    ['another pre_tokenizer', { pre_tokenizer: { type: 'WhitespaceSplit' } }],
  ])('%s: the same tokens of plain words', async (_, changes) => {
    const other = await load({ 'tokenizer.json': JSON.stringify({ ...tokenizerJson(), ...changes }) });
    expect(other.encode('lung bone')).toEqual((await load(files)).encode('lung bone'));
  });

  test('an added token with a blank is found where a long text would be cut', async () => {
    const json = tokenizerJson();
    const id = golden.vocabulary.length;
    json.added_tokens.push({ id, content: 'lung lung', special: true });
    const contents = { 'tokenizer.json': JSON.stringify(json) };
    const tokenizer = await load(contents, { vocabularySize: id + 1 });
    const [cls, sep] = ['[CLS]', '[SEP]'].map((token) => golden.vocabulary.indexOf(token));
    expect([...tokenizer.encode(`${'\u200b'.repeat(4092)}lung lung`).ids]).toEqual([cls, id, sep]);
  });

  test.each([
    ['nothing', undefined, /a part of it is absent/],
    ['a number', 7, /a token must be a string, got 7/],
    ['a list', ['lung'], /a token must be a string, got \["lung"\]/],
  ])('an added token that is %s', async (_, content, message) => {
    const json = tokenizerJson();
    json.added_tokens.push({ ...json.added_tokens[0], content, id: 5 });
    const failed = load({ 'tokenizer.json': JSON.stringify(json) });
    await expect(failed).rejects.toThrow(TokenizerFileError);
    await expect(failed).rejects.toThrow(/^memory\/tokenizer\.json: /);
    await expect(failed).rejects.toThrow(message);
  });

  test('names of special tokens come from the files', async () => {
    const vocab = files['vocab.txt'].replace('[CLS]', '<s>').replace('[SEP]', '</s>');
    const ids = [golden.vocabulary.indexOf('[CLS]'), golden.vocabulary.indexOf('[SEP]')];
    const map = '{"cls_token": {"content": "<s>"}, "sep_token": "</s>"}';
    const tokenizer = await load({ 'vocab.txt': vocab, 'special_tokens_map.json': map });
    expect([...tokenizer.encode('').ids]).toEqual(ids);
    await expect(load({ 'vocab.txt': vocab })).rejects.toThrow(MissingSpecialTokenError);
  });

  test('no vocabulary', async () => {
    await expect(load({ 'tokenizer_config.json': '{}' })).rejects.toThrow(MissingTokenizerError);
    await expect(load({})).rejects.toThrowErrorMatchingInlineSnapshot(
      `[MissingTokenizerError: memory: there is neither tokenizer.json nor vocab.txt; copy one of them from the model's download, captions cannot be read without it]`,
    );
  });

  test.each([
    ['truncated', '{"model": {"ty'],
    ['not an object', '[]'],
    ['without a model', '{"version": "1.0"}'],
    ['of another kind', '{"model": {"type": "BPE", "vocab": {}, "merges": []}}'],
    ['without a vocabulary', '{"model": {"type": "WordPiece"}}'],
    ['with an unknown normalizer', JSON.stringify({ ...tokenizerJson(), normalizer: { type: 'Nonsense' } })],
  ])('tokenizer.json %s', async (_, json) => {
    const failed = load({ 'tokenizer.json': json });
    await expect(failed).rejects.toThrow(TokenizerFileError);
    await expect(failed).rejects.toThrow(/^memory\/tokenizer\.json: /);
  });

  test('malformed tokenizer_config.json', async () => {
    await expect(load({ ...files, 'tokenizer_config.json': '{' })).rejects.toThrow(
      /^memory\/tokenizer_config\.json: /,
    );
  });

  test.each(['[CLS]', '[SEP]', '[UNK]'])('a vocabulary without %s', async (token) => {
    const contents = withVocab((vocab) => delete vocab[token]);
    await expect(load(contents)).rejects.toThrow(MissingSpecialTokenError);
    await expect(load(contents)).rejects.toThrow(token);
  });

  test.each([
    ['-1', -1],
    ['a string', '7'],
    ['a fraction', 1.5],
  ])('an id that is %s', async (_, id) => {
    const contents = withVocab((vocab) => {
      vocab.lung = id;
    });
    await expect(load(contents)).rejects.toThrow(TokenizerFileError);
  });

  test('[CLS] where the model pads', async () => {
    const masked = load(files, { padding: golden.vocabulary.indexOf('[CLS]') });
    await expect(masked).rejects.toThrow(TokenizerFileError);
    await expect(masked).rejects.toThrow('which the model masks as padding');
  });

  test('ids beyond the word embeddings', async () => {
    const last = golden.vocabulary.length - 1;
    await expect(load(files, { vocabularySize: last })).rejects.toThrow(VocabularySizeError);
    await expect(load(files, { vocabularySize: last })).rejects.toMatchObject({
      id: last,
      vocabularySize: last,
    });
  });

  describe('a vocabulary with fewer tokens than embeddings', () => {
    const rows = golden.vocabulary.length;
    const cut = golden.vocabulary.slice(0, rows - 7);
    const duplicated = golden.vocabulary.map((token, id) => (id === rows - 1 ? 'lung' : token));
    test.each([
      ['cut short', { 'vocab.txt': cut.join('\n') }, rows - 7],
      ['with a line twice', { 'vocab.txt': duplicated.join('\n') }, rows - 1],
      ['cut short as JSON', { 'tokenizer.json': wordPieceFiles(cut)['tokenizer.json'] }, rows - 7],
    ])('%s is warned of', async (_, contents, tokens) => {
      const warnings: BiomedClipError[] = [];
      await load(contents, { onWarning: (warning: BiomedClipError) => void warnings.push(warning) });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toBeInstanceOf(ShortVocabularyError);
      expect(warnings[0]).toMatchObject({ tokens, vocabularySize: rows });
    });

    test('and says so by both numbers', () => {
      expect(new ShortVocabularyError('model', 'vocab.txt', 2000, 30_522).message).toMatchInlineSnapshot(
        `"model/vocab.txt: has 2,000 tokens, the weights have embeddings for 30,522. If the file was cut short, captions are split into other tokens and results are wrong: download it again. If the weights are padded to a round number, all is well"`,
      );
    });
  });

  test('no warning for files that fit', async () => {
    const onWarning = vi.fn();
    await load(files, { onWarning });
    expect(onWarning).not.toHaveBeenCalled();
  });

  test.each([
    ['none', null],
    ['one with other tokens', { type: 'BertProcessing', cls: ['[MASK]', 4], sep: ['[SEP]', 3] }],
  ])('a post_processor that is %s', async (_, post_processor) => {
    const contents = { ...files, 'tokenizer.json': JSON.stringify({ ...tokenizerJson(), post_processor }) };
    await expect(load(contents)).rejects.toThrow(TokenizerFileError);
    await expect(load(contents)).rejects.toThrow('post_processor must put cls_token and sep_token');
  });

  test('a TemplateProcessing of the same tokens', async () => {
    const [cls, sep] = ['[CLS]', '[SEP]'].map((token) => golden.vocabulary.indexOf(token));
    const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
    const post_processor = {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [cls], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [sep], tokens: ['[SEP]'] },
      },
    };
    const templated = await load({
      'tokenizer.json': JSON.stringify({ ...tokenizerJson(), post_processor }),
    });
    expect(templated.encode('lung')).toEqual((await load(files)).encode('lung'));
  });

  test('a special_tokens_map.json that names other tokens than tokenizer.json', async () => {
    const contents = {
      'tokenizer.json': files['tokenizer.json'],
      'special_tokens_map.json': '{"cls_token": "[MASK]"}',
    };
    await expect(load(contents)).rejects.toThrow('post_processor must put cls_token and sep_token');
  });

  test('a pad_token that the model does not mask', async () => {
    const contents = { ...files, 'tokenizer_config.json': '{"pad_token": "[MASK]"}' };
    await expect(load(contents)).rejects.toThrow(TokenizerFileError);
    await expect(load(contents)).rejects.toThrow('the pad_token "[MASK]" must have the id 0');
  });

  test.each([
    ['truncation_side', 'left'],
    ['split_special_tokens', true],
  ])('%s %j is refused', async (option, value) => {
    const contents = { ...files, 'tokenizer_config.json': JSON.stringify({ [option]: value }) };
    await expect(load(contents)).rejects.toThrow(TokenizerFileError);
    await expect(load(contents)).rejects.toThrow(`tokenizer_config.json: ${option} must be `);
  });

  test('added tokens beyond the word embeddings', async () => {
    const json = tokenizerJson();
    json.added_tokens.push({ ...json.added_tokens[0], content: '<new>', id: golden.vocabulary.length });
    const contents = { 'tokenizer.json': JSON.stringify(json) };
    await expect(load(contents)).rejects.toThrow(VocabularySizeError);
  });

  test.each([{ contextLength: 1 }, { contextLength: 2.5 }, { vocabularySize: 0 }])(
    'option %o',
    async (changed) => {
      await expect(load(files, changed)).rejects.toThrow(InvalidOptionError);
    },
  );

  test('a caption that is no string', async () => {
    const tokenizer = await load(files);
    for (const caption of [undefined, null, 5, ['a']]) {
      expect(() => tokenizer.encode(caption as unknown as string)).toThrow(InvalidOptionError);
    }
  });
});

describe('the vocabulary of seeded models', async () => {
  const unused = Array.from({ length: 30522 - DEFAULT_VOCABULARY.length }, (_, i) => `[unused${i}]`);
  const padded = [...DEFAULT_VOCABULARY, ...unused];
  const small = await load(wordPieceFiles(DEFAULT_VOCABULARY), { vocabularySize: DEFAULT_VOCABULARY.length });
  const full = await load(wordPieceFiles(padded), { vocabularySize: 30522 });

  test('is a few hundred distinct tokens', () => {
    expect(new Set(DEFAULT_VOCABULARY).size).toBe(DEFAULT_VOCABULARY.length);
    expect(DEFAULT_VOCABULARY.length).toBeGreaterThan(300);
    expect(DEFAULT_VOCABULARY.length).toBeLessThan(1000);
  });

  test.each([
    'squamous cell carcinoma histopathology',
    'hematoxylin and eosin histopathology',
    'bone X-ray',
    'adenocarcinoma histopathology',
    'covid line chart',
    'immunohistochemistry histopathology',
    'chest X-ray',
    'brain MRI',
    'pie chart',
  ])('has every word of the example caption whole: %s', (label) => {
    const caption = `this is a photo of ${label}`;
    const words = caption.toLowerCase().match(/\w+|-/g) ?? [];
    const tokens = [...small.encode(caption).ids].map((id) => DEFAULT_VOCABULARY[id]);
    expect(tokens).toEqual(['[CLS]', ...words, '[SEP]']);
    expect(full.encode(caption)).toEqual(small.encode(caption));
  });

  test('spells any ASCII word', () => {
    const unknown = DEFAULT_VOCABULARY.indexOf('[UNK]');
    expect([...small.encode('Zyxwvut 4711 q9z ~!').ids]).not.toContain(unknown);
  });

  test('needs the special tokens, once each', () => {
    expect(() => wordPieceFiles(['[PAD]', '[UNK]', '[CLS]', '[SEP]'])).toThrow(InvalidOptionError);
    expect(() => wordPieceFiles([...DEFAULT_VOCABULARY, 'lung'])).toThrow(InvalidOptionError);
  });
});
