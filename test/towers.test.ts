import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BERT_MUTATIONS, VIT_MUTATIONS } from '../bench/onnx/mutations.ts';
import type { OnnxSession } from '../bench/onnx/onnx-session.ts';
import { normalisePixels } from '../bench/onnx/pixels.ts';
import { referenceText, referenceVit } from '../bench/onnx/reference.ts';
import { BiomedClip } from '../src/index.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import type { FileDirectory } from '../src/platform/files.ts';
import type { TextTokenizer } from '../src/text/text-tokenizer.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import type { ModelConfig } from '../weights/config.ts';
import { readConfig } from '../weights/config.ts';
import { maxAbsDiff, rowCosines } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage, textsOfTokens } from './support/synthetic-inputs.ts';

// Judge: ONNX Runtime, CPU, fp32, on the same weights.

const adapter = process.env.BIOMEDCLIP_ADAPTER;
const TOKENS = [2, 3, 17, 255, 256];
let files: Awaited<ReturnType<typeof seededModel>>;
let directory: FileDirectory;
let config: ModelConfig;
let tokenizer: TextTokenizer;
let vit: OnnxSession;
let bert: OnnxSession;
let model: BiomedClip;

beforeAll(async () => {
  files = await seededModel({ preset: 'tiny', seed: 7 });
  directory = await openLocalDirectory(files.path);
  config = await readConfig(directory);
  tokenizer = await loadTokenizer(directory, config.text);
  vit = await referenceVit(directory, { provider: 'cpu' });
  bert = await referenceText(directory, { provider: 'cpu' });
  model = await BiomedClip.load(files.path, { adapter });
});
afterAll(async () => {
  model.destroy();
  await vit.release();
  await bert.release();
  await files.remove();
});

const encode = (texts: readonly string[]) => texts.map((text) => [...tokenizer.encode(text).ids]);
const images = (count: number) =>
  Array.from({ length: count }, (_, i) => syntheticImage(config.image.size, i));
const lowest = (a: ArrayLike<number>, b: ArrayLike<number>, dim: number) =>
  Math.min(...rowCosines(a, b, dim));

describe.each([1, 3, 8])('a batch of %i images', (count) => {
  test('equals ONNX Runtime in embeddings and token states', async () => {
    const inputs = images(count);
    const ours = await model.embedBatch({ images: inputs }, { output: 'tokens', batchSize: count });
    const theirs = await vit.runVit(
      normalisePixels(
        inputs.map((i) => i.data),
        config.image,
      ),
      config.image.size,
    );
    expect(lowest(ours.images.data, theirs.embedding.data, config.embedDim)).toBeGreaterThan(0.99999);
    expect(lowest(ours.imageTokens.data, theirs.tokens.data, config.image.width)).toBeGreaterThan(0.99999);
  });
});

describe('texts of 2, 3, 17, 255 and 256 tokens in one batch', () => {
  test('equal ONNX Runtime in embeddings and token states', async () => {
    const texts = textsOfTokens(TOKENS);
    const ids = encode(texts);
    expect(ids.map((row) => row.length)).toEqual(TOKENS);
    const ours = await model.embedBatch({ texts }, { output: 'tokens' });
    const theirs = await bert.runBert(ids);
    expect(lowest(ours.texts.data, theirs.embedding.data, config.embedDim)).toBeGreaterThan(0.99999);
    for (const [row, length] of TOKENS.entries()) {
      const [start = 0, end = 0] = ours.textTokens.offsets.slice(row);
      const mine = ours.textTokens.data.subarray(start * config.text.width, end * config.text.width);
      const first = row * 256 * config.text.width;
      const judge = theirs.tokens.data.subarray(first, first + length * config.text.width);
      expect(lowest(mine, judge, config.text.width), `${length} tokens`).toBeGreaterThan(0.99999);
    }
  });
});

