import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BERT_MUTATIONS, VIT_MUTATIONS } from '../bench/onnx/mutations.ts';
import { normalisePixels } from '../bench/onnx/pixels.ts';
import { referenceText, referenceVit } from '../bench/onnx/reference.ts';
import { BiomedClip, type EmbedResult } from '../src/index.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import { readConfig } from '../weights/config.ts';
import { rowCosines } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage, textsOfTokens } from './support/synthetic-inputs.ts';

// The real shapes, 195,902,721 parameters, seeded. Judge: ONNX Runtime, CPU, fp32, on the same weights.

const adapter = process.env.BIOMEDCLIP_ADAPTER;
const MINUTES = 60_000;
const captions = textsOfTokens([9, 2, 3, 17, 12, 11, 14, 10]);
const images = [syntheticImage(224, 1), syntheticImage(224, 2)];
let files: Awaited<ReturnType<typeof seededModel>>;
let judged: { images: Float32Array; texts: Float32Array; mutated: Record<string, Float32Array> };

beforeAll(async () => {
  files = await seededModel({ preset: 'full', seed: 3 });
  judged = await judge(files.path);
}, 10 * MINUTES);
afterAll(() => files.remove());

async function judge(path: string) {
  const directory = await openLocalDirectory(path);
  const config = await readConfig(directory);
  const tokenizer = await loadTokenizer(directory, config.text);
  const ids = captions.map((text) => [...tokenizer.encode(text).ids]);
  const pixels = normalisePixels(
    images.map(({ data }) => data),
    config.image,
  );
  const vit = async (mutate?: (typeof VIT_MUTATIONS)[number]) => {
    await using session = await referenceVit(directory, { provider: 'cpu' }, { mutate });
    return (await session.embedVit(pixels, config.image.size)).data;
  };
  const bert = async (mutate?: (typeof BERT_MUTATIONS)[number]) => {
    await using session = await referenceText(directory, { provider: 'cpu' }, { mutate });
    return (await session.embedBert(ids)).data;
  };
  const mutated = { 'image tower': await vit('tanh-gelu'), 'text tower': await bert('tanh-gelu') };
  return { images: await vit(), texts: await bert(), mutated };
}

async function embed(path: string, dtype: 'f32' | 'f16'): Promise<EmbedResult> {
  await using model = await BiomedClip.load(path, { adapter, dtype });
  expect(model.info).toMatchObject({ embedDim: 512, imageSize: 224, contextLength: 256, untrained: true });
  return model.embedBatch({ images, texts: captions });
}

const lowest = (a: Float32Array, b: Float32Array) => Math.min(...rowCosines(a, b, 512));

describe('2 images and 8 captions', () => {
  test(
    'from safetensors in f32 equal ONNX Runtime, and not a model with the other GELU',
    async () => {
      const ours = await embed(files.path, 'f32');
      expect(lowest(ours.images.data, judged.images)).toBeGreaterThan(0.99999);
      expect(lowest(ours.texts.data, judged.texts)).toBeGreaterThan(0.99999);
      expect(lowest(ours.images.data, judged.mutated['image tower'] ?? judged.images)).toBeLessThan(0.99999);
      expect(lowest(ours.texts.data, judged.mutated['text tower'] ?? judged.texts)).toBeLessThan(0.99999);
    },
    10 * MINUTES,
  );

  test(
    'from safetensors in f16 equal it to 0.999',
    async () => {
      const ours = await embed(files.path, 'f16');
      expect(lowest(ours.images.data, judged.images)).toBeGreaterThan(0.999);
      expect(lowest(ours.texts.data, judged.texts)).toBeGreaterThan(0.999);
    },
    10 * MINUTES,
  );

  test(
    'from .bin in f32 equal it',
    async () => {
      const bin = await seededModel({ preset: 'full', seed: 3, format: 'bin' });
      try {
        const ours = await embed(bin.path, 'f32');
        expect(lowest(ours.images.data, judged.images)).toBeGreaterThan(0.99999);
        expect(lowest(ours.texts.data, judged.texts)).toBeGreaterThan(0.99999);
      } finally {
        await bin.remove();
      }
    },
    10 * MINUTES,
  );
});
