// Judge: the same weights in open_clip's layout, which ONNX Runtime judges in tower-heads.test.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BiomedClip, type BiomedClipError } from '../src/index.ts';
import { openLocalDirectory } from '../src/node/files.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { type ModelConfig, readConfig } from '../weights/config.ts';
import * as errors from '../weights/errors.ts';
import { fingerprintOf } from '../weights/fingerprint.ts';
import { inOpenClipNames } from '../weights/hf-names.ts';
import { safetensorsPieces, type TensorEntry } from '../weights/safetensors-writer.ts';
import { checkTensors } from '../weights/schema.ts';
import { siglipTokenizer } from '../weights/seeded-siglip.ts';
import type { Checkpoint } from '../weights/tensor-info.ts';
import { cli } from './support/cli-run.ts';
import { memoryDirectory } from './support/memory-directory.ts';
import { collect, rejection } from './support/memory-files.ts';
import { seededModel } from './support/seeded-model.ts';
import { syntheticImage, textsOfTokens } from './support/synthetic-inputs.ts';

const adapter = process.env.BIOMEDCLIP_ADAPTER;

interface Sizes {
  readonly width: number;
  readonly mlp: number;
  readonly depth: number;
  readonly patch: number;
  readonly patches: number;
  readonly words: number;
}
type Shapes = readonly (readonly [name: string, ...shape: number[]])[];

/** SiglipModel's state dict, from its modules in modeling_siglip.py. */
function siglipShapes({ width: C, mlp: M, depth, patch, patches, words }: Sizes): Shapes {
  const linear = (name: string, outputs: number, inputs: number): Shapes => [
    [`${name}.weight`, outputs, inputs],
    [`${name}.bias`, outputs],
  ];
  const norm = (name: string): Shapes => [
    [`${name}.weight`, C],
    [`${name}.bias`, C],
  ];
  const mlp = (name: string) => [...linear(`${name}.mlp.fc1`, M, C), ...linear(`${name}.mlp.fc2`, C, M)];
  const layers = (tower: string) =>
    Array.from({ length: depth }, (_, i) => `${tower}.encoder.layers.${i}`).flatMap((name) => [
      ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((part) =>
        linear(`${name}.self_attn.${part}`, C, C),
      ),
      ...norm(`${name}.layer_norm1`),
      ...mlp(name),
      ...norm(`${name}.layer_norm2`),
    ]);
  return [
    ['logit_scale', 1],
    ['logit_bias', 1],
    ['text_model.embeddings.token_embedding.weight', words, C],
    ['text_model.embeddings.position_embedding.weight', 64, C],
    ...layers('text_model'),
    ...norm('text_model.final_layer_norm'),
    ...linear('text_model.head', C, C),
    ['vision_model.embeddings.patch_embedding.weight', C, 3, patch, patch],
    ['vision_model.embeddings.patch_embedding.bias', C],
    ['vision_model.embeddings.position_embedding.weight', patches, C],
    ...layers('vision_model'),
    ...norm('vision_model.post_layernorm'),
    ['vision_model.head.probe', 1, 1, C],
    ['vision_model.head.attention.in_proj_weight', 3 * C, C],
    ['vision_model.head.attention.in_proj_bias', 3 * C],
    ...linear('vision_model.head.attention.out_proj', C, C),
    ...norm('vision_model.head.layernorm'),
    ...mlp('vision_model.head'),
  ];
}

