// Judge: ONNX Runtime, CPU, fp32, on the same weights, by graphs that name open_clip's tensors anew.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLIP_TEXT_MUTATIONS, OPEN_CLIP_VIT_MUTATIONS } from '../bench/onnx/mutations.ts';
import type { OnnxSession } from '../bench/onnx/onnx-session.ts';
import { normalisePixels } from '../bench/onnx/pixels.ts';
import { referenceText, referenceVit } from '../bench/onnx/reference.ts';
import { BiomedClip, ClipModel } from '../src/index.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import type { FileDirectory } from '../src/platform/files.ts';
import type { TextTokenizer } from '../src/text/text-tokenizer.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import { type ModelConfig, readConfig } from '../weights/config.ts';
import type { SeededTowers } from '../weights/seeded-config.ts';
import { maxAbsDiff, rowCosines } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage, textsOfTokens } from './support/synthetic-inputs.ts';

const adapter = process.env.BIOMEDCLIP_ADAPTER;
const LENGTHS = [2, 3, 17, 76, 77];
const TEXTS = [
  ...textsOfTokens(LENGTHS),
  'a photo <end_of_text> of brain',
  'Café: 120/80 μm!!',
  'chest '.repeat(90),
];

interface Loaded {
  readonly directory: FileDirectory;
  readonly config: ModelConfig;
  readonly tokenizer: TextTokenizer;
  readonly path: string;
  remove(): Promise<void>;
}

async function write(towers: SeededTowers): Promise<Loaded> {
  const { path, remove } = await seededModel({ preset: 'tiny', seed: 11, towers });
  const directory = await openLocalDirectory(path);
  const config = await readConfig(directory);
  return { directory, config, path, remove, tokenizer: await loadTokenizer(directory, config.text) };
}

const images = (config: ModelConfig) => [0, 1, 2].map((i) => syntheticImage(config.image.size, i));
const pixelsOf = (config: ModelConfig) =>
  normalisePixels(
    images(config).map(({ data }) => data),
    config.image,
  );
const idsOf = ({ tokenizer }: Loaded) => TEXTS.map((text) => [...tokenizer.encode(text).ids]);
const lowest = (a: ArrayLike<number>, b: ArrayLike<number>, dim: number) =>
  Math.min(...rowCosines(a, b, dim));

