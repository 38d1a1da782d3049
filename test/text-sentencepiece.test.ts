// Judge: Hugging Face's tokenizers and Google's SentencePiece, which agree (golden/text-sentencepiece.py).
import type { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, test, vi } from 'vitest';
import { InvalidOptionError } from '../src/errors.ts';
import { MissingTokenizerError, TokenizerFileError, VocabularySizeError } from '../src/text/errors.ts';
import type { SentencePieceTokenizer } from '../src/text/sentencepiece-tokenizer.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import golden from './golden/text-sentencepiece.json' with { type: 'json' };
import { memoryDirectory } from './support/memory-directory.ts';

type Model = 'unigram' | 'bpe';
type Cleaning = 'canonicalize' | 'lower' | 'whitespace';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const SIZES = { unigram: 400, bpe: 700 };

function filesOf(model: Model, changes: Readonly<Record<string, unknown>> = {}) {
  const { tokenizer, config } = golden[model];
  return {
    'tokenizer.json': bytes({ ...tokenizer, ...changes }),
    'tokenizer_config.json': bytes(config),
  };
}

async function load(
  model: Model,
  sentencePiece: Cleaning,
  { files = filesOf(model), vocabularySize = SIZES[model] }: { files?: object; vocabularySize?: number } = {},
) {
  const directory = memoryDirectory(new Map(Object.entries(files)));
  const options = { contextLength: 64, vocabularySize, onWarning: () => {} };
  return loadTokenizer(directory, {
    kind: 'clip',
    sentencePiece,
    ...options,
  }) as Promise<SentencePieceTokenizer>;
}

describe.each(['unigram', 'bpe'] as const)('%s', (model) => {
  test.each(['canonicalize', 'whitespace'] as const)('reads captions cleaned by %s', async (cleaning) => {
    const tokenizer = await load(model, cleaning);
    for (const [i, caption] of golden.captions.entries()) {
      const expected = golden[model].ids[cleaning][i] ?? [];
      const { ids, truncated } = tokenizer.encode(caption);
      expect({ caption, ids: [...ids] }).toEqual({ caption, ids: expected });
      expect(expected.length === 64 || !truncated).toBe(true);
    }
    expect(tokenizer.encode('lung '.repeat(100)).truncated).toBe(true);
    expect(tokenizer.padding).toBe(model === 'unigram' ? 1 : 0);
  });

  test('a long text is cut where all of it would be', async () => {
    const tokenizer = await load(model, 'canonicalize');
    for (const text of ['tower '.repeat(60), '\u{1fac1}'.repeat(50), 'x'.repeat(60), 'model of\u80ba the ']) {
      const long = tokenizer.encode(text.repeat(200));
      expect(long.truncated || model === 'unigram').toBe(true); // a run of unknown characters is one piece
      const shorter = tokenizer.encode(text.repeat(20));
      if (shorter.truncated) expect(long.ids).toEqual(shorter.ids);
    }
  });

  test('a caption that is no string is an InvalidOptionError', async () => {
    const tokenizer = await load(model, 'canonicalize');
    expect(() => tokenizer.encode(7 as never)).toThrow(InvalidOptionError);
  });

  test('ids beyond the weights are a VocabularySizeError', async () => {
    await expect(load(model, 'canonicalize', { vocabularySize: 399 })).rejects.toThrow(VocabularySizeError);
  });
});

test('a text is lower-cased alone where its tokenizer does no more', async () => {
  const ids = async (cleaning: Cleaning, text: string) => [...(await load('bpe', cleaning)).encode(text).ids];
  expect(await ids('lower', 'Brain, the_TOWER')).toEqual(await ids('whitespace', 'brain, the_tower'));
  expect(await ids('lower', 'Brain')).not.toEqual(await ids('whitespace', 'Brain'));
});

test('parts of a long text are joined by blanks, as its lines are', async () => {
  const tokenizer = await load('unigram', 'whitespace');
  const unknown = '\u4e00'; // a run of them is one piece
  const long = `${unknown.repeat(120_000)}\ntower`; // more pieces than a call may have arguments
  expect(tokenizer.encode(long)).toEqual(tokenizer.encode(`${unknown} tower`));
});

