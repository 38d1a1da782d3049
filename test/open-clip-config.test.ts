// Judge: open_clip's source (CLIPVisionCfg, CLIPTextCfg, _build_vision_tower, _build_text_tower), and configurations as
// its model_configs and published checkpoints have them.
import { describe, expect, test } from 'vitest';
import type { BiomedClipError } from '../src/errors.ts';
import { type ModelConfig, parseConfig, readConfig } from '../weights/config.ts';
import { openClipConfigJson, USUAL_NAMES } from '../weights/config-json.ts';
import * as errors from '../weights/errors.ts';
import { checkTensors, expectedTensors } from '../weights/schema.ts';
import type { TensorInfo } from '../weights/tensor-info.ts';

type Json = Record<string, unknown>;

const TEXT = { context_length: 77, vocab_size: 49408, width: 512, heads: 8, layers: 12 };
const VIT_B_16 = {
  embed_dim: 512,
  vision_cfg: { image_size: 224, layers: 12, width: 768, patch_size: 16 },
  text_cfg: TEXT,
};
const SO400M = { width: 1152, heads: 16, layers: 27, mlp_ratio: 3.7362 };

/** As open_clip publishes them, all but what the arguments say. */
function siglip(vision: Json = {}, text: Json = {}): Json {
  return {
    embed_dim: text.width ?? 768,
    init_logit_bias: -10,
    custom_text: true,
    vision_cfg: {
      image_size: 224,
      timm_model_name: 'vit_base_patch16_siglip_224',
      timm_model_pretrained: false,
      timm_pool: 'map',
      timm_proj: 'none',
      ...vision,
    },
    text_cfg: {
      context_length: 64,
      vocab_size: 32000,
      hf_tokenizer_name: 'timm/ViT-B-16-SigLIP',
      tokenizer_kwargs: { clean: 'canonicalize' },
      width: 768,
      heads: 12,
      layers: 12,
      no_causal_mask: true,
      proj_bias: true,
      pool_type: 'last',
      norm_kwargs: { eps: 1e-6 },
      ...text,
    },
  };
}

const BERT = {
  hf_model_name: 'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract',
  hf_tokenizer_name: 'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract',
  hf_proj_type: 'mlp',
  hf_pooler_type: 'cls_last_hidden_state_pooler',
  context_length: 256,
};

const NOTHING = { file: 'model.bin', tensors: new Map<string, TensorInfo>() };

function parse(model: Json, checkpoint: Parameters<typeof parseConfig>[2] = NOTHING) {
  const warnings: BiomedClipError[] = [];
  const config = parseConfig(
    'c.json',
    JSON.stringify({ model_cfg: model, preprocess_cfg: {} }),
    checkpoint,
    (w) => warnings.push(w),
  );
  return { config, warnings };
}

/** The checkpoint that such a configuration belongs to. */
function checkpointOf(config: ModelConfig) {
  const tensors = new Map<string, TensorInfo>();
  for (const { name, shape } of expectedTensors(config))
    tensors.set(name, { name, dtype: 'F32', shape, byteLength: 0 });
  return { file: 'model.bin', tensors };
}

/** The configuration with the sizes that only the tensors tell. */
function withSizes(config: ModelConfig): ModelConfig {
  const { image, text } = config;
  const bert = { positions: 512, tokenTypes: 2, vocabularySize: 30522 };
  const sizes = text.kind === 'bert' ? { ...bert, ...(text.projHidden === 0 && { projHidden: 640 }) } : {};
  return {
    ...config,
    image: { ...image, patch: image.patch || 16 },
    text: { ...text, positions: text.contextLength, ...sizes },
  };
}

/** What is read of the configuration that is written of such a model. */
function writtenAgain(config: ModelConfig): ModelConfig {
  const json = openClipConfigJson(config, USUAL_NAMES, false);
  return parseConfig('again.json', json, checkpointOf(config), (warning) => expect.unreachable(`${warning}`));
}

const edited = (part: 'vision_cfg' | 'text_cfg', changes: Json) => ({
  ...VIT_B_16,
  [part]: { ...VIT_B_16[part], ...changes },
});