describe.each([
  { name: "CLIP's towers", towers: { image: 'open_clip', text: 'clip' } },
  { name: "CLIP's towers, QuickGELU", towers: { image: 'open_clip', text: 'clip', quickGelu: true } },
  {
    name: 'heads of 80, patches of 14, a text module',
    towers: { image: 'open_clip', text: 'clip', headWidth: 80, patch: 14, textModule: true },
  },
  {
    name: 'heads of 88, patches of 32, no LayerNorm before',
    towers: { image: 'open_clip', headWidth: 88, patch: 32, withoutPreNorm: true },
  },
  { name: "open_clip's ViT, QuickGELU, with a BERT", towers: { image: 'open_clip', quickGelu: true } },
  { name: "timm's ViT with a BERT, one projection layer", towers: { linearProjection: true } },
  { name: "timm's ViT with CLIP's text tower", towers: { text: 'clip' } },
] satisfies { name: string; towers: SeededTowers }[])('$name', ({ towers }) => {
  let files: Loaded;
  let vit: OnnxSession;
  let text: OnnxSession;
  beforeAll(async () => {
    files = await write(towers);
    vit = await referenceVit(files.directory, { provider: 'cpu' });
    text = await referenceText(files.directory, { provider: 'cpu' });
  });
  afterAll(async () => {
    await vit.release();
    await text.release();
    await files.remove();
  });

  test('equal ONNX Runtime in embeddings and token states', async () => {
    const { config } = files;
    await using model = await ClipModel.load(files.path, { adapter });
    expect(model.info.towers).toEqual({
      image: towers.image === 'open_clip' ? 'open_clip ViT' : 'timm ViT',
      text: towers.text === 'clip' ? 'CLIP' : 'BERT',
    });
    const ours = await model.embedBatch({ images: images(config), texts: TEXTS }, { output: 'tokens' });
    const theirImages = await vit.runVit(pixelsOf(config), config.image.size);
    expect(lowest(ours.images.data, theirImages.embedding.data, config.embedDim)).toBeGreaterThan(0.99999);
    expect(lowest(ours.imageTokens.data, theirImages.tokens.data, config.image.width)).toBeGreaterThan(
      0.99999,
    );
    const ids = idsOf(files);
    const theirTexts = await text.runBert(ids);
    expect(lowest(ours.texts.data, theirTexts.embedding.data, config.embedDim)).toBeGreaterThan(0.99999);
    const [, T = 0, width = 0] = theirTexts.tokens.dims;
    const states = ids.flatMap((row, i) => [
      ...theirTexts.tokens.data.subarray(i * T * width, (i * T + row.length) * width),
    ]);
    expect(lowest(ours.textTokens.data, states, width)).toBeGreaterThan(0.99999);
    const alone = await model.embedBatch({ images: images(config), texts: TEXTS });
    expect(maxAbsDiff(alone.images.data, ours.images.data)).toBeLessThan(1e-6);
    expect(maxAbsDiff(alone.texts.data, ours.texts.data)).toBeLessThan(1e-6);
  });

  test.each([
    { name: 'all', withoutFeatures: [] },
    { name: 'few', withoutFeatures: ['shader-f16', 'subgroups'] as const },
  ])('f16 equals it to 0.999, with $name of the features', async ({ withoutFeatures }) => {
    const { config } = files;
    await using model = await BiomedClip.load(files.path, {
      adapter,
      dtype: 'f16',
      withoutFeatures,
    });
    const ours = await model.embedBatch({ images: images(config), texts: TEXTS });
    const theirImages = await vit.embedVit(pixelsOf(config), config.image.size);
    const theirTexts = await text.embedBert(idsOf(files));
    expect(lowest(ours.images.data, theirImages.data, config.embedDim)).toBeGreaterThan(0.999);
    expect(lowest(ours.texts.data, theirTexts.data, config.embedDim)).toBeGreaterThan(0.999);
  });
});

describe.each([false, true])('a wrong model would be noticed, QuickGELU %s', (quickGelu) => {
  let files: Loaded;
  let model: BiomedClip;
  beforeAll(async () => {
    files = await write({ image: 'open_clip', text: 'clip', quickGelu });
    model = await BiomedClip.load(files.path, { adapter });
  });
  afterAll(async () => {
    model.destroy();
    await files.remove();
  });

  test.each(OPEN_CLIP_VIT_MUTATIONS)('image tower: %s', async (mutate) => {
    const { config, directory } = files;
    const wrong = await referenceVit(directory, { provider: 'cpu' }, { mutate });
    const ours = await model.embedBatch({ images: images(config) });
    const theirs = await wrong.embedVit(pixelsOf(config), config.image.size);
    await wrong.release();
    expect(lowest(ours.images.data, theirs.data, config.embedDim)).toBeLessThan(0.99999);
  });

  test.each(CLIP_TEXT_MUTATIONS)('text tower: %s', async (mutate) => {
    const { config, directory } = files;
    const wrong = await referenceText(directory, { provider: 'cpu' }, { mutate });
    const ours = await model.embedBatch({ texts: TEXTS });
    const theirs = await wrong.embedBert(idsOf(files));
    await wrong.release();
    expect(lowest(ours.texts.data, theirs.data, config.embedDim)).toBeLessThan(0.99999);
  });
});

test('what stands behind the end of a text changes nothing, whatever it is padded with', async () => {
  const files = await write({ image: 'open_clip', text: 'clip' });
  const text = await referenceText(files.directory, { provider: 'cpu' });
  await using model = await BiomedClip.load(files.path, { adapter });
  const ours = (await model.embedBatch({ texts: TEXTS })).texts.data;
  for (const padId of [0, 300]) {
    const theirs = await text.embedBert(idsOf(files), { padTo: 77, padId });
    expect(lowest(ours, theirs.data, files.config.embedDim)).toBeGreaterThan(0.99999);
  }
  await text.release();
  await files.remove();
});
