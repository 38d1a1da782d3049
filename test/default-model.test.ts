import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normalisePixels } from '../bench/onnx/pixels.ts';
import { referenceText, referenceVit } from '../bench/onnx/reference.ts';
import { BiomedClip, type Dtype, type EmbedResult } from '../src/index.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import type { ModelConfig } from '../weights/config.ts';
import { readConfig } from '../weights/config.ts';
import { rowCosines } from './support/numbers.ts';
import { syntheticImage } from './support/synthetic-inputs.ts';

// The shipped model on its nine example images and captions. Judges: PyTorch in float64 on the stored weights
// (test/golden/default-model.py), and ONNX Runtime, CPU, fp32, on the same.

interface Golden {
  readonly images: readonly string[];
  readonly captions: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly imageEmbeddings: readonly (readonly number[])[];
  readonly textEmbeddings: readonly (readonly number[])[];
}

const adapter = process.env.BIOMEDCLIP_ADAPTER;
const golden: Golden = JSON.parse(
  readFileSync(new URL('golden/default-model.json', import.meta.url), 'utf8'),
);
const path = fileURLToPath(new URL('../weights/default', import.meta.url));
const images = golden.images.map((name) =>
  fileURLToPath(new URL(`../examples/biomed/${name}`, import.meta.url)),
);
const dim = golden.textEmbeddings[0]?.length ?? 0;
const lowest = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.min(...rowCosines(a, b, dim));

async function embed(dtype: Dtype): Promise<EmbedResult> {
  await using model = await BiomedClip.load(path, { adapter, dtype });
  expect(model.info).toMatchObject({ embedDim: dim, imageSize: 96, contextLength: 64, untrained: false });
  expect(model.info.logitScale).toBeCloseTo(85, 3);
  return model.embedBatch({ images, texts: golden.captions });
}

describe.each([
  { dtype: 'f32', least: 0.99999 },
  { dtype: 'f16', least: 0.999 },
  { dtype: 'q8', least: 0.9999 },
] as const)('in $dtype', ({ dtype, least }) => {
  let ours: EmbedResult;
  beforeAll(async () => {
    ours = await embed(dtype);
  });

  test(`agrees with torch to a cosine of ${least}`, () => {
    expect(lowest(ours.images.data, golden.imageEmbeddings.flat())).toBeGreaterThan(least);
    expect(lowest(ours.texts.data, golden.textEmbeddings.flat())).toBeGreaterThan(least);
  });

  test('puts at least 8 of the 9 example images nearest to their own caption', () => {
    const best = Array.from({ length: 9 }, (_, i) => nearestText(ours, i));
    expect(best.filter((text, image) => text === image).length).toBeGreaterThanOrEqual(8);
  });
});

test('it is what a load without a source gives, with options too', async () => {
  await using model = await BiomedClip.load(undefined, { adapter, dtype: 'f16' });
  await using named = await BiomedClip.load(path, { adapter, dtype: 'f16' });
  expect(model.info).toEqual(named.info);
});

function nearestText({ images, texts }: EmbedResult, image: number): number {
  const row = images.data.subarray(image * dim, (image + 1) * dim);
  const cosines = Array.from({ length: texts.rows }, (_, text) =>
    row.reduce((sum, value, d) => sum + value * (texts.data[text * dim + d] ?? 0), 0),
  );
  return cosines.indexOf(Math.max(...cosines));
}

describe('against ONNX Runtime', () => {
  const pixels = Array.from({ length: 5 }, (_, i) => syntheticImage(96, i));
  let judged: { images: Float32Array; texts: Float32Array; ids: number[][] };
  let config: ModelConfig;
  let model: BiomedClip;
  beforeAll(async () => {
    const directory = await openLocalDirectory(path);
    config = await readConfig(directory);
    const tokenizer = await loadTokenizer(directory, config.text);
    const ids = golden.captions.map((text) => [...tokenizer.encode(text).ids]);
    await using vit = await referenceVit(directory, { provider: 'cpu', threads: 1 });
    await using bert = await referenceText(directory, { provider: 'cpu', threads: 1 });
    const input = normalisePixels(
      pixels.map(({ data }) => data),
      config.image,
    );
    judged = { images: (await vit.embedVit(input, 96)).data, texts: (await bert.embedBert(ids)).data, ids };
    model = await BiomedClip.load(path, { adapter });
  });
  afterAll(() => model.destroy());

  test('the tokenizer gives the ids that training used', () => {
    expect(judged.ids).toEqual(golden.ids);
  });

  test('five images and nine captions are equal', async () => {
    const ours = await model.embedBatch({ images: pixels, texts: golden.captions });
    expect(lowest(ours.images.data, judged.images)).toBeGreaterThan(0.99999);
    expect(lowest(ours.texts.data, judged.texts)).toBeGreaterThan(0.99999);
  });
});
