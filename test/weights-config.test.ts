// Judge: open_clip_config.json, names and shapes of microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224.
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { loadConfig, type ModelConfig, parseConfig } from '../weights/config.ts';
import * as errors from '../weights/errors.ts';
import { checkTensors, expectedTensors } from '../weights/schema.ts';
import type { Checkpoint, Dtype, TensorInfo } from '../weights/tensor-info.ts';
import { MemoryDirectory, rejection } from './memory-files.ts';

const biomedClip = {
  model_cfg: {
    embed_dim: 512,
    vision_cfg: {
      timm_model_name: 'vit_base_patch16_224',
      timm_model_pretrained: false,
      timm_pool: '',
      timm_proj: 'linear',
      image_size: 224,
    },
    text_cfg: {
      hf_model_name: 'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract',
      hf_tokenizer_name: 'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract',
      hf_proj_type: 'mlp',
      hf_pooler_type: 'cls_last_hidden_state_pooler',
      context_length: 256,
    },
  },
  preprocess_cfg: {
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  },
};

const config: ModelConfig = {
  name: 'vit_base_patch16_224 + microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract',
  embedDim: 512,
  untrained: false,
  image: {
    size: 224,
    patch: 16,
    width: 768,
    depth: 12,
    heads: 12,
    mlpWidth: 3072,
    eps: 1e-6,
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  },
  text: {
    width: 768,
    depth: 12,
    heads: 12,
    mlpWidth: 3072,
    eps: 1e-12,
    contextLength: 256,
    vocabularySize: 30522,
    positions: 512,
    tokenTypes: 2,
    padding: 0,
    projHidden: 640,
  },
};

/** BiomedCLIP's tensors, with some of them changed or, by undefined, left out. */
function tensors(changes: Record<string, Partial<TensorInfo> | undefined> = {}) {
  const map = new Map<string, TensorInfo>();
  for (const { name, shape, dtypes } of expectedTensors(config)) {
    const dtype: Dtype = dtypes[0] ?? 'F32';
    if (!(name in changes) || changes[name])
      map.set(name, { name, dtype, shape, byteLength: 0, ...changes[name] });
  }
  return { file: 'model.bin', tensors: map };
}

/** The configuration with the fields at some dotted paths set; undefined removes one. */
function edited(changes: Record<string, unknown>): string {
  const json = structuredClone(biomedClip) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<Record<string, unknown>>(
      (at, key) => at[key] as Record<string, unknown>,
      json,
    );
    parent[last] = value;
  }
  return JSON.stringify(json);
}

const parse = (changes: Record<string, unknown> = {}, checkpoint = tensors()) =>
  parseConfig('open_clip_config.json', edited(changes), checkpoint);

describe('configuration', () => {
  test('BiomedCLIP as it is downloaded', () => {
    expect(parse()).toEqual(config);
  });

  test('mean and std default to those of open_clip', () => {
    expect(parse({ preprocess_cfg: undefined })).toEqual(config);
    expect(parse({ preprocess_cfg: { interpolation: 'bicubic', resize_mode: 'shortest' } })).toEqual(config);
  });

  test('our own block goes before the table, and shapes stand in for unknown names', () => {
    const ours = {
      name: 'mine',
      untrained: true,
      image: { eps: 1e-5 },
      text: { eps: 1e-7, depth: 3, padding: 9 },
    };
    const found = parse({ biomedclip_webgpu: ours, 'model_cfg.vision_cfg.timm_model_name': 'other' });
    expect(found).toMatchObject({ name: 'mine', untrained: true });
    expect(found.image).toEqual({ ...config.image, eps: 1e-5 });
    expect(found.text).toEqual({ ...config.text, eps: 1e-7, depth: 3, padding: 9 });
  });

  test.each([
    ['model_cfg', undefined],
    ['model_cfg.embed_dim', '512'],
    ['model_cfg.embed_dim', 0],
    ['model_cfg.vision_cfg', []],
    ['model_cfg.vision_cfg.timm_pool', 'avg'],
    ['model_cfg.vision_cfg.timm_proj', 'mlp'],
    ['model_cfg.vision_cfg.image_size', 225],
    ['model_cfg.vision_cfg.image_size', [224, 224]],
    ['model_cfg.vision_cfg.timm_model_name', 7],
    ['model_cfg.text_cfg.hf_proj_type', 'linear'],
    ['model_cfg.text_cfg.hf_pooler_type', 'mean_pooler'],
    ['model_cfg.text_cfg.context_length', undefined],
    ['model_cfg.text_cfg.context_length', 513],
    ['preprocess_cfg.mean', [1, 2]],
    ['preprocess_cfg.std', [1, 1, 0]],
    ['preprocess_cfg.interpolation', 'bilinear'],
    ['preprocess_cfg.resize_mode', 'squash'],
    ['biomedclip_webgpu', { untrained: 'yes' }, 'biomedclip_webgpu.untrained'],
    ['biomedclip_webgpu', { image: { heads: 8 } }, 'biomedclip_webgpu.image.heads'],
    ['biomedclip_webgpu', { text: { eps: 0 } }, 'biomedclip_webgpu.text.eps'],
  ])('%s as %j is a typed error that names it', (path, value, field = path) => {
    expect(() => parse({ [path]: value })).toThrow(errors.ConfigFieldError);
    expect(() => parse({ [path]: value })).toThrow(`open_clip_config.json: ${field} must be `);
  });

  test.each([
    ['model_cfg.vision_cfg.timm_model_name', 'vit_large_patch16_224', 'vit_base_patch16_224'],
    ['model_cfg.text_cfg.hf_model_name', 'roberta-base', 'microsoft/BiomedNLP'],
    ['model_cfg.text_cfg.hf_model_name', 'toString', 'microsoft/BiomedNLP'],
  ])('%s %s is unknown, and the known ones are listed', (path, value, known) => {
    expect(() => parse({ [path]: value })).toThrow(errors.UnknownModelNameError);
    expect(() => parse({ [path]: value })).toThrow(`known: ${known}`);
  });

  test.each(['{', '[]', 'null'])('%s is a ConfigJsonError', (json) => {
    expect(() => parseConfig('c.json', json, tensors())).toThrow(errors.ConfigJsonError);
  });

  test('a directory without a configuration, or without weights', async () => {
    const directory = new MemoryDirectory();
    const checkpoint: Checkpoint = {
      ...tensors(),
      format: 'torch-zip',
      read: async () => new Uint8Array(),
      close: async () => {},
    };
    expect(await rejection(loadConfig(directory, checkpoint))).toBeInstanceOf(errors.ConfigNotFoundError);
    const error = await rejection(openCheckpoint(directory));
    expect(error).toBeInstanceOf(errors.CheckpointNotFoundError);
    expect(String(error)).toContain('open_clip_model.safetensors nor open_clip_pytorch_model.bin');
  });

  test('a weights file that cannot be read is closed again', async () => {
    const directory = new MemoryDirectory();
    const file = directory.add('open_clip_model.safetensors', 'short');
    expect(await rejection(openCheckpoint(directory))).toBeInstanceOf(errors.TruncatedFileError);
    expect(file.closed).toBe(true);
  });
});

