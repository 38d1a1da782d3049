// Judge: PyTorch, by transformers' formulas written out in golden/hf-clip.py.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BiomedClip, type BiomedClipError, InvalidOptionError } from '../src/index.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { loadTokenizer } from '../src/text/tokenizers.ts';
import { bpeFiles } from '../weights/bpe-files.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { readConfig } from '../weights/config.ts';
import * as errors from '../weights/errors.ts';
import { fingerprintOf } from '../weights/fingerprint.ts';
import type { TensorEntry } from '../weights/safetensors-writer.ts';
import { checkTensors } from '../weights/schema.ts';
import { elementCount } from '../weights/tensor-info.ts';
import { torchZipPieces } from '../weights/torch-zip-writer.ts';
import { wordPieceFiles } from '../weights/wordpiece-files.ts';
import { cli } from './support/cli-run.ts';
import { memoryDirectory } from './support/memory-directory.ts';
import { collect, rejection } from './support/memory-files.ts';
import { maxAbsDiff, seededUniform } from './support/numbers.ts';

const adapter = process.env.BIOMEDCLIP_ADAPTER;
interface Golden {
  /** Of which the numbers are made here as there. */
  tensors: { name: string; shape: number[]; scale: number; mean: number }[];
  ids: number[][];
  images: number[][];
  texts: number[][];
}
const golden: Record<'clip' | 'biomedclip', Golden> = JSON.parse(
  await readFile(new URL('./golden/hf-clip.json', import.meta.url), 'utf8'),
);
const TEXTS = ['ab c', ''];
const SIZE = 24;
const pictures = [0, 1].map((i) => ({
  width: SIZE,
  height: SIZE,
  data: Uint8Array.from({ length: SIZE * SIZE * 4 }, (_, byte) => {
    const at = 3 * Math.floor(byte / 4) + (byte % 4);
    return byte % 4 === 3 ? 255 : (at * (7 + i) + Math.floor(at / 11) * 5) % 256;
  }),
}));

const PREPROCESSOR = {
  crop_size: { height: SIZE, width: SIZE },
  do_center_crop: true,
  do_convert_rgb: true,
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_processor_type: 'CLIPImageProcessor',
  image_std: [0.26862954, 0.26130258, 0.27577711],
  resample: 3,
  rescale_factor: 1 / 255,
  size: { shortest_edge: SIZE },
};
const CLIP = {
  architectures: ['CLIPModel'],
  model_type: 'clip',
  projection_dim: 16,
  vision_config: {
    hidden_size: 32,
    num_attention_heads: 2,
    intermediate_size: 64,
    num_hidden_layers: 2,
    image_size: SIZE,
    patch_size: 8,
  },
  text_config: {
    hidden_size: 24,
    num_attention_heads: 2,
    intermediate_size: 48,
    num_hidden_layers: 2,
    vocab_size: 514,
    max_position_embeddings: 16,
    eos_token_id: 2,
  },
};
const tower = {
  hidden_act: 'gelu',
  hidden_size: 64,
  intermediate_size: 96,
  layer_norm_eps: 1e-12,
  num_attention_heads: 1,
  num_hidden_layers: 2,
};
const BIOMEDCLIP = {
  architectures: ['BiomedCLIPModel'],
  model_type: 'clip',
  projection_dim: 16,
  text_config: { ...tower, model_type: 'bert', vocab_size: 12, max_position_embeddings: 20, pad_token_id: 0 },
  text_config_dict: {
    ...tower,
    model_type: 'bert',
    vocab_size: 12,
    max_position_embeddings: 20,
    pad_token_id: 0,
  },
  text_projection_config: { hidden_size: 64, intermediate_size: 40, projection_dim: 16, hidden_act: 'gelu' },
  vision_config: { ...tower, model_type: 'vit', image_size: SIZE, patch_size: 8 },
};
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'ab', 'c', 'd', 'e', 'f', 'g', 'h'];

type Files = Record<string, string | Uint8Array>;

