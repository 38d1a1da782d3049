import type { ModelConfig } from './config.ts';
import type { ImageTowerConfig, TextTowerConfig } from './tower-config.ts';

const CLS_POOLER = 'cls_last_hidden_state_pooler';
const BERT = 'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract';

/** `open_clip_config.json` of a seeded model, as open_clip writes it for such towers. */
export function seededConfigJson(preset: 'tiny' | 'wide' | 'full', config: ModelConfig): string {
  const { name, embedDim, image, text } = config;
  const quickGelu = [image, text].some((tower) => 'activation' in tower && tower.activation === 'quickGelu');
  const json = {
    model_cfg: {
      embed_dim: embedDim,
      ...(quickGelu && { quick_gelu: true }),
      vision_cfg: { ...visionCfg(preset, image), image_size: image.size },
      text_cfg: { ...textCfg(preset, text), context_length: text.contextLength },
    },
    preprocess_cfg: { mean: image.mean, std: image.std },
    biomedclip_webgpu: { name, untrained: true, ...(preset !== 'full' && unnamed(config)) },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function visionCfg(preset: string, image: ImageTowerConfig) {
  if (image.kind === 'timm') {
    const ownHead = image.proj?.kind === 'trunk' || image.proj?.kind === 'none';
    return {
      timm_model_name: preset === 'full' ? 'vit_base_patch16_224' : `vit_${preset}_seeded`,
      timm_model_pretrained: false,
      timm_pool: image.pool === 'mean' ? 'avg' : ownHead ? 'token' : '',
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
    ...(!preNorm && { no_ln_pre: true }),
    ...(image.pool === 'mean' && { pool_type: 'avg' }),
    ...(image.normAfterPool && { final_ln_after_pool: true }),
    ...(image.layerScale && { ls_init_value: 1 }),
  };
}

function textCfg(preset: string, text: TextTowerConfig) {
  if (text.kind === 'bert') {
    const bert = preset === 'full' ? BERT : `bert_${preset}_seeded`;
    return {
      hf_model_name: bert,
      hf_tokenizer_name: bert,
      hf_proj_type: text.proj === 'none' ? null : text.projHidden === undefined ? 'linear' : 'mlp',
      hf_pooler_type: text.pool ? `${text.pool === 'pooler' ? 'cls' : text.pool}_pooler` : CLS_POOLER,
    };
  }
  const { vocabularySize, width, heads, depth, pool, bidirectional, proj, layerScale } = text;
  return {
    vocab_size: vocabularySize,
    width,
    heads,
    layers: depth,
    ...(typeof pool === 'string' && { pool_type: pool }),
    ...(typeof pool === 'object' && { pool_type: 'eos', eos_id: pool.id }),
    ...(bidirectional && { no_causal_mask: true }),
    ...(proj === 'bias' && { proj_bias: true }),
    ...(proj === 'none' && { proj_type: 'none' }),
    ...(layerScale && { ls_init_value: 1 }),
  };
}

/** What follows from a known model's name, for towers that have none. */
function unnamed({ image, text }: ModelConfig) {
  const sizes = ({ heads, eps, depth }: ImageTowerConfig | TextTowerConfig) => ({ heads, eps, depth });
  return {
    ...(image.kind === 'timm' && { image: sizes(image) }),
    ...(text.kind === 'bert' && { text: { ...sizes(text), padding: text.padding } }),
  };
}