describe('weights whose name says that they were trained with QuickGELU', () => {
  const json = { model_cfg: VIT_B_16, preprocess_cfg: {} };
  const warned = async (name: string, model: Json = VIT_B_16, weights?: string) => {
    const warnings: BiomedClipError[] = [];
    const config = { name: 'c.json', json: JSON.stringify({ ...json, model_cfg: model }) };
    const directory = { name, weights, config, open: async () => undefined };
    const checkpoint = { ...checkpointOf(parse(model).config), format: 'safetensors' as const };
    const closed = { ...checkpoint, read: async () => new Uint8Array(), close: async () => {} };
    await readConfig(directory, closed, (warning) => warnings.push(warning));
    return warnings.map((warning) => warning.name);
  };

  test.each([
    ['timm/vit_base_patch16_clip_224.openai'],
    ['C:\\models\\ViT-B-16-OpenAI\\model.safetensors'],
    ['https://x/metaclip_400m/model.safetensors?token=t'],
    ['apple/DFN2B-CLIP-ViT-B-16'],
    ['runs/vit_b_16-quickgelu-laion400m_e32.pt'],
  ])('%s', async (name) => {
    expect(await warned(name)).toEqual(['QuickGeluNameError']);
    expect(await warned(name, { ...VIT_B_16, quick_gelu: true })).toEqual([]);
  });

  test.each([
    ['openai/runs/laion'],
    ['apple/DFN2B-CLIP-ViT-L-14-39B'],
    ['facebook/metaclip2-b16'],
    ['models/ViT-B-16-laion2b?from=openai'],
  ])('not %s', async (name) => expect(await warned(name)).toEqual([]));
});