function entriesOf(name: 'clip' | 'biomedclip'): TensorEntry[] {
  const floats = golden[name].tensors.map(({ name: tensor, shape, scale, mean }, seed) => {
    const values = seededUniform(elementCount(shape), seed).map((x) => Math.fround(x * scale) + mean);
    return { name: tensor, dtype: 'F32' as const, shape, pieces: () => [new Uint8Array(values.buffer)] };
  });
  const ids = new Uint8Array(BigInt64Array.from({ length: 16 }, (_, id) => BigInt(id)).buffer);
  const buffer = { name: 'text_model.embeddings.position_ids', dtype: 'I64' as const, shape: [1, 16] };
  return [...floats, { ...buffer, pieces: () => [ids] }]; // which older versions save
}

async function filesOf(name: 'clip' | 'biomedclip'): Promise<Files> {
  return {
    'config.json': JSON.stringify(name === 'clip' ? CLIP : BIOMEDCLIP),
    'preprocessor_config.json': JSON.stringify(
      name === 'clip' ? PREPROCESSOR : { ...PREPROCESSOR, size: SIZE, crop_size: SIZE },
    ),
    'pytorch_model.bin': await collect(torchZipPieces(entriesOf(name))),
    ...(name === 'clip' ? bpeFiles([]) : wordPieceFiles(VOCABULARY)),
  };
}

const inMemory = (files: Files) =>
  memoryDirectory(new Map(Object.entries(files).map(([file, content]) => [file, Buffer.from(content)])));

describe.each(['clip', 'biomedclip'] as const)('%s by the names of transformers', (name) => {
  let path: string;
  let files: Files;
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), 'biomedclip-hf-'));
    files = await filesOf(name);
    for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  });
  afterAll(() => rm(path, { recursive: true, force: true }));

  test('equals PyTorch, and what convert makes of it bit for bit', async () => {
    const { ids, images, texts } = golden[name];
    const directory = await openLocalDirectory(path);
    const tokenizer = await loadTokenizer(directory, (await readConfig(directory)).text);
    expect(TEXTS.map((text) => [...tokenizer.encode(text).ids])).toEqual(ids);

    const warnings: BiomedClipError[] = [];
    await using model = await BiomedClip.load(path, {
      adapter,
      onWarning: (warning) => warnings.push(warning),
    });
    const rows = await model.embedBatch({ images: pictures, texts: TEXTS });
    expect(maxAbsDiff(rows.images.data, images.flat())).toBeLessThan(2e-6); // f32, rows of length 1
    expect(maxAbsDiff(rows.texts.data, texts.flat())).toBeLessThan(2e-6);
    expect(warnings).toEqual([]);

    const out = join(path, 'converted');
    const run = await cli(['convert', join(path, 'pytorch_model.bin'), '-o', out, '--json']);
    expect(run.stderr).toBe('');
    await using converted = await BiomedClip.load(out, {
      adapter,
      onWarning: (warning) => warnings.push(warning),
    });
    expect(warnings).toEqual([]);
    expect(converted.info.fingerprint).toBe(model.info.fingerprint);
    const again = await converted.embedBatch({ images: pictures, texts: TEXTS });
    expect(again.images.data).toEqual(rows.images.data);
    expect(again.texts.data).toEqual(rows.texts.data);
  });

  test('no tensor is left over', async () => {
    const directory = inMemory(files);
    const checkpoint = await openCheckpoint(directory);
    expect(checkTensors(checkpoint, await readConfig(directory, checkpoint)).unexpected).toEqual([]);
    const matrix = [...checkpoint.tensors.values()].find(({ name: tensor }) =>
      /qkv|in_proj_weight/.test(tensor),
    );
    const whole = await checkpoint.read(matrix?.name ?? '', 0, matrix?.byteLength ?? 0);
    const middle = await checkpoint.read(matrix?.name ?? '', 100, whole.length - 300); // over the bounds of parts
    expect(middle).toEqual(whole.slice(100, whole.length - 200));
    expect(await checkpoint.read(matrix?.name ?? '', 4, 8)).toEqual(whole.slice(4, 12)); // of the first part
    await checkpoint.close();
  });
});