/** Where open_clip has the bytes of one of these: tensors, and which third of them. */
function inOpenClip(name: string): { parts: string[]; third?: number } {
  const tower = name.startsWith('text_model') ? 'text.transformer.resblocks' : 'visual.trunk.blocks';
  const text = tower.startsWith('text');
  const [, layer = '', rest = ''] = /layers\.(\d+)\.(.+)$/.exec(name) ?? [];
  const ending = name.endsWith('weight') ? 'weight' : 'bias';
  if (layer !== '') {
    const block = `${tower}.${layer}`;
    const third = ['q_proj', 'k_proj', 'v_proj'].findIndex((part) => rest.includes(part));
    if (third >= 0) return { parts: [`${block}.attn.${text ? 'in_proj_' : 'qkv.'}${ending}`], third };
    const [module = ''] = /^.+(?=\.\w+$)/.exec(rest) ?? [];
    const ours: Record<string, [string, string]> = {
      'self_attn.out_proj': ['attn.proj', 'attn.out_proj'],
      layer_norm1: ['norm1', 'ln_1'],
      layer_norm2: ['norm2', 'ln_2'],
      'mlp.fc1': ['mlp.fc1', 'mlp.c_fc'],
      'mlp.fc2': ['mlp.fc2', 'mlp.c_proj'],
    };
    return { parts: [`${block}.${ours[module]?.[text ? 1 : 0]}.${ending}`] };
  }
  if (name.includes('.in_proj_')) {
    return { parts: ['q', 'kv'].map((part) => `visual.trunk.attn_pool.${part}.${ending}`) };
  }
  const others: [string, string][] = [
    ['text_model.embeddings.token_embedding', 'text.token_embedding'],
    ['text_model.embeddings.position_embedding.weight', 'text.positional_embedding'],
    ['text_model.final_layer_norm', 'text.ln_final'],
    ['text_model.head', 'text.text_projection'],
    ['vision_model.embeddings.patch_embedding', 'visual.trunk.patch_embed.proj'],
    ['vision_model.embeddings.position_embedding.weight', 'visual.trunk.pos_embed'],
    ['vision_model.post_layernorm', 'visual.trunk.norm'],
    ['vision_model.head.probe', 'visual.trunk.attn_pool.latent'],
    ['vision_model.head.attention.out_proj', 'visual.trunk.attn_pool.proj'],
    ['vision_model.head.layernorm', 'visual.trunk.attn_pool.norm'],
    ['vision_model.head.mlp', 'visual.trunk.attn_pool.mlp'],
  ];
  const [theirs = '', ours = ''] = others.find(([module]) => name.startsWith(module)) ?? [];
  return { parts: [name.replace(theirs, ours)] };
}

async function bytesOf(checkpoint: Checkpoint, name: string): Promise<Uint8Array> {
  const { parts, third } = inOpenClip(name);
  const all = parts.map((part) => {
    const length = checkpoint.tensors.get(part)?.byteLength ?? 0;
    const share = third === undefined ? length : length / 3;
    return checkpoint.read(part, (third ?? 0) * share, share);
  });
  return Buffer.concat(await Promise.all(all));
}

const TINY: Sizes = { width: 144, mlp: 576, depth: 2, patch: 14, patches: 9, words: 0 };
const TEXTS = [...textsOfTokens([2, 3, 17]), 'Brain, CHEST: image!'];
const PREPROCESSOR = {
  do_convert_rgb: null,
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_processor_type: 'SiglipImageProcessor',
  image_std: [0.5, 0.5, 0.5],
  processor_class: 'SiglipProcessor',
  resample: 3,
  rescale_factor: 1 / 255,
  size: { height: 48, width: 48 },
};

function siglipJson(config: ModelConfig) {
  const tower = { hidden_size: 144, intermediate_size: 576, num_hidden_layers: 2, num_attention_heads: 2 };
  return {
    architectures: ['SiglipModel'],
    model_type: 'siglip',
    text_config: { ...tower, vocab_size: config.text.vocabularySize, model_type: 'siglip_text_model' },
    vision_config: { ...tower, image_size: 48, patch_size: 14, model_type: 'siglip_vision_model' },
    biomedclip_webgpu: { name: config.name, untrained: true },
  };
}

type Json = Record<string, unknown>;
type Files = Record<string, string | Uint8Array>;
const inMemory = (files: Files) =>
  memoryDirectory(new Map(Object.entries(files).map(([file, content]) => [file, Buffer.from(content)])));

let original: Awaited<ReturnType<typeof seededModel>>;
let files: Files;
let entries: TensorEntry[];
beforeAll(async () => {
  original = await seededModel({ preset: 'tiny', seed: 31, towers: { siglip: 2 } });
  const directory = await openLocalDirectory(original.path);
  const checkpoint = await openCheckpoint(directory);
  const config = await readConfig(directory, checkpoint);
  const shapes = siglipShapes({ ...TINY, words: config.text.vocabularySize });
  entries = await Promise.all(
    shapes.map(async ([name, ...shape]): Promise<TensorEntry> => {
      const bytes = await bytesOf(checkpoint, name);
      return { name, dtype: 'F32', shape, pieces: () => [bytes] };
    }),
  );
  await checkpoint.close();
  files = {
    'config.json': JSON.stringify(siglipJson(config)),
    'preprocessor_config.json': JSON.stringify(PREPROCESSOR),
    'model.safetensors': await collect(safetensorsPieces(entries)),
    ...siglipTokenizer(2).files,
  };
});
afterAll(() => original.remove());

