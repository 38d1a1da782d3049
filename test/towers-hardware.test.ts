import { afterAll, beforeAll, expect, test } from 'vitest';
import { noting, preferring, takenForGpu } from '../bench/gpu/rehearsal.ts';
import { normalisePixels } from '../bench/onnx/pixels.ts';
import { referenceText, referenceVit } from '../bench/onnx/reference.ts';
import type { GemmTile } from '../src/kernels/gemm/tile.ts';
import type { BiomedClipModel } from '../src/model/biomedclip.ts';
import { loadBiomedClip } from '../src/model/load.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { platform as nodePlatform } from '../src/node/platform.ts';
import { openWebGpu } from '../src/node/vulkan.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import { readConfig } from '../weights/config.ts';
import { rowCosines } from './support/numbers.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage, textsOfTokens } from './support/synthetic-inputs.ts';

// The towers as a GPU runs them: tiles and matrix units instead of the software adapters' kernels, attention staged in
// workgroup memory, longer workgroups. Judge: ONNX Runtime, CPU, fp32, on the same weights.

const TOKENS = [2, 17, 100, 256];
let files: Awaited<ReturnType<typeof seededModel>>;
let inputs: { images: ReturnType<typeof syntheticImage>[]; texts: string[] };
let judged: { images: Float32Array; texts: Float32Array };
let dim: number;

beforeAll(async () => {
  files = await seededModel({ preset: 'tiny', seed: 7 });
  const directory = await openLocalDirectory(files.path);
  const config = await readConfig(directory);
  const tokenizer = await loadTokenizer(directory, config.text);
  const { size } = config.image;
  const images = [0, 1, 2].map((seed) => syntheticImage(size, seed));
  const texts = textsOfTokens(TOKENS);
  const vit = await referenceVit(directory, { provider: 'cpu' });
  const bert = await referenceText(directory, { provider: 'cpu' });
  const pixels = normalisePixels(
    images.map(({ data }) => data),
    config.image,
  );
  judged = {
    images: (await vit.embedVit(pixels, size)).data,
    texts: (await bert.embedBert(texts.map((text) => [...tokenizer.encode(text).ids]))).data,
  };
  await vit.release();
  await bert.release();
  inputs = { images, texts };
  dim = config.embedDim;
});
afterAll(() => files.remove());

/** The test adapter under a name that no software adapter has. */
const asHardwareEntry = async () => takenForGpu(await openWebGpu(process.env.BIOMEDCLIP_ADAPTER));

async function load(
  dtype: 'f32' | 'f16',
  family: GemmTile['family'],
  chosen: Map<string, string>,
): Promise<BiomedClipModel> {
  const platform = { ...nodePlatform, gpu: asHardwareEntry, tuningCache: noting(preferring(family), chosen) };
  return loadBiomedClip(platform, files.path, { dtype });
}

async function expectJudged(model: BiomedClipModel, least: number): Promise<void> {
  const { images, texts } = await model.embedBatch(inputs);
  model.destroy();
  expect(Math.min(...rowCosines(images.data, judged.images, dim))).toBeGreaterThan(least);
  expect(Math.min(...rowCosines(texts.data, judged.texts, dim))).toBeGreaterThan(least);
}

test.each([
  { dtype: 'f32', least: 0.99999 },
  { dtype: 'f16', least: 0.999 },
] as const)('in tiles, $dtype', async ({ dtype, least }) => {
  const chosen = new Map<string, string>();
  const model = await load(dtype, 'tile', chosen);
  expect(model.info.adapter).toBe('taken for a GPU');
  expect([...chosen.values()].some((tile) => tile.startsWith('tile.'))).toBe(true);
  await expectJudged(model, least);
});

test('on matrix units, f16, where the adapter has them', async () => {
  const { info } = (await (await asHardwareEntry()).requestAdapter()) ?? {};
  const has = ((info as { subgroupMatrixConfigs?: unknown[] })?.subgroupMatrixConfigs ?? []).length > 0;
  const chosen = new Map<string, string>();
  const model = await load('f16', 'matrix', chosen);
  expect([...chosen.values()].some((tile) => tile.startsWith('matrix.'))).toBe(has);
  if (process.env.BIOMEDCLIP_EXPECT === 'matrices') expect(has).toBe(true);
  await expectJudged(model, 0.999);
});