describe('refused by name', () => {
  const change = (config: object, path: string, value: unknown) => {
    const copy = structuredClone(config) as Record<string, unknown>;
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const inner = keys.reduce((object, key) => object[key] as Record<string, unknown>, copy);
    inner[last] = value;
    return JSON.stringify(copy);
  };

  test.each([
    ['model_type', 'siglip2'],
    ['vision_config.hidden_act', 'relu'],
    ['vision_config.num_attention_heads', 5],
    ['vision_config.image_size', 25],
    ['text_config.eos_token_id', 7],
    ['text_config.eos_token_id', undefined], // transformers' default is of its own vocabulary
    ['text_config.layer_norm_eps', 0],
  ])('%s %j in config.json', async (field, value) => {
    const files = { ...(await filesOf('clip')), 'config.json': change(CLIP, field, value) };
    const error = await rejection(readConfig(inMemory(files)));
    expect(error).toBeInstanceOf(errors.ConfigFieldError);
    expect(error).toMatchObject({ file: 'memory/config.json', field, actual: value ?? 49407 });
  });

  test.each([
    ['text_config_dict', 'hidden_act', 'gelu_new'],
    ['text_config_dict', 'position_embedding_type', 'relative_key'],
    ['text_projection_config', 'hidden_act', 'relu'],
    ['vision_config', 'hidden_act', 'quick_gelu'],
  ])("%s.%s %j of BiomedCLIP's", async (part, field, value) => {
    const changed = change(BIOMEDCLIP, `${part}.${field}`, value);
    const error = await rejection(
      readConfig(inMemory({ ...(await filesOf('biomedclip')), 'config.json': changed })),
    );
    expect(error).toBeInstanceOf(errors.ConfigFieldError);
    expect(error).toMatchObject({ file: 'memory/config.json', field: `${part}.${field}`, actual: value });
  });

  test('texts of a BERT are as long as its tokenizer says, and no longer than its positions', async () => {
    const files = await filesOf('biomedclip');
    const longest = async (model_max_length: unknown) => {
      const tokenizer = JSON.stringify({ model_max_length });
      return (await readConfig(inMemory({ ...files, 'tokenizer_config.json': tokenizer }))).text
        .contextLength;
    };
    expect([await longest(5), await longest(1e30), await longest(undefined)]).toEqual([5, 20, 20]);
    await expect(longest(0)).rejects.toThrow(
      'tokenizer_config.json: model_max_length must be a positive number',
    );
  });

  test('another size of images than its own', async () => {
    const directory = inMemory(await filesOf('clip'));
    const sized = (imageSize?: number) => readConfig(directory, undefined, () => {}, { imageSize });
    expect(await sized(SIZE)).toEqual(await sized());
    const error = await rejection(sized(48));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(String(error)).toContain(`imageSize must be ${SIZE} for a model in transformers' layout, got 48`);
  });

  test('what preprocessor_config.json leaves out is as in transformers', async () => {
    const files = await filesOf('clip');
    const without = (field: string) =>
      readConfig(inMemory({ ...files, 'preprocessor_config.json': change(PREPROCESSOR, field, undefined) }));
    const usual = await readConfig(inMemory(files));
    for (const field of ['resample', 'rescale_factor', 'do_resize', 'image_mean', 'image_processor_type']) {
      expect(await without(field)).toEqual(usual);
    }
    for (const field of ['size', 'crop_size']) {
      expect(await rejection(without(field))).toMatchObject({ field, actual: 224 }); // not the tower's
    }
  });

  test.each([
    ['resample', 2],
    ['size', { height: SIZE, width: SIZE }],
    ['size', { shortest_edge: 32 }],
    ['crop_size', 32],
    ['do_center_crop', false],
    ['do_normalize', false],
    ['rescale_factor', 1],
    ['image_std', [1, 0, 1]],
    ['image_processor_type', 'ViTImageProcessor'],
    ['image_processor_type', 'SiglipImageProcessor'],
    ['feature_extractor_type', 'ViTFeatureExtractor'],
  ])('%s %j in preprocessor_config.json', async (field, value) => {
    const changed = change(PREPROCESSOR, field, value);
    const files = { ...(await filesOf('clip')), 'preprocessor_config.json': changed };
    const error = await rejection(readConfig(inMemory(files)));
    expect(error).toBeInstanceOf(errors.ConfigFieldError);
    expect(error).toMatchObject({ file: 'memory/preprocessor_config.json', field });
  });

  test('activations that open_clip gives one field to, by convert', async () => {
    const path = await mkdtemp(join(tmpdir(), 'biomedclip-hf-'));
    const files = {
      ...(await filesOf('clip')),
      'config.json': change(CLIP, 'vision_config.hidden_act', 'gelu'),
    };
    for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
    const { code, stderr } = await cli(['convert', path, '-o', join(path, 'out')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ConfigFieldError: .*text_config\.hidden_act must be/);
    expect(existsSync(join(path, 'out'))).toBe(false);
    await rm(path, { recursive: true });
  });

  const BIAS = 'text_model.encoder.layers.0.self_attn.q_proj.bias';
  /** The checkpoint with the biases of query, key and value of a layer put for others. */
  const withHeads = async (bias: (part: string) => Pick<TensorEntry, 'dtype' | 'shape'>) => {
    const entries = entriesOf('clip').map((entry) => {
      const part = /^text.*layers\.0\.self_attn\.([qkv])_proj\.bias$/.exec(entry.name)?.[1];
      if (part === undefined) return entry;
      const { dtype, shape } = bias(part);
      const bytes = new Uint8Array(elementCount(shape) * (dtype === 'F32' ? 4 : 2));
      return { ...entry, dtype, shape, pieces: () => [bytes] };
    });
    return inMemory({
      ...(await filesOf('clip')),
      'pytorch_model.bin': await collect(torchZipPieces(entries)),
    });
  };

  test('heads of several sizes', async () => {
    const directory = await withHeads((part) => ({ dtype: 'F32', shape: [part === 'k' ? 16 : 24] }));
    const error = await rejection(openCheckpoint(directory));
    expect(error).toBeInstanceOf(errors.TensorShapeError);
    const tensor = BIAS.replace('q_', 'k_');
    expect(error).toMatchObject({ mismatches: [{ tensor, expected: [24], actual: [16] }] });
  });

  test('heads of several types', async () => {
    const directory = await withHeads((part) => ({ dtype: part === 'v' ? 'F16' : 'F32', shape: [24] }));
    const error = await rejection(openCheckpoint(directory));
    expect(error).toBeInstanceOf(errors.TensorDtypeError);
    const tensor = BIAS.replace('q_', 'v_');
    expect(error).toMatchObject({ mismatches: [{ tensor, expected: ['F32'], actual: 'F16' }] });
  });

  test('heads of one number each', async () => {
    const directory = await withHeads(() => ({ dtype: 'F32', shape: [] }));
    const checkpoint = await openCheckpoint(directory);
    const config = await readConfig(directory, checkpoint);
    expect(() => checkTensors(checkpoint, config)).toThrow(errors.TensorShapeError);
    expect(() => checkTensors(checkpoint, config)).toThrow('in_proj_bias must be [72], got [3]');
    await checkpoint.close();
  });

  test('without preprocessor_config.json there is a warning', async () => {
    const { 'preprocessor_config.json': _, ...files } = await filesOf('clip');
    const warnings: BiomedClipError[] = [];
    const config = await readConfig(inMemory(files), undefined, (warning) => warnings.push(warning));
    expect(config.image.size).toBe(SIZE);
    expect(warnings.map((warning) => warning.name)).toEqual(['PreprocessorNotFoundError']);
  });

  test('another activation gives another fingerprint', async () => {
    const files = await filesOf('clip');
    const changed = { ...files, 'config.json': change(CLIP, 'text_config.hidden_act', 'gelu') };
    expect(await fingerprintOf(inMemory(changed))).not.toBe(await fingerprintOf(inMemory(files)));
  });
});
