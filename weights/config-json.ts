import type { ModelConfig } from './config.ts';
import type { ImageTowerConfig, TextTowerConfig } from './tower-config.ts';

/** The names of towers that open_clip takes from timm and Hugging Face. */
export interface TowerNames {
  readonly timm: string;
  /** One of timm's without a class token. */
  readonly siglip: string;
  readonly bert: string;
  /** A SentencePiece tokenizer. */
  readonly sentencePiece: string;
}

/** Of BiomedCLIP's towers and SigLIP's: a configuration must name some, also where what was read has no such names. */
export const USUAL_NAMES: TowerNames = {
  timm: 'vit_base_patch16_224',
  siglip: 'vit_base_patch16_siglip_224',
  bert: 'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract',
  sentencePiece: 'timm/ViT-B-16-SigLIP',
};

const CLS_POOLER = 'cls_last_hidden_state_pooler';
/** torch's default for LayerNorm, in the towers that open_clip builds itself. */
const OWN_EPS = 1e-5;

/**
 * `open_clip_config.json` of a model, as open_clip writes it for such towers.
 * @param known whether the names stand for these sizes; else a `biomedclip_webgpu` block says them
 */
export function openClipConfigJson(config: ModelConfig, names: TowerNames, known: boolean): string {
  const { name, embedDim, image, text, untrained } = config;
  const quickGelu = [image, text].some((tower) => 'activation' in tower && tower.activation === 'quickGelu');
  const json = {
    model_cfg: {
      embed_dim: embedDim,
      ...(quickGelu && { quick_gelu: true }),
      ...(config.logitBias && { init_logit_bias: -10 }),
      vision_cfg: { ...visionCfg(names, image), image_size: image.size },
      text_cfg: { ...textCfg(names, text), context_length: text.contextLength },
    },
    preprocess_cfg: { mean: image.mean, std: image.std, ...resizing(image) },
    biomedclip_webgpu: { name, ...(untrained && { untrained }), ...(!known && unnamed(config)) },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function resizing({ interpolation, resizeMode, fillColor }: ImageTowerConfig) {
  return {
    ...(interpolation && { interpolation }),
    ...(resizeMode && { resize_mode: resizeMode }),
    ...(fillColor && { fill_color: fillColor }),
  };
}

function visionCfg(names: TowerNames, image: ImageTowerConfig) {
  if (image.kind === 'timm') {
    const ownHead = image.proj?.kind === 'trunk' || image.proj?.kind === 'none';
    return {
      timm_model_name: image.classToken === false ? names.siglip : names.timm,
      timm_model_pretrained: false,
      timm_pool: image.pool ? { mean: 'avg', attention: 'map' }[image.pool] : ownHead ? 'token' : '',
      timm_proj: { linear: 'linear', mlp: 'mlp', trunk: '', none: 'none' }[image.proj?.kind ?? 'linear'],
      ...(image.proj?.kind !== 'trunk' && image.proj?.bias && { timm_proj_bias: true }),
    };
  }
  const { width, depth, heads, patch, preNorm } = image;
  return {
    layers: depth,
    width,
    head_width: width / heads,
    patch_size: patch,
    ...mlpRatio(image),
    ...(!preNorm && { no_ln_pre: true }),
    ...(image.pool === 'mean' && { pool_type: 'avg' }),
    ...(image.normAfterPool && { final_ln_after_pool: true }),
    ...blockCfg(image),
  };
}

function textCfg(names: TowerNames, text: TextTowerConfig) {
  if (text.kind === 'bert') {
    return {
      hf_model_name: names.bert,
      hf_tokenizer_name: names.bert,
      hf_proj_type: text.proj === 'none' ? null : text.projHidden === undefined ? 'linear' : 'mlp',
      hf_pooler_type: text.pool ? `${text.pool === 'pooler' ? 'cls' : text.pool}_pooler` : CLS_POOLER,
    };
  }
  const { vocabularySize, width, heads, depth, pool, bidirectional, proj, sentencePiece } = text;
  return {
    vocab_size: vocabularySize,
    width,
    heads,
    layers: depth,
    ...mlpRatio(text),
    ...(typeof pool === 'string' && { pool_type: pool }),
    ...(typeof pool === 'object' && { pool_type: 'eos', eos_id: pool.id }),
    ...(bidirectional && { no_causal_mask: true }),
    ...(proj === 'bias' && { proj_bias: true }),
    ...(proj === 'none' && { proj_type: 'none' }),
    ...(sentencePiece && {
      hf_tokenizer_name: names.sentencePiece,
      tokenizer_kwargs: { clean: sentencePiece },
    }),
    ...blockCfg(text),
  };
}

function mlpRatio({ width, mlpWidth }: ImageTowerConfig | TextTowerConfig) {
  return mlpWidth === 4 * width ? {} : { mlp_ratio: mlpWidth / width };
}

/** What differs from open_clip's usual blocks, in its own towers. */
function blockCfg(tower: ImageTowerConfig | TextTowerConfig) {
  return {
    ...('layerScale' in tower && tower.layerScale && { ls_init_value: 1 }),
    ...('activation' in tower && tower.activation === 'geluTanh' && { act_kwargs: { approximate: 'tanh' } }),
    ...(tower.eps !== OWN_EPS && { norm_kwargs: { eps: tower.eps } }),
  };
}

/** What follows from a known model's name, for towers that have none. */
function unnamed({ image, text }: ModelConfig) {
  const sizes = ({ heads, eps, depth }: ImageTowerConfig | TextTowerConfig) => ({ heads, eps, depth });
  return {
    ...(image.kind === 'timm' && {
      image: { ...sizes(image), ...(image.activation && { activation: image.activation }) },
    }),
    ...(text.kind === 'bert' && { text: { ...sizes(text), padding: text.padding } }),
  };
}
