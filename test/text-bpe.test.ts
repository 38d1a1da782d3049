// Judge: CLIP's tokenizer written down in Python (golden/text-bpe.py), whose ids for the published vocabulary are those
// of open_clip's own SimpleTokenizer.
import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { type BiomedClipError, InvalidOptionError } from '../src/errors.ts';
import { FileReadError } from '../src/platform/errors.ts';
import type { FileDirectory } from '../src/platform/files.ts';
import { vocabularyOf } from '../src/text/bpe-files.ts';
import {
  MissingBpeError,
  MissingSpecialTokenError,
  ShortVocabularyError,
  TokenizerFileError,
  VocabularySizeError,
} from '../src/text/errors.ts';
import { loadTokenizer, readTokenizerFiles, type TokenizerConfig } from '../src/text/tokenizers.ts';
import { bpeFiles } from '../weights/bpe-files.ts';
import { DEFAULT_VOCABULARY, wordPieceFiles } from '../weights/wordpiece-files.ts';
import { rejection } from './support/memory-files.ts';

interface Case {
  readonly caption: string;
  readonly ids: number[];
  readonly truncated: boolean;
}

const golden = readJson<{ merges: [string, string][]; cases: Case[] }>('text-bpe.json');
const { merges } = golden;
const config = { kind: 'clip', contextLength: 77, vocabularySize: 512 + merges.length + 2 } as const;
const files = bpeFiles(merges);
const vocab = JSON.parse(files['vocab.json']) as Record<string, number>;
/** As Hugging Face writes it: the fields that matter here. */
const tokenizerJson = (changes = {}) =>
  JSON.stringify({ model: { type: 'BPE', end_of_word_suffix: '</w>', vocab, merges, ...changes } });

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8')) as T;
}

function directoryOf(contents: Readonly<Record<string, string | Uint8Array>>): FileDirectory {
  return {
    name: 'memory',
    async open(file) {
      const content = contents[file];
      if (content === undefined) return undefined;
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      const read = async (offset: number, length: number) => bytes.slice(offset, offset + length);
      return { name: file, size: bytes.length, read, close: async () => {} };
    },
  };
}

const load = (contents: Readonly<Record<string, string | Uint8Array>>, other: TokenizerConfig = config) =>
  loadTokenizer(directoryOf(contents), other);

test.each(golden.cases)('$caption', async ({ caption, ids, truncated }) => {
  const tokenizer = await load(files);
  expect(tokenizer.encode(caption)).toEqual({ ids: Int32Array.from(ids), truncated });
});

const published = process.env.BIOMEDCLIP_BPE ?? '';
test.skipIf(!existsSync(published))(
  'the published vocabulary, where BIOMEDCLIP_BPE names its file',
  async () => {
    const tokenizer = await load(
      { 'bpe_simple_vocab_16e6.txt.gz': new Uint8Array(readFileSync(published)) },
      { ...config, vocabularySize: 49_408 },
    );
    for (const { caption, ids, truncated } of readJson<{ cases: Case[] }>('text-bpe-published.json').cases) {
      expect(tokenizer.encode(caption), caption).toEqual({ ids: Int32Array.from(ids), truncated });
    }
  },
);

test('a long text is read no further than the context takes, and gives the event loop turns', async () => {
  const steps = (await load(files)).encodeInSteps(`${'lung '.repeat(20_000)}\n`.repeat(30));
  const first = steps.next();
  expect(first.done).toBe(true);
  expect(first.value).toMatchObject({ truncated: true, ids: { length: 77 } });
});

test.each([
  ['x', 'x'],
  ['the', 'the'],
  ['!', '!'],
])('a single word of a million letters (%s...) is cut like any text', async (_, part) => {
  const tokenizer = await load(files);
  const some = tokenizer.encode(part.repeat(5000));
  expect(some).toMatchObject({ truncated: true, ids: { length: 77 } });
  expect(tokenizer.encode(part.repeat(1e6 / part.length))).toEqual(some);
});