describe('the same weights by the names of transformers', () => {
  let path: string;
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), 'biomedclip-hf-'));
    for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content);
  });
  afterAll(() => rm(path, { recursive: true, force: true }));

  test("rows, logit bias and fingerprint are those of open_clip's layout", async () => {
    const warnings: BiomedClipError[] = [];
    const onWarning = (warning: BiomedClipError) => void warnings.push(warning);
    const images = [syntheticImage(48, 0), syntheticImage(96, 1)];
    const embedded = await Promise.all(
      [original.path, path].map(async (source) => {
        await using model = await BiomedClip.load(source, { adapter, onWarning });
        const rows = await model.embedBatch({ images, texts: TEXTS });
        return { info: model.info, images: rows.images.data, texts: rows.texts.data };
      }),
    );
    const [theirs, ours] = embedded;
    expect(warnings).toEqual([]);
    expect(ours?.images).toEqual(theirs?.images);
    expect(ours?.texts).toEqual(theirs?.texts);
    expect(ours?.info.logitBias).not.toBeUndefined();
    expect(ours?.info).toEqual({ ...theirs?.info, name: path });
  });

  test('convert keeps all of it, the tanh form of GELU too', async () => {
    const out = join(path, 'converted');
    const run = await cli(['convert', path, '-o', out, '--json']);
    expect(run.stderr).toBe('');
    const before = await fingerprintOf(await openLocalDirectory(original.path));
    expect(await fingerprintOf(await openLocalDirectory(out))).toBe(before);
  });

  test('no tensor is left over', async () => {
    const directory = inMemory(files);
    const checkpoint = await openCheckpoint(directory);
    expect(checkTensors(checkpoint, await readConfig(directory, checkpoint)).unexpected).toEqual([]);
    await checkpoint.close();
  });
});

describe('configurations as published', () => {
  const tower = {
    hidden_size: 1152,
    intermediate_size: 4304,
    num_hidden_layers: 27,
    num_attention_heads: 16,
  };
  const published = (vision: Json, text: Json, preprocessor: Json, tokenizer: Json): Files => ({
    'config.json': JSON.stringify({
      model_type: 'siglip',
      text_config: { hidden_act: 'gelu_pytorch_tanh', layer_norm_eps: 1e-6, ...text },
      vision_config: { hidden_act: 'gelu_pytorch_tanh', layer_norm_eps: 1e-6, num_channels: 3, ...vision },
    }),
    'preprocessor_config.json': JSON.stringify({ ...PREPROCESSOR, ...preprocessor }),
    'tokenizer_config.json': JSON.stringify(tokenizer),
  });
  const parse = async (content: Files, sizes: Sizes) => {
    const shaped = siglipShapes(sizes).map(([name, ...shape]) => {
      const byteLength = 4 * shape.reduce((product, size) => product * size, 1);
      return [name, { name, dtype: 'F32' as const, shape, byteLength }] as const;
    });
    const parameters = shaped.reduce((sum, [, { byteLength }]) => sum + byteLength / 4, 0);
    const nothing = {
      file: 'model.safetensors',
      format: 'safetensors' as const,
      close: async () => {},
      read: async () => new Uint8Array(),
    };
    const checkpoint = inOpenClipNames({ ...nothing, tensors: new Map(shaped) });
    const config = await readConfig(inMemory(content), checkpoint);
    expect(checkTensors(checkpoint, config)).toEqual({ unexpected: [] });
    return { config, parameters };
  };

  test('MedSigLIP: 448 pixels, heads of 72, 878 million parameters', async () => {
    const vision = { ...tower, image_size: 448, patch_size: 14 };
    const text = { ...tower, max_position_embeddings: 64, projection_size: 1152, vocab_size: 32000 };
    const tokenizer = { do_lower_case: true, model_max_length: 64, tokenizer_class: 'SiglipTokenizer' };
    const size = { height: 448, width: 448 };
    const { config, parameters } = await parse(published(vision, text, { size, resample: 2 }, tokenizer), {
      width: 1152,
      mlp: 4304,
      depth: 27,
      patch: 14,
      patches: 1024,
      words: 32000,
    });
    expect(Math.round(parameters / 1e6)).toBe(878);
    const half = [0.5, 0.5, 0.5];
    expect(config).toMatchObject({ embedDim: 1152, logitBias: true });
    expect(config.image).toMatchObject({
      ...{ size: 448, mean: half, std: half, interpolation: 'bilinear', resizeMode: 'squash' },
      ...{ heads: 16, mlpWidth: 4304, eps: 1e-6, activation: 'geluTanh', pool: 'attention' },
    });
    expect(config.text).toMatchObject({ contextLength: 64, pool: 'last', sentencePiece: 'canonicalize' });
  });

  test('SigLIP 2 of squares, nothing said but what differs from the defaults', async () => {
    const text = { vocab_size: 256000 };
    const tokenizer = {
      ...{ add_bos_token: false, add_eos_token: true, do_lower_case: true },
      tokenizer_class: 'GemmaTokenizer',
    };
    const size = { height: 224, width: 224 };
    const sizes = { width: 768, mlp: 3072, depth: 12, patch: 16, patches: 196, words: 256000 };
    const { config } = await parse(published({}, text, { size }, tokenizer), sizes);
    expect(config.image).toMatchObject({ size: 224, patch: 16, width: 768, heads: 12, depth: 12 });
    expect(config.image.interpolation).toBeUndefined();
    expect(config.text).toMatchObject({
      vocabularySize: 256000,
      sentencePiece: 'lower',
      activation: 'geluTanh',
    });
  });
});