describe('a literal [PAD]', () => {
  // open_clip's attn_mask is `x != pad_token_id`, wherever the token stands.
  const texts = [
    '[PAD]',
    '[PAD] chest',
    'a photo [PAD][PAD] of brain',
    'this is a photo of chest [PAD]',
    '[PAD] '.repeat(300),
    `${'photo of [PAD] brain '.repeat(80)}chest`,
    'this is a photo of [CLS] brain [SEP] chest [MASK]',
  ];

  test('is masked, and what follows keeps its position', async () => {
    const { width } = config.text;
    const padding = config.text.kind === 'bert' ? config.text.padding : undefined;
    if (padding === undefined) throw new Error('not a BERT');
    const ids = encode(texts);
    expect(ids.slice(0, -1).every((row) => row.includes(padding))).toBe(true);
    const ours = await model.embedBatch({ texts }, { output: 'tokens' });
    const theirs = await bert.runBert(ids, { masked: padding });
    const unmasked = await bert.runBert(ids);
    const cosines = rowCosines(ours.texts.data, theirs.embedding.data, config.embedDim);
    expect(Math.min(...cosines)).toBeGreaterThan(0.99999);
    const apart = rowCosines(ours.texts.data, unmasked.embedding.data, config.embedDim);
    expect(Math.max(...apart.slice(0, -1))).toBeLessThan(0.9999);

    const states = ids.map((row, i) => row.flatMap((id, t) => (id === padding ? [] : (i * 256 + t) * width)));
    expect(ours.textTokens.offsets.slice(1)).toEqual(
      states.map((_, i) => states.slice(0, i + 1).flat().length),
    );
    const judge = states.flat().flatMap((first) => [...theirs.tokens.data.subarray(first, first + width)]);
    expect(lowest(ours.textTokens.data, judge, width)).toBeGreaterThan(0.99999);
    expect((await model.embedBatch({ texts })).texts.data).toHaveLength(texts.length * config.embedDim);
  });
});

test('embeddings are the same whether all tokens are asked for or the class tokens alone go on', async () => {
  const inputs = { images: images(3), texts: textsOfTokens(TOKENS) };
  const alone = await model.embedBatch(inputs);
  const withTokens = await model.embedBatch(inputs, { output: 'tokens' });
  expect(maxAbsDiff(alone.images.data, withTokens.images.data)).toBeLessThan(1e-6);
  expect(maxAbsDiff(alone.texts.data, withTokens.texts.data)).toBeLessThan(1e-6);
});

describe('a wrong model would be noticed', () => {
  test.each(VIT_MUTATIONS)('image tower: %s', async (mutate) => {
    const inputs = images(3);
    const wrong = await referenceVit(directory, { provider: 'cpu' }, { mutate });
    const ours = await model.embedBatch({ images: inputs });
    const theirs = await wrong.runVit(
      normalisePixels(
        inputs.map((i) => i.data),
        config.image,
      ),
      config.image.size,
    );
    await wrong.release();
    expect(lowest(ours.images.data, theirs.embedding.data, config.embedDim)).toBeLessThan(0.99999);
  });

  test.each(BERT_MUTATIONS)('text tower: %s', async (mutate) => {
    const texts = textsOfTokens(TOKENS);
    const wrong = await referenceText(directory, { provider: 'cpu' }, { mutate });
    const ours = await model.embedBatch({ texts });
    const theirs = await wrong.runBert(encode(texts));
    await wrong.release();
    expect(lowest(ours.texts.data, theirs.embedding.data, config.embedDim)).toBeLessThan(0.99999);
  });
});

test('a text has the same embedding whatever it is batched with', async () => {
  const texts = textsOfTokens([17, 3, 40, 256, 2, 17, 9, 100, 31]);
  const together = await model.embedBatch({ texts }, { batchSize: 9 });
  const dim = config.embedDim;
  for (const [i, text] of texts.entries()) {
    const alone = await model.embedBatch({ texts: [text] });
    expect(maxAbsDiff(alone.texts.data, together.texts.data.subarray(i * dim, (i + 1) * dim))).toBeLessThan(
      1e-5,
    );
  }
});

describe.each([
  { name: 'native f16, where the adapter has it', withoutFeatures: [] },
  { name: 'f16 without shader-f16', withoutFeatures: ['shader-f16'] as const },
])('$name', ({ withoutFeatures }) => {
  test('equals ONNX Runtime to 0.999', async () => {
    const half = await BiomedClip.load(files.path, { adapter, dtype: 'f16', withoutFeatures });
    const inputs = images(3);
    const texts = textsOfTokens(TOKENS);
    const ours = await half.embedBatch({ images: inputs, texts });
    half.destroy();
    const theirImages = await vit.embedVit(
      normalisePixels(
        inputs.map((i) => i.data),
        config.image,
      ),
      config.image.size,
    );
    const theirTexts = await bert.embedBert(encode(texts));
    expect(lowest(ours.images.data, theirImages.data, config.embedDim)).toBeGreaterThan(0.999);
    expect(lowest(ours.texts.data, theirTexts.data, config.embedDim)).toBeGreaterThan(0.999);
  });
});

test('without subgroups the other GEMM family gives the same', async () => {
  const plain = await BiomedClip.load(files.path, { adapter, withoutFeatures: ['subgroups'] });
  const inputs = images(3);
  const ours = await plain.embedBatch({ images: inputs });
  plain.destroy();
  const theirs = await vit.embedVit(
    normalisePixels(
      inputs.map((i) => i.data),
      config.image,
    ),
    config.image.size,
  );
  expect(lowest(ours.images.data, theirs.data, config.embedDim)).toBeGreaterThan(0.99999);
});
