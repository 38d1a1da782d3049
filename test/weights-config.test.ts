// Judge: open_clip_config.json, names and shapes of microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224.
import { describe, expect, test } from 'vitest';
import { BIOMEDCLIP } from '../docs/site/biomedclip.ts';
import { type BiomedClipError, InvalidOptionError } from '../src/errors.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import { type ModelConfig, parseConfig, readConfig } from '../weights/config.ts';
import * as errors from '../weights/errors.ts';
import { scalesOf } from '../weights/int8.ts';
import { bertFacts, timmFacts } from '../weights/known-models.ts';
import { checkTensors, expectedTensors, tensorNames } from '../weights/schema.ts';
import type { Checkpoint, TensorDtype, TensorInfo } from '../weights/tensor-info.ts';
import { MemoryDirectory, rejection } from './support/memory-files.ts';

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
  ...BIOMEDCLIP,
  name: 'vit_base_patch16_224 + microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract',
};

/** BiomedCLIP's tensors, with some of them changed or, by undefined, left out. */
function tensors(changes: Record<string, Partial<TensorInfo> | undefined> = {}) {
  const map = new Map<string, TensorInfo>();
  for (const { name, shape, dtypes } of expectedTensors(config)) {
    const dtype: TensorDtype = dtypes[0] ?? 'F32';
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
  parsed(changes, checkpoint).config;

/** The configuration, and what was warned of. */
function parsed(changes: Record<string, unknown> = {}, checkpoint = tensors()) {
  const warnings: BiomedClipError[] = [];
  const json = edited(changes);
  const config = parseConfig('open_clip_config.json', json, checkpoint, (warning) => warnings.push(warning));
  return { config, warnings };
}

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
      text: { eps: 1e-7, depth: 13, padding: 9 },
    };
    const found = parse({ biomedclip_webgpu: ours, 'model_cfg.vision_cfg.timm_model_name': 'other' });
    expect(found).toMatchObject({ name: 'mine', untrained: true });
    expect(found.image).toEqual({ ...config.image, eps: 1e-5 });
    expect(found.text).toEqual({ ...config.text, eps: 1e-7, depth: 13, padding: 9 });
  });

  test.each([
    ['model_cfg', undefined],
    ['model_cfg.embed_dim', '512'],
    ['model_cfg.embed_dim', 0],
    ['model_cfg.vision_cfg', []],
    ['model_cfg.vision_cfg.timm_pool', 'max'],
    ['model_cfg.vision_cfg.timm_proj', 'attn'],
    ['model_cfg.vision_cfg.timm_proj_bias', 1],
    ['model_cfg.vision_cfg.image_size', 225],
    ['model_cfg.vision_cfg.image_size', [224, 196]],
    ['model_cfg.vision_cfg.image_size', [224]],
    ['model_cfg.vision_cfg.timm_model_name', 7],
    ['model_cfg.text_cfg.hf_proj_type', 'clap_mlp'],
    ['model_cfg.text_cfg.hf_pooler_type', 'attn_pooler'],
    ['model_cfg.text_cfg.context_length', 1],
    ['model_cfg.text_cfg.context_length', 513],
    ['preprocess_cfg.mean', [1, 2]],
    ['preprocess_cfg.std', [1, 1, 0]],
    ['preprocess_cfg.mean', [0, 0, 1e308]],
    ['preprocess_cfg.std', [1e-320, 1, 1]], // 0 in f32
    ['preprocess_cfg.std', [1, 1e-40, 1]], // a denormal of f32
    ['preprocess_cfg.std', [1, 1, 1e39]],
    ['preprocess_cfg.interpolation', 'lanczos'],
    ['preprocess_cfg.resize_mode', 'crop'],
    ['preprocess_cfg.mode', 'L'],
    ['preprocess_cfg', { resize_mode: 'longest', fill_color: 256 }, 'preprocess_cfg.fill_color'],
    ['preprocess_cfg.mean', 0],
    ['biomedclip_webgpu', { untrained: 'yes' }, 'biomedclip_webgpu.untrained'],
    ['biomedclip_webgpu', { image: { heads: 8 } }, 'biomedclip_webgpu.image.heads'],
    ['biomedclip_webgpu', { image: { activation: 'relu' } }, 'biomedclip_webgpu.image.activation'],
    ['biomedclip_webgpu', { text: { eps: 0 } }, 'biomedclip_webgpu.text.eps'],
    ['biomedclip_webgpu', { text: { eps: 1e-40 } }, 'biomedclip_webgpu.text.eps'],
    ['biomedclip_webgpu', { text: { depth: 3 } }, 'biomedclip_webgpu.text.depth'],
    ['biomedclip_webgpu', { image: { depth: 1e6 } }, 'biomedclip_webgpu.image.depth'],
    ['biomedclip_webgpu', { image: { depth: 2 ** 32 } }, 'biomedclip_webgpu.image.depth'],
  ])('%s as %j is a typed error that names it', (path, value, field = path) => {
    expect(() => parse({ [path]: value })).toThrow(errors.ConfigFieldError);
    expect(() => parse({ [path]: value })).toThrow(`open_clip_config.json: ${field} must be `);
  });

  test('an image size that is asked for: the positions are interpolated, and patches must fill it', () => {
    const sized = (imageSize: number) =>
      parseConfig('open_clip_config.json', edited({}), tensors(), () => {}, { imageSize });
    expect(sized(224)).toEqual(config);
    expect(sized(336)).toEqual({ ...config, image: { ...config.image, size: 336, positionGrid: 14 } });
    expect(() => sized(225)).toThrow(InvalidOptionError);
    expect(() => sized(225)).toThrow("imageSize must be a multiple of the checkpoint's patch of 16, got 225");
  });

  test('a name of slashes alone is no known BERT', () => {
    expect(bertFacts('//')).toBeUndefined();
    expect(bertFacts('')).toBeUndefined();
  });

  test('a mean and std that f32 holds, but not their quotient', () => {
    const huge = { mean: [0, 0, 1e30], std: [1, 1, 1e-20] };
    expect(() => parse({ preprocess_cfg: huge })).toThrow('by which (pixel - mean) / std fits f32');
  });

  // Judge: open_clip's source: CLIPVisionCfg, CLIPTextCfg, TimmModel, HFTextEncoder, get_tokenizer, PreprocessCfg.
  test.each([
    ['vision_cfg.timm_pool', 'map', 'no attention pooling'],
    ['vision_cfg.timm_pool', 'rot_attn', 'another way'],
    ['vision_cfg.timm_proj', 'conv', 'no such projection'],
    ['vision_cfg.timm_model_kwargs', { init_values: 1e-5 }, 'another variant'],
    ['vision_cfg.timm_model_name', undefined, 'its own ViT'],
    ['text_cfg.hf_pooler_type', 'toString', 'knows no such pooler'],
    ['text_cfg.pooler_type', 'attn_pooler', 'knows no such pooler'],
    ['text_cfg.proj', 'clap_mlp', 'a ReLU'],
    ['text_cfg.hf_proj_type', 'none', 'no projection'],
    ['text_cfg.hf_proj_type', null, 'no projection'],
    ['text_cfg.hf_model_name', undefined, "CLIP's own text tower"],
    ['text_cfg.hf_model_config', { layer_norm_eps: 1e-5 }, "the BERT's own configuration"],
    ['text_cfg.hf_tokenizer_name', undefined, "CLIP's own tokenizer"],
    ['text_cfg.tokenizer_kwargs', { clean: 'canonicalize' }, 'cleans or splits'],
    ['text_cfg.tokenizer_kwargs', { strip_sep_token: true }, 'cleans or splits'],
    ['text_cfg.tokenizer_kwargs', { lower: true }, 'cleans or splits'],
    ['text_cfg.tokenizer_mode', 'clips', 'arranges tokens'],
    ['text_cfg.text_arch', 'modern', 'another text tower'],
    ['multimodal_cfg', { layers: 12 }, 'another kind of model'],
  ])('%s as %j is refused by what open_clip does', (field, value, meaning) => {
    const path = `model_cfg.${field}`;
    expect(() => parse({ [path]: value })).toThrow(errors.ConfigFieldError);
    expect(() => parse({ [path]: value })).toThrow(meaning);
    expect(() => parse({ [path]: value })).toThrow(`${path} must be `);
  });

  test.each([
    ['model_cfg.vision_cfg.timm_pool', 'token'],
    ['model_cfg.vision_cfg.timm_pool', null],
    ['model_cfg.vision_cfg.timm_proj', undefined],
    ['model_cfg.vision_cfg.timm_drop', 0.1],
    ['model_cfg.vision_cfg.timm_model_kwargs', {}],
    ['model_cfg.vision_cfg.image_size', undefined],
    ['model_cfg.text_cfg.hf_pooler_type', null],
    ['model_cfg.text_cfg.hf_proj_type', undefined],
    ['model_cfg.text_cfg.hf_model_config', { hidden_dropout_prob: 0 }],
    ['model_cfg.text_cfg.tokenizer_kwargs', { clean: 'whitespace' }],
    ['model_cfg.text_cfg.proj', 'mlp'],
    ['model_cfg.quick_gelu', true], // of open_clip's own towers only
    ['model_cfg.custom_text', true],
    ['model_cfg.vision_cfg.image_size', [224, 224]],
    ['preprocess_cfg.interpolation', 'random'],
    ['preprocess_cfg.mode', 'RGB'],
    ['preprocess_cfg.mode', null],
    ['preprocess_cfg.fill_color', 7],
    ['preprocess_cfg.size', 336], // the tower's own goes before it
  ])('%s as %j is what is computed', (path, value) => {
    expect(parsed({ [path]: value })).toEqual({ config, warnings: [] });
  });

  test.each([
    ['timm_pool', undefined, { pool: 'mean' }],
    ['timm_pool', 'avg', { pool: 'mean' }],
    ['timm_proj_bias', true, { proj: { kind: 'linear', bias: true } }],
    ['timm_proj', 'mlp', { proj: { kind: 'mlp', bias: false, hidden: 1024 } }],
  ] as const)('vision_cfg.%s as %j', (field, value, difference) => {
    const { config: found, warnings } = parsed({ [`model_cfg.vision_cfg.${field}`]: value });
    expect(found).toEqual({ ...config, image: { ...config.image, ...difference } });
    expect(warnings).toEqual([]);
  });

  test.each([
    ['avg', '', { pool: 'mean', normAfterPool: true, proj: { kind: 'trunk', bias: true } }],
    [undefined, null, { pool: 'mean', normAfterPool: true, proj: { kind: 'trunk', bias: true } }],
    ['token', '', { proj: { kind: 'trunk', bias: true } }],
    [null, '', { proj: { kind: 'trunk', bias: true } }],
  ] as const)("timm_pool %j with timm's own classifier, timm_proj %j", (timm_pool, timm_proj, difference) => {
    const vision_cfg = { ...biomedClip.model_cfg.vision_cfg, timm_pool, timm_proj };
    const found = parse({ 'model_cfg.vision_cfg': vision_cfg });
    expect(found.image).toEqual({ ...config.image, ...difference });
    const names = expectedTensors(found).map(({ name }) => name);
    const mean = 'normAfterPool' in difference;
    expect(names.includes('visual.trunk.fc_norm.weight')).toBe(mean);
    expect(names.includes('visual.trunk.norm.weight')).toBe(!mean);
    expect(names).toContain('visual.trunk.head.bias');
  });

  test('a projection of two layers has a bias between them', () => {
    const found = parse({ 'model_cfg.vision_cfg.timm_proj': 'mlp' });
    const shapes = expectedTensors(found).map(({ name, shape }) => [name, shape]);
    expect(shapes.filter(([name]) => String(name).startsWith('visual.head.'))).toEqual([
      ['visual.head.mlp.fc1.weight', [1024, 768]],
      ['visual.head.mlp.fc1.bias', [1024]],
      ['visual.head.mlp.fc2.weight', [512, 1024]],
    ]);
  });

  test('without a projection the widths must be equal, and something must be pooled', () => {
    const none = { 'model_cfg.vision_cfg.timm_proj': 'none', 'model_cfg.vision_cfg.timm_pool': 'token' };
    expect(() => parse(none)).toThrow(
      'timm_proj must be "linear" or "mlp" for embeddings of 512, got "none"',
    );
    const wide = { ...none, 'model_cfg.embed_dim': 768, 'model_cfg.text_cfg.hf_proj_type': null };
    expect(parse(wide)).toMatchObject({ image: { proj: { kind: 'none' } }, text: { proj: 'none' } });
    const names = expectedTensors(parse(wide)).map(({ name }) => name);
    expect(names.filter((name) => /proj|head/.test(name)).every((name) => /attn|patch/.test(name))).toBe(
      true,
    );
    expect(() => parse({ 'model_cfg.vision_cfg.timm_proj': '' })).toThrow("all tokens' states, no embedding");
  });

  test.each([
    [{ interpolation: 'bilinear' }, { interpolation: 'bilinear' }],
    [{ resize_mode: 'squash', fill_color: 9 }, { resizeMode: 'squash' }],
    [
      { resize_mode: 'longest', fill_color: 9 },
      { resizeMode: 'longest', fillColor: 9 },
    ],
    [
      { mean: 0.5, std: [0.25, 0.25, 0.25] },
      { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    ],
  ] as const)('preprocess_cfg %j', (fields, difference) => {
    const { config: found, warnings } = parsed({
      preprocess_cfg: { ...biomedClip.preprocess_cfg, ...fields },
    });
    expect(found).toEqual({ ...config, image: { ...config.image, ...difference } });
    expect(warnings).toEqual([]);
  });

  test.each([
    [undefined, 'mean'],
    ['mean_pooler', 'mean'],
    ['max_pooler', 'max'],
    ['cls_pooler', 'pooler'],
  ] as const)('hf_pooler_type %j, and pooler_type, its former name', (pooler, pool) => {
    const expected = { ...config, text: { ...config.text, pool } };
    expect(parsed({ 'model_cfg.text_cfg.hf_pooler_type': pooler })).toEqual({
      config: expected,
      warnings: [],
    });
    const former = {
      'model_cfg.text_cfg.hf_pooler_type': undefined,
      'model_cfg.text_cfg.pooler_type': pooler,
    };
    expect(parsed(former)).toEqual({ config: expected, warnings: [] });
    const dense = expectedTensors(expected as ModelConfig).filter(({ name }) =>
      name.includes('pooler.dense'),
    );
    expect(dense).toHaveLength(pool === 'pooler' ? 2 : 0);
  });

  test('the names of before open_clip 2.23', () => {
    const text = { hf_pooler_type: undefined, pooler_type: 'cls_last_hidden_state_pooler', proj: 'mlp' };
    const text_cfg = { ...biomedClip.model_cfg.text_cfg, ...text, hf_proj_type: undefined };
    expect(parsed({ 'model_cfg.text_cfg': text_cfg })).toEqual({ config, warnings: [] });
  });

  test.each(['hf_proj_type', 'proj'])('a projection of one layer, by %s', (field) => {
    const linear = {
      'model_cfg.text_cfg.hf_proj_type': undefined,
      [`model_cfg.text_cfg.${field}`]: 'linear',
    };
    if (config.text.kind !== 'bert') throw new Error('not a BERT');
    const { projHidden: _, ...text } = config.text;
    expect(parse(linear)).toEqual({ ...config, text });
    const names = expectedTensors({ ...config, text }).map(({ name, shape }) => [name, shape]);
    expect(names).toContainEqual(['text.proj.weight', [512, 768]]);
    expect(names).not.toContainEqual(['text.proj.0.weight', [640, 768]]);
  });

  test('a context that is left out is 77, as in open_clip', () => {
    expect(parse({ 'model_cfg.text_cfg.context_length': undefined }).text.contextLength).toBe(77);
  });

  test("a tokenizer of another name than the BERT's is warned of", () => {
    const { config: found, warnings } = parsed({
      'model_cfg.text_cfg.hf_tokenizer_name': 'bert-base-uncased',
    });
    expect(found).toEqual(config);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toBeInstanceOf(errors.TokenizerNameError);
    expect(String(warnings[0])).toContain('"bert-base-uncased"');
  });

  test('fields that nobody knows are warned of', () => {
    const { warnings } = parsed({
      'model_cfg.text_cfg.hf_poler_type': 'mean_pooler',
      'model_cfg.vision_cfg.constructor': 1,
      preprocess_cgf: { mean: [0, 0, 0] },
      biomedclip_webgpu: { untraind: true, text: { hedas: 12 } },
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toBeInstanceOf(errors.UnknownFieldsError);
    expect(warnings[0]).toMatchObject({
      fields: [
        'preprocess_cgf',
        'model_cfg.vision_cfg.constructor',
        'model_cfg.text_cfg.hf_poler_type',
        'biomedclip_webgpu.untraind',
        'biomedclip_webgpu.text.hedas',
      ],
    });
  });

  test.each([
    ['model_cfg.vision_cfg.timm_model_name', 'vit_base_patch16_siglip_gap_224', 'vit_base_patch16_224'],
    ['model_cfg.vision_cfg.timm_model_name', 'vit_base_patch16_quickgelu_224', 'vit_base_patch16_224'],
    ['model_cfg.vision_cfg.timm_model_name', 'vit_base_patch16_rpn_224', 'vit_base_patch16_224'],
    ['model_cfg.vision_cfg.timm_model_name', 'toString', 'vit_base_patch16_224'],
    ['model_cfg.text_cfg.hf_model_name', 'roberta-base', 'microsoft/BiomedNLP'],
    ['model_cfg.text_cfg.hf_model_name', 'FacebookAI/xlm-roberta-base', 'microsoft/BiomedNLP'],
  ])('%s %s is unknown, and the known ones are listed', (path, value, known) => {
    expect(() => parse({ [path]: value })).toThrow(errors.UnknownModelNameError);
    expect(() => parse({ [path]: value })).toThrow(`known: ${known}`);
  });

  // Judge: timm's vision_transformer.py.
  test.each([
    ['vit_base_patch16_384', {}],
    ['vit_base_patch32_224.augreg_in21k', {}],
    ['hf-hub:timm/vit_base_patch16_224.augreg2_in21k_ft_in1k', {}],
    ['vit_base_patch16_clip_224.openai', { eps: 1e-5, preNorm: true }],
    ['vit_base_patch16_clip_quickgelu_224', { eps: 1e-5, preNorm: true, activation: 'quickGelu' }],
  ] as const)('timm_model_name %s', (timm_model_name, difference) => {
    const { config: found, warnings } = parsed({ 'model_cfg.vision_cfg.timm_model_name': timm_model_name });
    expect(found.image).toEqual({ ...config.image, ...difference });
    expect(warnings).toEqual([]);
    const names = expectedTensors(found).map(({ name }) => name);
    expect(names.includes('visual.trunk.norm_pre.weight')).toBe('preNorm' in difference);
    expect(names.includes('visual.trunk.patch_embed.proj.bias')).toBe(!('preNorm' in difference));
  });

  test.each([
    ['vit_tiny_patch16_224', 192, 12, 3, 768],
    ['vit_small_patch16_224', 384, 12, 6, 1536],
    ['vit_large_patch14_clip_336', 1024, 24, 16, 4096],
    ['vit_huge_patch14_224', 1280, 32, 16, 5120],
    ['vit_giant_patch14_clip_224', 1408, 40, 16, 6144],
    ['vit_gigantic_patch14_224', 1664, 48, 16, 8192],
  ] as const)('%s has a width of %i, %i blocks of %i heads', (name, width, depth, heads, mlpWidth) => {
    const facts = timmFacts(name);
    expect(facts).toMatchObject({ width, depth, heads, mlpWidth });
    const nothing = { file: 'model.bin', tensors: new Map<string, TensorInfo>() };
    expect(parse({ 'model_cfg.vision_cfg.timm_model_name': name }, nothing).image).toMatchObject({
      width,
      depth,
      heads,
      mlpWidth,
    });
  });

  test.each([
    'microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract',
    'microsoft/BiomedNLP-PubMedBERT-base-uncased-abstract-fulltext',
    'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext',
    '/data/models/BiomedNLP-PubMedBERT-base-uncased-abstract/',
    'C:\\models\\BiomedNLP-BiomedBERT-base-uncased-abstract',
    'bert-base-uncased',
    'google-bert/bert-base-uncased',
    'emilyalsentzer/Bio_ClinicalBERT',
  ])('hf_model_name %s', (name) => {
    const names = { 'model_cfg.text_cfg.hf_model_name': name, 'model_cfg.text_cfg.hf_tokenizer_name': name };
    const { config: found, warnings } = parsed(names);
    expect(found.text).toEqual(config.text);
    expect(warnings).toEqual([]);
  });

  test('a BERT of an unknown name is known by its shapes, with a warning, or not at all', () => {
    const name = {
      'model_cfg.text_cfg.hf_model_name': './my-bert',
      'model_cfg.text_cfg.hf_tokenizer_name': './my-bert',
    };
    const { config: found, warnings } = parsed(name);
    expect(found.text).toEqual(config.text);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toBeInstanceOf(errors.AssumedBertError);
    expect(String(warnings[0])).toContain('"./my-bert" is not known; by its shapes');
    for (const [tensor, shape] of [
      ['token_type_embeddings', [1, 768]],
      ['position_embeddings', [514, 768]],
    ] as const) {
      const other = tensors({ [`text.transformer.embeddings.${tensor}.weight`]: { shape } });
      expect(() => parse(name, other)).toThrow(errors.UnknownModelNameError);
      expect(() => parse(name, other)).toThrow('put its config.json beside this file, or');
    }
  });

  describe("a BERT's own config.json", () => {
    const name = {
      'model_cfg.text_cfg.hf_model_name': 'my-bert',
      'model_cfg.text_cfg.hf_tokenizer_name': 'my-bert',
    };
    async function read(bert: unknown, changes: Record<string, unknown> = name) {
      const directory = new MemoryDirectory();
      directory.add('open_clip_config.json', edited(changes));
      directory.add('config.json', typeof bert === 'string' ? bert : JSON.stringify(bert));
      const warnings: BiomedClipError[] = [];
      const checkpoint = {
        ...tensors(),
        format: 'torch-zip',
        read: async () => new Uint8Array(),
        close: async () => {},
      } as const;
      return {
        config: await readConfig(directory, checkpoint, (warning) => warnings.push(warning)),
        warnings,
      };
    }

    test('says eps, heads and padding, with defaults of transformers', async () => {
      const own = { model_type: 'bert', layer_norm_eps: 1e-7, num_attention_heads: 8, pad_token_id: 3 };
      expect(await read(own)).toEqual({
        config: {
          ...config,
          name: 'vit_base_patch16_224 + my-bert',
          text: { ...config.text, eps: 1e-7, heads: 8, padding: 3 },
        },
        warnings: [],
      });
      expect((await read({ model_type: 'bert' })).config.text).toEqual(config.text);
    });

    test('of another model is not looked at, nor beside a known name', async () => {
      expect((await read({ model_type: 'clip', layer_norm_eps: 'x' })).warnings[0]).toBeInstanceOf(
        errors.AssumedBertError,
      );
      expect(await read('{', {})).toEqual({ config, warnings: [] });
    });

    test.each([
      [{ hidden_act: 'relu' }, 'config.json: hidden_act must be "gelu", got "relu"'],
      [{ position_embedding_type: 'relative_key' }, 'position_embedding_type must be "absolute"'],
      [{ num_attention_heads: 0 }, 'num_attention_heads must be an integer'],
    ])('%j is refused', async (fields, message) => {
      const error = await rejection(read({ model_type: 'bert', ...fields }));
      expect(error).toBeInstanceOf(errors.ConfigFieldError);
      expect(String(error)).toContain(message);
    });
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
    expect(await rejection(readConfig(directory, checkpoint))).toBeInstanceOf(errors.ConfigNotFoundError);
    const error = await rejection(openCheckpoint(directory));
    expect(error).toBeInstanceOf(errors.CheckpointNotFoundError);
    expect(String(error)).toContain(
      'open_clip_model.safetensors nor open_clip_pytorch_model.bin nor model.safetensors nor',
    );
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

  test('sizes come from the tensors; others than the usual are warned of', () => {
    const block = [...tensors().tensors].filter(([name]) => name.startsWith('visual.trunk.blocks.11.'));
    const found = tensors();
    for (const [name, info] of block) {
      found.tensors.set(name.replace('.11.', '.12.'), { ...info, name: name.replace('.11.', '.12.') });
    }
    const { config: deeper, warnings } = parsed({}, found);
    expect(deeper.image.depth).toBe(13);
    expect(checkTensors(found, deeper)).toEqual({ unexpected: [] });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toBeInstanceOf(errors.UnusualModelError);
    expect(warnings[0]).toMatchObject({ size: 'depth', usual: 12, actual: 13 });
  });

  test('a gap among the layers, or one far out, is named', () => {
    const names = [...tensors().tensors.keys()].filter((name) => name.includes('encoder.layer.5.'));
    const gap = tensors(Object.fromEntries(names.map((name) => [name, undefined])));
    expect(caught(() => checkTensors(gap, parse({}, gap)))).toMatchObject({ tensors: names });
    const far = tensors();
    far.tensors.set('visual.trunk.blocks.4294967295.x', {
      name: 'x',
      dtype: 'F32',
      shape: [],
      byteLength: 4,
    });
    const error = caught(() => checkTensors(far, parse({}, far)));
    expect(error).toBeInstanceOf(errors.MissingTensorError);
    expect(String(error)).toContain('visual.trunk.blocks.12.norm1.weight');
  });

  test('more layers than any model has are refused before a list of them is made', () => {
    const found = tensors();
    for (let i = 0; i < 1e5; i++) {
      found.tensors.set(`text.transformer.encoder.layer.${i}.x`, {
        name: 'x',
        dtype: 'F32',
        shape: [],
        byteLength: 4,
      });
    }
    const error = caught(() => parse({}, found));
    expect(error).toBeInstanceOf(errors.TooManyLayersError);
    expect(error).toMatchObject({ layers: 1e5, most: 1000 });
  });

  test('a model whose every tensor is empty is none', () => {
    const found = tensors();
    for (const [name, info] of found.tensors)
      found.tensors.set(name, { ...info, shape: info.shape.map(() => 0) });
    const ours = { image: { eps: 1e-6 }, text: { eps: 1e-12 } };
    const error = caught(() => checkTensors(found, parse({ biomedclip_webgpu: ours }, found)));
    expect(error).toBeInstanceOf(errors.TensorShapeError);
  });

  test('one number may be a vector of one', () => {
    expect(checkTensors(tensors({ logit_scale: { shape: [1] } }), config)).toEqual({ unexpected: [] });
    for (const shape of [[2], [1, 1], [0]]) {
      const error = caught(() => checkTensors(tensors({ logit_scale: { shape } }), config));
      expect(error).toBeInstanceOf(errors.TensorShapeError);
    }
  });

  describe('a matrix of int8', () => {
    const QKV = 'visual.trunk.blocks.0.attn.qkv.weight';
    const scale = scalesOf(QKV);
    const quantized = (changes: Partial<TensorInfo>) => {
      const found = tensors({ [QKV]: { dtype: 'I8' } });
      found.tensors.set(scale, { name: scale, dtype: 'F32', shape: [2304, 1], byteLength: 0, ...changes });
      return found;
    };

    test.each([[[2304, 1]], [[2304]]])('has scales %j, which are read and not unexpected', (shape) => {
      const found = quantized({ shape });
      expect(checkTensors(found, config)).toEqual({ unexpected: [] });
      const names = tensorNames(config, found);
      expect(names.slice(names.indexOf(QKV)).slice(0, 2)).toEqual([QKV, scale]);
      expect(tensorNames(config)).toEqual(names.filter((name) => name !== scale));
    });

    test.each([[[768, 1]], [[2304, 768]], [[2304, 1, 1]], [[]]])('scales of shape %j', (shape) => {
      const error = caught(() => checkTensors(quantized({ shape }), config));
      expect(error).toBeInstanceOf(errors.TensorShapeError);
      expect(error).toMatchObject({ mismatches: [{ tensor: scale, expected: [2304, 1], actual: shape }] });
    });

    test('scales of another dtype, and none', () => {
      const halves = caught(() => checkTensors(quantized({ dtype: 'F16' }), config));
      expect(halves).toBeInstanceOf(errors.TensorDtypeError);
      expect(halves).toMatchObject({ mismatches: [{ tensor: scale, expected: ['F32'], actual: 'F16' }] });
      const bare = caught(() => checkTensors(tensors({ [QKV]: { dtype: 'I8' } }), config));
      expect(bare).toMatchObject({ name: 'TensorDtypeError', mismatches: [{ tensor: QKV, actual: 'I8' }] });
    });
  });

  test('of one tower alone the other has no tensors', () => {
    const names = (image: boolean, text: boolean) =>
      expectedTensors(config, { image, text }).map(({ name }) => name);
    const [images, texts] = [names(true, false), names(false, true)];
    expect([...images, ...texts.slice(1)]).toEqual(names(true, true));
    expect(images.filter((name) => name.startsWith('text.'))).toEqual([]);
    expect(texts.filter((name) => name.startsWith('visual.'))).toEqual([]);
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
    const found = tensors({ 'visual.trunk.norm.weight': { shape: [640] }, logit_scale: { shape: [2] } });
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