test.each([-1, 0.5, null, undefined])('an added token with the id %s is a TokenizerFileError', async (id) => {
  const files = filesOf('bpe', { added_tokens: [{ id, content: '<new>', special: true }] });
  await expect(load('bpe', 'whitespace', { files })).rejects.toThrow(
    /tokenizer.json: the id of "<new>" must be an integer of 0 or more, got/,
  );
});

test('a part of tokenizer.json that is absent is told in plain words', async () => {
  const files = filesOf('bpe', { model: { type: 'BPE', byte_fallback: true, vocab: { a: 0 } } });
  const error = await load('bpe', 'whitespace', { files }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(TokenizerFileError);
  expect(String(error)).toMatch(/not a tokenizer that can be read: a part of it is absent/);
});

test('a long word is split once, not again for each length of a beginning', async () => {
  const tokenizer = await load('unigram', 'whitespace');
  const encode = vi.spyOn((tokenizer as unknown as { tokenizer: Tokenizer }).tokenizer, 'encode');
  tokenizer.encode('\u4e00'.repeat(5000)); // unknown, so one piece however long
  expect(encode.mock.calls.length).toBeLessThanOrEqual(2);
});

test('without tokenizer.json there is a MissingTokenizerError that names it', async () => {
  await expect(load('bpe', 'canonicalize', { files: {} })).rejects.toThrow(MissingTokenizerError);
  await expect(load('bpe', 'canonicalize', { files: {} })).rejects.toThrow('there is no tokenizer.json');
});

test.each([
  ['model', undefined, 'has no "model" object'],
  ['model', { type: 'WordPiece' }, 'model.type must be "Unigram" or "BPE"'],
  ['model', { type: 'BPE', vocab: {}, merges: [] }, 'model.byte_fallback must be true'],
  ['model', { type: 'Unigram', vocab: [['a']] }, 'model.vocab must hold pieces'],
  ['model', { type: 'Unigram', vocab: [['a', 0]] }, 'model.unk_id must be the number of one of its 1 pieces'],
  ['model', { type: 'Unigram', vocab: [['a', 0]], unk_id: 1 }, 'pieces, got 1'],
  ['model', { type: 'Unigram', vocab: [['a', 0]], unk_id: '0' }, 'pieces, got "0"'],
  ['normalizer', { type: 'Unheard' }, 'not a tokenizer that can be read'],
] as const)('%s as %j is a TokenizerFileError', async (field, value, message) => {
  const files = filesOf('unigram', { [field]: value });
  await expect(load('unigram', 'canonicalize', { files })).rejects.toThrow(TokenizerFileError);
  await expect(load('unigram', 'canonicalize', { files })).rejects.toThrow(message);
});

test('an unknown token that is none is a TokenizerFileError; without one its characters are left out', async () => {
  const { model } = golden.bpe.tokenizer;
  const tokens = Object.entries(model.vocab).sort(([, a], [, b]) => a - b);
  const kept = tokens.filter(([token]) => !token.startsWith('<0x'));
  const vocab = Object.fromEntries(kept.map(([token], id) => [token, id]));
  const of = (changes: object) => {
    const files = filesOf('bpe', { model: { ...model, vocab, ...changes } });
    return load('bpe', 'whitespace', { files, vocabularySize: kept.length });
  };
  await expect(of({ unk_token: '<none>' })).rejects.toThrow(TokenizerFileError);
  await expect(of({ unk_token: '<none>' })).rejects.toThrow(
    'tokenizer.json: model.unk_token must be a token of its vocabulary, got "<none>"',
  );
  const unnamed = await of({ unk_token: null });
  expect(unnamed.encode('tower\u4e00')).toEqual(unnamed.encode('tower'));
  expect((await of({})).encode('tower\u4e00')).not.toEqual(unnamed.encode('tower'));
});

test('without a token to pad with there is a TokenizerFileError', async () => {
  const files = { ...filesOf('bpe'), 'tokenizer_config.json': bytes({}) };
  await expect(load('bpe', 'canonicalize', { files })).rejects.toThrow('pad_token must name a token');
});
