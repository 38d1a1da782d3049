// Pooling, projections and the other parts that configurations choose. Judge: ONNX Runtime, CPU, fp32, on the same weights.
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ATTENTION_POOL_MUTATIONS,
  BERT_POOL_MUTATIONS,
  IMAGE_MEAN_MUTATIONS,
  type Mutation,
  PADDING_MUTATIONS,
} from '../bench/onnx/mutations.ts';
import type { OnnxSession } from '../bench/onnx/onnx-session.ts';
import { normalisePixels } from '../bench/onnx/pixels.ts';
import { referenceText, referenceVit } from '../bench/onnx/reference.ts';
import { BiomedClip } from '../src/index.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import type { FileDirectory } from '../src/platform/files.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import { type ModelConfig, readConfig } from '../weights/config.ts';
import type { SeededTowers } from '../weights/seeded-config.ts';
import { maxAbsDiff, rowCosines } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage, textsOfTokens } from './support/synthetic-inputs.ts';

const adapter = process.env.BIOMEDCLIP_ADAPTER;
const TEXTS = [...textsOfTokens([2, 3, 17, 76]), 'Café: 120/80 μm!!', 'brain [PAD] chest'];

interface Case {
  readonly name: string;
  readonly towers: SeededTowers;
  readonly images?: readonly Mutation[];
  readonly texts?: readonly Mutation[];
}

const OWN = { image: 'open_clip', text: 'clip' } as const;
const CASES: readonly Case[] = [
  {
    name: 'means before one layer with a bias, and two',
    towers: { imageHead: { pool: 'mean', proj: { kind: 'linear', bias: true } }, bertHead: { pool: 'mean' } },
    images: IMAGE_MEAN_MUTATIONS,
    texts: BERT_POOL_MUTATIONS.mean,
  },
  {
    name: "LayerNorm behind the mean, timm's classifier; the largest values",
    towers: {
      imageHead: { pool: 'mean', normAfterPool: true, proj: { kind: 'trunk', bias: true } },
      linearProjection: true,
      bertHead: { pool: 'max' },
    },
    images: IMAGE_MEAN_MUTATIONS,
    texts: BERT_POOL_MUTATIONS.max,
  },
  {
    name: "two layers behind the class token; BERT's pooling layer",
    towers: {
      imageHead: { proj: { kind: 'mlp', bias: true, hidden: 128 } },
      bertHead: { pool: 'pooler' },
    },
    images: ['tanh-gelu', 'mean-pool'],
    texts: BERT_POOL_MUTATIONS.pooler,
  },
  {
    name: 'no projections, a LayerNorm before the blocks',
    towers: {
      imageHead: { preNorm: true, pool: 'mean', normAfterPool: true, proj: { kind: 'none', bias: false } },
      bertHead: { pool: 'mean', proj: 'none' },
    },
    images: ['no-ln-pre'],
  },
  {
    name: "timm's attention pooling beside a class token, its classifier",
    towers: { imageHead: { pool: 'attention', proj: { kind: 'trunk', bias: true } } },
    images: ['pool-no-residual', 'tanh-gelu'],
  },
  {
    name: "SigLIP's, heads of 72, images that patches do not fill",
    towers: { siglip: 1 },
    images: ['tanh-gelu', 'no-positions', 'head-split', ...ATTENTION_POOL_MUTATIONS],
    texts: ['tanh-gelu', 'first-pool', 'causal', 'no-projection-bias', 'eps-large', ...PADDING_MUTATIONS],
  },
  {
    name: "SigLIP 2's, by the tanh form of GELU",
    towers: { siglip: 2 },
    images: ['exact-gelu'],
    texts: ['exact-gelu', ...PADDING_MUTATIONS],
  },
  {
    name: "open_clip's own with layer scale, a mean, the first token, a bias",
    towers: {
      ...OWN,
      layerScale: true,
      imageHead: { pool: 'mean' },
      clipHead: { pool: 'first', bidirectional: true, proj: 'bias' },
    },
    images: [...IMAGE_MEAN_MUTATIONS, 'no-layer-scale'],
    texts: ['no-layer-scale', 'no-projection-bias', 'last-pool', 'causal'],
  },
  {
    name: 'LayerNorm behind the mean, the last of the context, no projection',
    towers: {
      ...OWN,
      imageHead: { pool: 'mean', normAfterPool: true },
      clipHead: { pool: 'last', proj: 'none' },
    },
    images: IMAGE_MEAN_MUTATIONS,
    texts: ['first-pool', 'no-mask'],
  },
  {
    name: 'the first of an id, among tokens that see all',
    towers: { ...OWN, clipHead: { pool: { id: 300 }, bidirectional: true } },
    texts: ['last-pool', 'causal'],
  },
];