// Judge: transformers' classes of tokenizers, of which SiglipTokenizer alone takes punctuation off.
test.each([
  [{ tokenizer_class: 'GemmaTokenizerFast' }, 'whitespace'],
  [{ tokenizer_class: 'GemmaTokenizer', do_lower_case: true }, 'lower'],
  [{ tokenizer_class: 'Siglip2Tokenizer' }, 'lower'],
  [{}, 'canonicalize'],
])('a tokenizer of %j', async (tokenizer, sentencePiece) => {
  const { text } = await readConfig(
    inMemory({ ...files, 'tokenizer_config.json': JSON.stringify(tokenizer) }),
  );
  expect(text).toMatchObject({ sentencePiece });
});

describe('refused by name', () => {
  test.each([
    ['config.json', 'model_type', 'siglip2'],
    ['config.json', 'vision_config.vision_use_head', false],
    ['config.json', 'vision_config.hidden_act', 'relu'],
    ['config.json', 'vision_config.num_attention_heads', 5],
    ['config.json', 'vision_config.image_size', 13],
    ['config.json', 'text_config.projection_size', 160],
    ['config.json', 'text_config.layer_norm_eps', 0],
    ['preprocessor_config.json', 'size', 48],
    ['preprocessor_config.json', 'size', undefined, 224], // transformers' default
    ['preprocessor_config.json', 'size', { shortest_edge: 48 }],
    ['preprocessor_config.json', 'size', { height: 48, width: 64 }],
    ['preprocessor_config.json', 'resample', 1],
    ['preprocessor_config.json', 'do_resize', false],
    ['preprocessor_config.json', 'do_center_crop', true],
    ['preprocessor_config.json', 'rescale_factor', 1],
    ['preprocessor_config.json', 'image_std', [1, 0, 1]],
    ['preprocessor_config.json', 'image_processor_type', 'Siglip2ImageProcessor'],
    ['preprocessor_config.json', 'image_processor_type', 'CLIPImageProcessor'],
    ['tokenizer_config.json', 'tokenizer_class', 'CLIPTokenizer'],
    ['tokenizer_config.json', 'model_max_length', 16],
    ['tokenizer_config.json', 'do_lower_case', false],
    ['tokenizer_config.json', 'add_bos_token', true],
    ['tokenizer_config.json', 'add_eos_token', false],
  ])('%s: %s %j', async (file, field, value, actual = value) => {
    const json: Json = JSON.parse(String(files[file]));
    const [outer = '', inner] = field.split('.');
    json[outer] = inner === undefined ? value : { ...(json[outer] as Json), [inner]: value };
    const error = await rejection(readConfig(inMemory({ ...files, [file]: JSON.stringify(json) })));
    expect(error).toBeInstanceOf(errors.ConfigFieldError);
    expect(error).toMatchObject({ file: `memory/${file}`, field, actual });
  });

  const opened = async (changed: readonly TensorEntry[]) =>
    rejection(
      openCheckpoint(inMemory({ ...files, 'model.safetensors': await collect(safetensorsPieces(changed)) })),
    );

  test('a tower without its head', async () => {
    const error = await opened(entries.filter(({ name }) => name !== 'vision_model.head.probe'));
    expect(error).toBeInstanceOf(errors.MissingTensorError);
    expect(String(error)).toContain('vision_model.head.probe');
  });

  test('queries, keys and values that are no three', async () => {
    const error = await opened(
      entries.map((entry) =>
        entry.name === 'vision_model.head.attention.in_proj_bias'
          ? { ...entry, shape: [430], pieces: () => [new Uint8Array(4 * 430)] }
          : entry,
      ),
    );
    expect(error).toBeInstanceOf(errors.TensorShapeError);
    expect(String(error)).toContain('vision_model.head.attention.in_proj_bias');
  });

  test("without preprocessor_config.json there is a warning, and images are prepared as SigLIP's are", async () => {
    const { 'preprocessor_config.json': _, ...rest } = files;
    const warnings: BiomedClipError[] = [];
    const { image } = await readConfig(inMemory(rest), undefined, (warning) => void warnings.push(warning));
    expect(image).toMatchObject({ resizeMode: 'squash', mean: [0.5, 0.5, 0.5] });
    expect(warnings.map(({ name }) => name)).toEqual(['PreprocessorNotFoundError']);
  });
});