describe('configurations as they are published', () => {
  test.each([
    [
      'ViT-B-16, as of QuiltNet and DermLIP',
      VIT_B_16,
      {
        width: 768,
        depth: 12,
        heads: 12,
        patch: 16,
        mlpWidth: 3072,
        eps: 1e-5,
        activation: 'gelu',
        preNorm: true,
      },
      {
        width: 512,
        depth: 12,
        heads: 8,
        mlpWidth: 2048,
        vocabularySize: 49408,
        contextLength: 77,
        eps: 1e-5,
      },
    ],
    [
      "ViT-B-32-quickgelu, OpenAI's",
      { ...edited('vision_cfg', { patch_size: 32 }), quick_gelu: true },
      { patch: 32, activation: 'quickGelu' },
      { activation: 'quickGelu' },
    ],
    [
      'ViT-H-14, heads of 80',
      {
        embed_dim: 1024,
        vision_cfg: { image_size: 224, layers: 32, width: 1280, head_width: 80, patch_size: 14 },
        text_cfg: { ...TEXT, width: 1024, heads: 16, layers: 24 },
      },
      { heads: 16, patch: 14, depth: 32 },
      { heads: 16, depth: 24, mlpWidth: 4096 },
    ],
    [
      'ViT-g-14, heads of 88',
      edited('vision_cfg', { layers: 40, width: 1408, head_width: 88, mlp_ratio: 4.3637, patch_size: 14 }),
      { heads: 16, mlpWidth: 6144 },
      {},
    ],
    [
      'ViT-bigG-14, heads of 104',
      edited('vision_cfg', { layers: 48, width: 1664, head_width: 104, mlp_ratio: 4.9231, patch_size: 14 }),
      { heads: 16, mlpWidth: 8192 },
      {},
    ],
    [
      'ViT-B-16-SigLIP',
      siglip(),
      { kind: 'timm', classToken: false, pool: 'attention', proj: { kind: 'none' }, eps: 1e-6 },
      {
        pool: 'last',
        bidirectional: true,
        proj: 'bias',
        sentencePiece: 'canonicalize',
        activation: 'gelu',
        eps: 1e-6,
      },
    ],
    [
      'ViT-SO400M-14-SigLIP-384: heads of 72, patches that leave 6 pixels',
      siglip({ image_size: 384, timm_model_name: 'vit_so400m_patch14_siglip_384' }, SO400M),
      { width: 1152, heads: 16, depth: 27, mlpWidth: 4304, size: 384 },
      { width: 1152, heads: 16, depth: 27, mlpWidth: 4304, contextLength: 64 },
    ],
    [
      'ViT-B-16-SigLIP2: the exact GELU of images, the tanh form of texts',
      siglip({}, { vocab_size: 256000, act_kwargs: { approximate: 'tanh' } }),
      { kind: 'timm', pool: 'attention' },
      { vocabularySize: 256000, activation: 'geluTanh' },
    ],
    [
      'ViT-SO400M-16-SigLIP2-384: the tanh form of both',
      siglip({ image_size: 384, timm_model_name: 'vit_so400m_patch16_siglip_384' }, SO400M),
      { width: 1152, activation: 'geluTanh' },
      {},
    ],
    [
      "UniMed-CLIP's ViT with a BERT",
      { ...VIT_B_16, quick_gelu: true, text_cfg: BERT },
      { kind: 'open_clip', activation: 'quickGelu' },
      { kind: 'bert', eps: 1e-12, contextLength: 256 },
    ],
    [
      'nothing but the sizes that differ from the defaults',
      { embed_dim: 512, vision_cfg: {}, text_cfg: {} },
      { width: 768, depth: 12, heads: 12, patch: 16, size: 224 },
      { width: 512, depth: 12, heads: 8, contextLength: 77, vocabularySize: 49408 },
    ],
    [
      'eps and GELU by their arguments, no LayerNorm before',
      {
        ...VIT_B_16,
        vision_cfg: { no_ln_pre: true, norm_kwargs: { eps: 1e-6 }, act_kwargs: { approximate: 'tanh' } },
        text_cfg: { norm_kwargs: { eps: 1e-6 }, act_kwargs: { approximate: 'tanh' } },
      },
      { preNorm: false, eps: 1e-6, activation: 'geluTanh' },
      { eps: 1e-6, activation: 'geluTanh' },
    ],
  ])('%s', (_, model, image, text) => {
    const { config, warnings } = parse(model);
    expect(warnings).toEqual([]);
    expect(config.image).toMatchObject(image);
    expect(config.text).toMatchObject(text);
    expect(writtenAgain(withSizes(config))).toEqual(withSizes(config));
    const [, patch = config.image.patch] = /_patch(\d+)_/.exec(JSON.stringify(model)) ?? []; // timm's, of the tensors
    const sized = { ...config, image: { ...config.image, patch: Number(patch) } };
    const checkpoint = checkpointOf(sized);
    for (const name of checkpoint.tensors.keys()) if (name.startsWith('text.transformer.embeddings')) return;
    expect(parse(model, checkpoint).config).toEqual({
      ...sized,
      text: { ...config.text, positions: config.text.contextLength },
    });
    expect(checkTensors(checkpoint, sized)).toEqual({ unexpected: [] });
  });

  test("both layouts of the text tower's names, 302 tensors", () => {
    const { config } = parse(VIT_B_16);
    if (config.text.kind !== 'clip') throw new Error('not CLIP');
    const module = checkpointOf({ ...config, text: { ...config.text, prefix: 'text.' } });
    expect(module.tensors.size).toBe(302); // as state_dict() of open_clip's ViT-B-16, logit_scale included
    expect(parse(VIT_B_16, module).config.text).toMatchObject({ kind: 'clip', prefix: 'text.' });
    expect(parse(VIT_B_16, checkpointOf(config)).config.text).toMatchObject({ prefix: '' });
  });
});