const images = (config: ModelConfig) => [0, 1, 2].map((i) => syntheticImage(config.image.size, i));
const lowest = (a: ArrayLike<number>, b: ArrayLike<number>, dim: number) =>
  Math.min(...rowCosines(a, b, dim));

describe.each(CASES)('$name', ({ towers, images: imageMutations = [], texts: textMutations = [] }) => {
  let files: Awaited<ReturnType<typeof seededModel>>;
  let directory: FileDirectory;
  let config: ModelConfig;
  let ids: number[][];
  let ours: { images: Float32Array; texts: Float32Array };
  let padding: Parameters<OnnxSession['embedBert']>[1];
  beforeAll(async () => {
    files = await seededModel({ preset: 'tiny', seed: 21, towers });
    directory = await openLocalDirectory(files.path);
    config = await readConfig(directory);
    const tokenizer = await loadTokenizer(directory, config.text);
    ids = TEXTS.map((text) => [...tokenizer.encode(text).ids]);
    padding =
      config.text.kind === 'bert'
        ? { masked: config.text.padding }
        : { padTo: config.text.contextLength, padId: tokenizer.padding };
    await using model = await BiomedClip.load(files.path, { adapter });
    const { images: i, texts: t } = await model.embedBatch({ images: images(config), texts: TEXTS });
    const all = await model.embedBatch({ images: images(config), texts: TEXTS }, { output: 'tokens' });
    ours = { images: i.data, texts: t.data };
    expect(maxAbsDiff(all.images.data, i.data)).toBeLessThan(1e-6);
    expect(maxAbsDiff(all.texts.data, t.data)).toBeLessThan(1e-6);
  });
  afterAll(() => files.remove());

  async function reference(tower: 'images' | 'texts', mutate?: Mutation): Promise<Float32Array> {
    const { image } = config;
    const options = [directory, { provider: 'cpu' }, { mutate }] as const;
    await using session = await (tower === 'images' ? referenceVit(...options) : referenceText(...options));
    if (tower === 'texts') return (await session.embedBert(ids, padding)).data;
    const pixels = normalisePixels(
      images(config).map(({ data }) => data),
      image,
    );
    return (await session.embedVit(pixels, image.size)).data;
  }

  test.each(['images', 'texts'] as const)('%s equal ONNX Runtime', async (tower) => {
    expect(lowest(ours[tower], await reference(tower), config.embedDim)).toBeGreaterThan(0.99999);
  });

  test.each(towers.siglip === 1 ? (['f16', 'q8'] as const) : (['f16'] as const))(
    '%s equals it to 0.999',
    async (dtype) => {
      await using model = await BiomedClip.load(files.path, { adapter, dtype });
      const rows = await model.embedBatch({ images: images(config), texts: TEXTS });
      for (const tower of ['images', 'texts'] as const)
        expect(lowest(rows[tower].data, ours[tower], config.embedDim)).toBeGreaterThan(0.999);
    },
  );

  const mistakes = [
    ...imageMutations.map((mutate) => ({ tower: 'images' as const, mutate })),
    ...textMutations.map((mutate) => ({ tower: 'texts' as const, mutate })),
  ];
  test.each(mistakes)('a wrong model would be noticed: $tower, $mutate', async ({ tower, mutate }) => {
    expect(lowest(ours[tower], await reference(tower, mutate), config.embedDim)).toBeLessThan(0.99999);
  });
});

test("a model's images are resized by its preprocess_cfg", async () => {
  const files = await seededModel({ preset: 'tiny', seed: 21 });
  const path = `${files.path}/open_clip_config.json`;
  const json = JSON.parse(await readFile(path, 'utf8'));
  const [width, height] = [96, 48];
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) =>
    i % 4 === 3 ? 255 : (i >> 2) % width,
  );
  const rows: Float32Array[] = [];
  for (const resize_mode of ['shortest', 'longest', 'squash']) {
    json.preprocess_cfg.resize_mode = resize_mode;
    await writeFile(path, JSON.stringify(json));
    await using model = await BiomedClip.load(files.path, { adapter });
    rows.push((await model.embedBatch({ images: [{ width, height, data }] })).images.data);
    if (resize_mode !== 'longest') continue;
    const thin = { width: 1, height: 500, data: new Uint8Array(2000) };
    const { skipped } = await model.embedBatch({ images: [thin] }, { onError: 'skip' });
    expect(String(skipped[0]?.error)).toContain('1 x 500 pixels are nothing along one side');
  }
  const [shortest = [], longest = [], squash = []] = rows;
  for (const [a, b] of [
    [shortest, longest],
    [longest, squash],
    [squash, shortest],
  ] as const)
    expect(lowest(a, b, 64)).toBeLessThan(0.9999);
  await files.remove();
});