describe('checkTensors', () => {
  test('takes BiomedCLIP, with or without position_ids, and names what it does not know', () => {
    expect(expectedTensors(config)).toHaveLength(352);
    const pooler: TensorInfo = {
      name: 'text.transformer.pooler.dense.bias',
      dtype: 'F32',
      shape: [768],
      byteLength: 0,
    };
    const all = tensors({ 'text.transformer.embeddings.position_ids': undefined });
    expect(checkTensors(all, config)).toEqual({ unexpected: [] });
    all.tensors.set(pooler.name, pooler);
    expect(checkTensors(all, config)).toEqual({ unexpected: [pooler.name] });
  });

  test.each(['F32', 'F16', 'BF16'] as const)('takes any float tensor as %s', (dtype) => {
    const found = tensors({ logit_scale: { dtype }, 'visual.trunk.norm.weight': { dtype } });
    expect(checkTensors(found, config)).toEqual({ unexpected: [] });
  });

  test('lists all missing tensors, ten of them in the message', () => {
    const names = [...tensors().tensors.keys()].filter((name) => name.includes('blocks.11.'));
    const found = tensors(Object.fromEntries(names.map((name) => [name, undefined])));
    const config11 = parse({}, found);
    const error = caught(() => checkTensors(found, config11));
    expect(error).toBeInstanceOf(errors.MissingTensorError);
    expect(error).toMatchObject({ file: 'model.bin', tensors: names });
    expect(String(error)).toContain('visual.trunk.blocks.11.norm1.weight');
    expect(String(error)).toContain('and 2 more');
  });

  test('lists all tensors of the wrong shape with both shapes', () => {
    const found = tensors({ 'visual.trunk.norm.weight': { shape: [640] }, logit_scale: { shape: [1] } });
    const error = caught(() => checkTensors(found, config));
    expect(error).toBeInstanceOf(errors.TensorShapeError);
    expect(error).toHaveProperty('mismatches.length', 2);
    expect(String(error)).toContain('visual.trunk.norm.weight must be [768], got [640]');
  });

  test('lists all tensors of the wrong dtype', () => {
    const found = tensors({
      'visual.trunk.norm.weight': { dtype: 'F64' },
      'text.transformer.embeddings.position_ids': { dtype: 'I32' },
    });
    const error = caught(() => checkTensors(found, config));
    expect(error).toBeInstanceOf(errors.TensorDtypeError);
    expect(error).toHaveProperty('mismatches.length', 2);
    expect(String(error)).toContain('visual.trunk.norm.weight must be F32 or F16 or BF16, got F64');
  });

  test('a missing or flat tensor that sizes are taken from is reported, not stumbled over', () => {
    for (const name of [
      'visual.trunk.pos_embed',
      'visual.trunk.patch_embed.proj.weight',
      'text.transformer.embeddings.word_embeddings.weight',
      'text.transformer.embeddings.position_embeddings.weight',
      'text.proj.0.weight',
    ]) {
      const missing = tensors({ [name]: undefined });
      expect(caught(() => checkTensors(missing, parse({}, missing)))).toMatchObject({ tensors: [name] });
      const flat = tensors({ [name]: { shape: [] } });
      expect(caught(() => checkTensors(flat, parse({}, flat)))).toBeInstanceOf(errors.TensorShapeError);
    }
  });
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