describe('what is not computed is refused by name', () => {
  test.each([
    ['vision_cfg', 'layers', [3, 4, 6, 3], 'a ResNet'],
    ['vision_cfg', 'pool_type', 'none', 'no embedding'],
    ['vision_cfg', 'pool_type', 'max', 'no such pooling'],
    ['vision_cfg', 'attentional_pool', true, 'pools by attention'],
    ['vision_cfg', 'attentional_pool', 'parallel', 'pools by attention'],
    ['vision_cfg', 'block_type', 'custom', 'another block'],
    ['vision_cfg', 'qk_norm', true, 'another block'],
    ['vision_cfg', 'scale_fc', true, 'another block'],
    ['vision_cfg', 'act_kwargs', { inplace: true }, 'to the activation'],
    ['vision_cfg', 'norm_kwargs', { elementwise_affine: false }, 'another LayerNorm'],
    ['vision_cfg', 'input_patchnorm', true, 'before 2.24'],
    ['vision_cfg', 'global_average_pool', true, 'before 2.21'],
    ['text_cfg', 'pool_type', 'none', 'no embedding'],
    ['text_cfg', 'pool_type', 'mean', 'no such pooling'],
    ['text_cfg', 'embed_cls', true, 'a class token'],
    ['text_cfg', 'proj_type', 'mlp', 'takes it for "linear"'],
    ['text_cfg', 'text_arch', 'modern', 'another text tower'],
    ['text_cfg', 'hf_tokenizer_name', 7, 'tokenizer of Hugging Face'],
    ['text_cfg', 'tokenizer_mode', 'clips', 'arranges tokens'],
    ['text_cfg', 'tokenizer_kwargs', { strip_sep_token: true }, 'shortens texts'],
    ['text_cfg', 'tokenizer_kwargs', { reduction_mask: 'simple' }, 'shortens texts'],
    ['text_cfg', 'tokenizer_type', 'tiktoken', 'another tokenizer'],
    ['text_cfg', 'scaled_cosine_attn', true, 'another block'],
  ] as const)('%s.%s as %j', (part, field, value, meaning) => {
    expect(() => parse(edited(part, { [field]: value }))).toThrow(errors.ConfigFieldError);
    expect(() => parse(edited(part, { [field]: value }))).toThrow(`model_cfg.${part}.${field} must be `);
    expect(() => parse(edited(part, { [field]: value }))).toThrow(meaning);
  });

  test.each([
    ['vision_cfg', 'pool_type', 'tok'],
    ['vision_cfg', 'patch_dropout', 0.5],
    ['vision_cfg', 'output_tokens', true],
    ['vision_cfg', 'pos_embed_type', 'sin_cos_2d'], // it is in the weights too
    ['vision_cfg', 'act_kwargs', { approximate: 'none' }],
    ['vision_cfg', 'block_type', 'default'],
    ['vision_cfg', 'timm_pool', 'avg'], // of timm's models only
    ['vision_cfg', 'timm_model_name', null],
    ['text_cfg', 'pool_type', 'argmax'],
    ['text_cfg', 'pad_id', 1], // without effect under a causal mask
    ['text_cfg', 'eos_id', 49407],
    ['text_cfg', 'tokenizer_kwargs', { clean: 'lower' }],
    ['text_cfg', 'hf_tokenizer_name', ''],
    ['text_cfg', 'hf_pooler_type', 'mean_pooler'],
  ] as const)('%s.%s as %j is what is computed', (part, field, value) => {
    expect(parse(edited(part, { [field]: value }))).toEqual(parse(VIT_B_16));
  });
});

// Judge: open_clip's TimmModel, and timm's VisionTransformer, of which SigLIP's models have no class token.
describe('what SigLIP is pooled by', () => {
  test.each([
    [{ timm_pool: null }, 'attention'],
    [{ timm_pool: '', timm_proj: 'linear' }, 'attention'],
    [{ timm_pool: 'map', timm_proj: 'linear' }, 'attention'],
    [{ timm_pool: 'avg' }, 'mean'],
  ])('%j', (vision, pool) => {
    const config = withSizes(parse(siglip(vision)).config);
    expect(config.image).toMatchObject({ pool, classToken: false });
    expect(writtenAgain(config)).toEqual(config);
  });

  test.each([
    [{ timm_pool: 'token' }, '"map" or "avg", got "token": the model has no class token'],
    [{ timm_pool: '', timm_proj: 'none' }, '"map" or "avg", got ""'],
  ])('%j is refused', (vision, message) => {
    expect(() => parse(siglip(vision))).toThrow(errors.ConfigFieldError);
    expect(() => parse(siglip(vision))).toThrow(`model_cfg.vision_cfg.timm_pool must be ${message}`);
  });
});