describe('the files', () => {
  const text = ['"bpe_simple_vocab_16e6.txt#version: 0.2', ...merges.map((pair) => pair.join(' ')), ''].join(
    '\n',
  );
  const { '<|startoftext|>': start = 0, '<|endoftext|>': end = 0, ...others } = vocab;
  const spelled = { ...others, '<start_of_text>': start, '<end_of_text>': end };

  test.each([
    ['tokenizer.json', { 'tokenizer.json': tokenizerJson() }],
    [
      'tokenizer.json, merges as lines',
      { 'tokenizer.json': tokenizerJson({ merges: merges.map((m) => m.join(' ')) }) },
    ],
    ['tokenizer.json of before 2021', { 'tokenizer.json': tokenizerJson({ type: undefined }) }],
    ["open_clip's spelling of the ends", { ...files, 'vocab.json': JSON.stringify(spelled) }],
    [
      'merges.txt with carriage returns',
      { ...files, 'merges.txt': files['merges.txt'].replaceAll('\n', '\r\n') },
    ],
    [
      'merges.txt without a version',
      { ...files, 'merges.txt': files['merges.txt'].split('\n').slice(1).join('\n') },
    ],
    ['the published merges', { 'bpe_simple_vocab_16e6.txt.gz': new Uint8Array(gzipSync(text)) }],
  ])('%s holds the same tokenizer', async (_, contents) => {
    const { file: _file, ...expected } = await readTokenizerFiles(directoryOf(files), { kind: 'clip' });
    const { file: _other, ...found } = await readTokenizerFiles(directoryOf(contents), { kind: 'clip' });
    expect(found).toEqual(expected);
  });

  test("the order of the ids is open_clip's", () => {
    expect(vocabularyOf(merges)).toEqual(spelled);
    expect(vocab['!']).toBe(0);
    expect(vocab['<|endoftext|>']).toBe(config.vocabularySize - 1);
  });

  test.each([
    ['none', {}, MissingBpeError, 'bpe_simple_vocab_16e6.txt.gz'],
    [
      'vocab.json alone',
      { 'vocab.json': files['vocab.json'] },
      MissingBpeError,
      'there is no merges.txt beside',
    ],
    [
      'a WordPiece',
      wordPieceFiles(DEFAULT_VOCABULARY),
      TokenizerFileError,
      'must be "BPE" for CLIP\'s text tower',
    ],
    ['no model', { 'tokenizer.json': '{}' }, TokenizerFileError, 'has no "model" object'],
    [
      'a model without a type and merges',
      { 'tokenizer.json': '{"model":{"vocab":{}}}' },
      TokenizerFileError,
      'model.type must be "BPE" for CLIP\'s text tower, got nothing',
    ],
    [
      'one token that no merge makes',
      { ...files, 'vocab.json': JSON.stringify({ ...vocab, zyx: 3 }) },
      TokenizerFileError,
      `${merges.length.toLocaleString('en-US')} merges make no "zyx"; if the merges`,
    ],
    [
      'no merges',
      { 'tokenizer.json': tokenizerJson({ merges: undefined }) },
      TokenizerFileError,
      'model.merges must be',
    ],
    [
      'a bad merge',
      { 'tokenizer.json': tokenizerJson({ merges: [['a']] }) },
      TokenizerFileError,
      'model.merges[0]',
    ],
    [
      'no vocabulary',
      { 'tokenizer.json': tokenizerJson({ vocab: [] }) },
      TokenizerFileError,
      'model.vocab must be',
    ],
    [
      'an id that is none',
      { ...files, 'vocab.json': '{"a":-1}' },
      TokenizerFileError,
      'must be an integer of 0 or more',
    ],
    ['malformed JSON', { ...files, 'vocab.json': '{' }, TokenizerFileError, 'malformed JSON'],
    ['no ends', { ...files, 'vocab.json': '{"a":1}' }, MissingSpecialTokenError, 'bos_token'],
    [
      'no token for a byte',
      { ...files, 'vocab.json': JSON.stringify({ ...vocab, '!</w>': undefined }) },
      TokenizerFileError,
      'has no "!</w>"',
    ],
    [
      'merges cut short',
      { ...files, 'merges.txt': files['merges.txt'].slice(0, 500) },
      TokenizerFileError,
      'if the merges were cut short',
    ],
    [
      'a vocabulary cut short',
      { ...files, 'vocab.json': JSON.stringify({ ...vocab, [merges[7]?.join('') ?? '']: undefined }) },
      TokenizerFileError,
      'has no token for the merge of',
    ],
    [
      'no gzip',
      { 'bpe_simple_vocab_16e6.txt.gz': 'version https://git-lfs.github.com/spec/v1' },
      TokenizerFileError,
      'cannot be unpacked',
    ],
    [
      'an end that is not the highest',
      {
        ...files,
        'vocab.json': JSON.stringify({ ...vocab, '<|endoftext|>': 5, '!': config.vocabularySize - 1 }),
      },
      TokenizerFileError,
      'must be the highest',
    ],
  ])('%s is a typed error', async (_, contents: Record<string, string>, type, message) => {
    const error = await rejection(load(contents));
    expect(error).toBeInstanceOf(type);
    expect(String(error)).toContain(message);
  });

  test('published merges that cannot be read fail by the reason, not as damaged ones', async () => {
    const broken = new FileReadError('bpe_simple_vocab_16e6.txt.gz', 'connection reset');
    const read = () => Promise.reject(broken);
    let closed = 0;
    const directory: FileDirectory = {
      name: 'memory',
      open: async (file) =>
        file.endsWith('.gz') ? { name: file, size: 9, read, close: async () => void closed++ } : undefined,
    };
    expect(await rejection(loadTokenizer(directory, config))).toBe(broken);
    expect(closed).toBe(1);
  });

  test('a caption that is no string is an InvalidOptionError', async () => {
    const tokenizer = await load(files);
    for (const caption of [undefined, null, 7, ['a']]) {
      expect(() => tokenizer.encode(caption as never)).toThrow(InvalidOptionError);
    }
  });

  test('fewer embeddings than tokens is an error, more a warning', async () => {
    const fewer = { ...config, vocabularySize: config.vocabularySize - 1 };
    expect(await rejection(load(files, fewer))).toBeInstanceOf(VocabularySizeError);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await load(files, { ...config, vocabularySize: config.vocabularySize + 1 });
    expect((warn.mock.calls[0]?.[0] as BiomedClipError | undefined)?.toString()).toContain('has 666 tokens');
    expect(ShortVocabularyError.name).toBe('ShortVocabularyError');
    warn.mockRestore();
  });
});