describe('towers of names, written and read again', () => {
  const timm = { timm_model_name: 'vit_base_patch16_224', timm_pool: 'token', image_size: 224 };
  test.each([
    ['the class token by a trunk that ends in its own classifier', { timm_proj: '' }, {}],
    ['the mean, by the same', { timm_proj: '', timm_pool: 'avg' }, {}],
    ['a biased projection', { timm_proj: 'linear', timm_proj_bias: true }, {}],
    ['a projection of two layers', { timm_proj: 'mlp' }, {}],
    ['the mean of a BERT', {}, { hf_pooler_type: 'mean_pooler' }],
    ["a BERT's own pooler", {}, { hf_pooler_type: 'cls_pooler' }],
    ['the largest, and one layer', {}, { hf_pooler_type: 'max_pooler', hf_proj_type: 'linear' }],
  ])('%s', (_, vision, text) => {
    const model = { ...VIT_B_16, vision_cfg: { ...timm, ...vision }, text_cfg: { ...BERT, ...text } };
    const config = withSizes(parse(model).config);
    expect(writtenAgain(config)).toEqual(config);
  });

  test('no projection of either', () => {
    const wide = { vision_cfg: { ...timm, timm_proj: 'none' }, text_cfg: { ...BERT, hf_proj_type: null } };
    const config = withSizes(parse({ embed_dim: 768, ...wide }).config);
    expect(config).toMatchObject({ image: { proj: { kind: 'none' } }, text: { proj: 'none' } });
    expect(writtenAgain(config)).toEqual(config);
  });

  test('how images are prepared', () => {
    const config = withSizes(parse(VIT_B_16).config);
    const resized = { interpolation: 'bilinear', resizeMode: 'longest', fillColor: 9 } as const;
    const other = { ...config, image: { ...config.image, ...resized } };
    expect(writtenAgain(other)).toEqual(other);
  });
});

describe("which tokenizer CLIP's text tower has", () => {
  test.each([
    [{ hf_tokenizer_name: 'x' }, 'whitespace'],
    [{ hf_tokenizer_name: 'x', tokenizer_kwargs: { clean: 'whitespace' } }, 'whitespace'],
    [{ hf_tokenizer_name: 'x', tokenizer_kwargs: { clean: 'lower' } }, 'lower'],
    [{}, undefined],
  ])('%j', (fields, sentencePiece) => {
    const { config } = parse(edited('text_cfg', fields));
    expect(config.text).toMatchObject({ kind: 'clip' });
    expect('sentencePiece' in config.text ? config.text.sentencePiece : undefined).toBe(sentencePiece);
  });

  test('its own cleans in one way', () => {
    const canonical = edited('text_cfg', { tokenizer_kwargs: { clean: 'canonicalize' } });
    expect(() => parse(canonical)).toThrow(errors.ConfigFieldError);
    expect(() => parse(canonical)).toThrow('tokenizer_kwargs.clean must be "lower", got "canonicalize"');
  });
});

describe('parts that few models have', () => {
  test.each([
    ['vision_cfg', { pool_type: 'avg' }, { pool: 'mean' }],
    ['vision_cfg', { final_ln_after_pool: true }, { normAfterPool: true }],
    ['vision_cfg', { ls_init_value: 1e-4 }, { layerScale: true }],
    ['text_cfg', { pool_type: 'first' }, { pool: 'first' }],
    ['text_cfg', { pool_type: 'last' }, { pool: 'last' }],
    ['text_cfg', { pool_type: 'eos', eos_id: 2 }, { pool: { id: 2 } }],
    ['text_cfg', { no_causal_mask: true }, { bidirectional: true }],
    ['text_cfg', { proj_bias: true }, { proj: 'bias' }],
    ['text_cfg', { proj_type: 'none' }, { proj: 'none' }],
    ['text_cfg', { ls_init_value: 1 }, { layerScale: true }],
  ] as const)('%s with %j', (part, fields, difference) => {
    const usual = parse(VIT_B_16).config;
    const { config, warnings } = parse(edited(part, fields));
    const tower = part === 'vision_cfg' ? 'image' : 'text';
    expect(config).toEqual({ ...usual, [tower]: { ...usual[tower], ...difference } });
    expect(warnings).toEqual([]);
    const checkpoint = checkpointOf(config);
    expect(checkTensors(checkpoint, parse(edited(part, fields), checkpoint).config)).toEqual({
      unexpected: [],
    });
    expect(writtenAgain(withSizes(config))).toEqual(withSizes(config));
  });

  test('a text tower without a projection has the width of embeddings', () => {
    const narrow = edited('text_cfg', { proj_type: 'none', width: 256, heads: 4 });
    expect(() => parse(narrow)).toThrow(
      'text_cfg.proj_type must be "linear" for embeddings of 512, got "none"',
    );
  });

  test('pooling at an id needs it', () => {
    expect(() => parse(edited('text_cfg', { pool_type: 'eos' }))).toThrow(
      'text_cfg.eos_id must be an integer',
    );
  });
});

describe('the configuration and the weights', () => {
  const { config } = parse(VIT_B_16);
  const checkpoint = checkpointOf(config);

  test.each([
    ['vision_cfg', 'width', 1024],
    ['vision_cfg', 'layers', 11],
    ['vision_cfg', 'patch_size', 32],
    ['vision_cfg', 'mlp_ratio', 3],
    ['vision_cfg', 'head_width', 60],
    ['vision_cfg', 'head_width', 6],
    ['vision_cfg', 'image_size', 225],
    ['vision_cfg', 'mlp_ratio', 0],
    ['text_cfg', 'width', 768],
    ['text_cfg', 'layers', 1],
    ['text_cfg', 'heads', 7],
    ['text_cfg', 'vocab_size', 49407],
  ] as const)('%s.%s of %j contradicts the weights', (part, field, value) => {
    expect(() => parse(edited(part, { [field]: value }), checkpoint)).toThrow(errors.ConfigFieldError);
    expect(() => parse(edited(part, { [field]: value }), checkpoint)).toThrow(
      `model_cfg.${part}.${field} must be `,
    );
  });

  test('the width of an MLP that the configuration leaves out is 4 x the width', () => {
    const name = 'visual.transformer.resblocks.0.mlp.c_fc.weight';
    const narrow = { ...checkpoint, tensors: new Map(checkpoint.tensors) };
    narrow.tensors.set(name, { name, dtype: 'F32', shape: [1536, 768], byteLength: 0 });
    expect(() => parse(VIT_B_16, narrow)).toThrow(
      "model_cfg.vision_cfg.mlp_ratio must be the checkpoint's 1536 / 768, got 4",
    );
  });

  test('more layers, or another image size, than the weights have are named by their tensors', () => {
    const more = parse(edited('vision_cfg', { layers: 13 }), checkpoint).config;
    expect(() => checkTensors(checkpoint, more)).toThrow('visual.transformer.resblocks.12.ln_1.weight');
    const larger = edited('vision_cfg', { image_size: 384 });
    expect(() => parse(larger, checkpoint)).toThrow(errors.ConfigFieldError);
    expect(() => parse(larger, checkpoint)).toThrow(
      'image_size must be 224, as the checkpoint has positions, got 384',
    );
    const context = parse(edited('text_cfg', { context_length: 64 }), checkpoint).config;
    expect(context.text).toMatchObject({ contextLength: 64, positions: 77 });
    expect(checkTensors(checkpoint, context)).toEqual({ unexpected: [] });
    const missing = { ...checkpoint, tensors: new Map(checkpoint.tensors) };
    missing.tensors.delete('visual.ln_pre.weight');
    expect(() => checkTensors(missing, parse(VIT_B_16, missing).config)).toThrow('visual.ln_pre.weight');
  });

  test('a projection of the other way round is of a wrong shape', () => {
    const turned = { ...checkpoint, tensors: new Map(checkpoint.tensors) };
    turned.tensors.set('visual.proj', {
      name: 'visual.proj',
      dtype: 'F32',
      shape: [512, 768],
      byteLength: 0,
    });
    expect(() => checkTensors(turned, config)).toThrow('visual.proj must be [768, 512], got [512, 768]');
  });
});
