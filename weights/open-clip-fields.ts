import type { Fields } from './config-fields.ts';
import { isAmong, type Rule, type Rules } from './field-rules.ts';
import { FORMER_NAMES, HF_TEXT, TIMM_VIT } from './named-tower-fields.ts';
import { OWN_TEXT, OWN_VIT } from './own-tower-fields.ts';
import type { Checkpoint } from './tensor-info.ts';
import { BERT_NAMES, VIT_NAMES } from './tensor-names.ts';

// What open_clip makes of its configuration's fields (3.x: CLIPVisionCfg and CLIPTextCfg in model.py, hf_model.py,
// timm_model.py, tokenizer.py, transform.py). A field that changes results is computed or has a rule: here, or of towers
// in named-tower-fields.ts and own-tower-fields.ts. The others are listed, so that a misspelt one is noticed: sizes, which
// are compared with the tensors, what the other kind of tower has, and what matters in training only.

const OTHER_MODELS = ['multimodal_cfg', 'audio_cfg', 'genlip_cfg', 'genlap_cfg'];
const MODEL: Rules = Object.fromEntries(
  OTHER_MODELS.map((field) => [
    field,
    {
      computes: (value: unknown) => value === undefined || value === null,
      expected: 'absent',
      otherwise: () => 'open_clip builds another kind of model by it',
    },
  ]),
);

const PREPROCESS: Rules = {
  interpolation: {
    computes: (value) =>
      value === undefined || value === null || isAmong(value, ['bicubic', 'bilinear', 'random', '']),
    expected: '"bicubic", "bilinear" or "random"', // "random" is bicubic, except in training
    otherwise: () => 'open_clip knows no other',
  },
  resize_mode: {
    computes: (value) =>
      value === undefined || value === null || isAmong(value, ['shortest', 'longest', 'squash', '']),
    expected: '"shortest", "longest" or "squash"',
    otherwise: () => 'open_clip knows no other',
  },
  mode: {
    computes: (value) => value === undefined || value === null || value === 'RGB',
    expected: '"RGB"',
    otherwise: () => 'open_clip knows no other',
  },
};

const BLOCKS = 'block_type qk_norm scaled_cosine_attn scale_heads scale_attn_inner scale_attn scale_fc'.split(
  ' ',
);
const SIZES = 'layers width mlp_ratio ls_init_value output_tokens act_kwargs norm_kwargs pool_type'.split(
  ' ',
);
const WITHOUT_EFFECT = {
  root: ['model_cfg', 'preprocess_cfg', 'biomedclip_webgpu'],
  model:
    `embed_dim vision_cfg text_cfg quick_gelu custom_text init_logit_scale init_logit_bias nonscalar_logit_scale
    cast_dtype output_dict`.split(/\s+/),
  vision:
    `timm_model_name head_width patch_size image_size image_seq_len in_chans patch_dropout attentional_pool attn_pooler_queries
    attn_pooler_heads no_ln_pre pos_embed_type final_ln_after_pool timm_model_pretrained timm_drop timm_drop_path`
      .split(/\s+/)
      .concat(BLOCKS, SIZES),
  text: `hf_model_name context_length variable_text vocab_size heads embed_cls pad_id bos_id eos_id tiktoken_name no_causal_mask
    final_ln_after_pool proj_bias proj_type hf_model_pretrained attention_mode pos_embed rope_temperature mlp_type
    norm_type norm_eps attn_gated pre_norm norm_placement zero_init_residual reg_tokens value_residual attention_bias
    mlp_bias gate_bias`
    .split(/\s+/)
    .concat(BLOCKS, SIZES),
  preprocess: ['size', 'mean', 'std', 'fill_color'],
} as const;

/** Fields of the towers that a name decides between: those of the other kind are without effect. */
const OTHER_KIND = {
  root: [],
  model: [],
  vision: [...Object.keys(TIMM_VIT), ...Object.keys(OWN_VIT)],
  text: [...Object.keys(HF_TEXT), ...Object.keys(OWN_TEXT)],
  preprocess: [],
} as const;

/** The configuration's objects that open_clip knows. */
export interface OpenClipConfig {
  readonly root: Fields;
  readonly model: Fields;
  readonly vision: Fields;
  readonly text: Fields;
  readonly preprocess: Fields;
}

/** Whether the tower is a model of that name, or else, where the field is absent or empty, one that open_clip builds. */
export function isNamed(tower: Fields, field: 'timm_model_name' | 'hf_model_name'): boolean {
  return tower.has(field) && tower.value(field) !== '';
}

/**
 * Checks that open_clip would compute what this engine does.
 * @returns the paths of fields unknown to both
 * @throws {ConfigFieldError} for the first field by which open_clip computes something else
 */
export function expectComputed(config: OpenClipConfig, checkpoint: Pick<Checkpoint, 'tensors'>): string[] {
  const { vision, text } = config;
  expectNamed(
    vision,
    'timm_model_name',
    "the name of one of timm's models",
    VIT_NAMES.timm.clsToken,
    checkpoint,
  );
  expectNamed(text, 'hf_model_name', 'the name of a BERT on Hugging Face', BERT_NAMES.words, checkpoint);
  const rules = {
    root: {},
    model: MODEL,
    vision: isNamed(vision, 'timm_model_name') ? TIMM_VIT : OWN_VIT,
    text: isNamed(text, 'hf_model_name') ? HF_TEXT : OWN_TEXT,
    preprocess: PREPROCESS,
  };
  return (Object.keys(rules) as (keyof OpenClipConfig)[]).flatMap((part) => {
    const fields = config[part];
    for (const [field, rule] of Object.entries(rules[part])) expectRule(fields, field, rule);
    const former = part === 'text' ? Object.values(FORMER_NAMES) : [];
    return fields.unknown([
      ...WITHOUT_EFFECT[part],
      ...Object.keys(rules[part]),
      ...OTHER_KIND[part],
      ...former,
    ]);
  });
}

/** A tower without a name is one that open_clip builds, but not where the tensors are a named model's. */
function expectNamed(
  tower: Fields,
  field: 'timm_model_name' | 'hf_model_name',
  expected: string,
  tensor: string,
  { tensors }: Pick<Checkpoint, 'tensors'>,
): void {
  if (isNamed(tower, field) || !tensors.has(tensor)) return;
  const other = field === 'timm_model_name' ? 'its own ViT' : "CLIP's own text tower";
  const meaning = `without it open_clip builds ${other}, and the checkpoint has ${tensor}`;
  throw tower.error(field, expected, tower.value(field), meaning);
}

function expectRule(fields: Fields, field: string, { computes, expected, otherwise }: Rule): void {
  const former = (FORMER_NAMES as Readonly<Record<string, string>>)[field];
  const present = [field, ...(former ? [former] : [])].filter((name) => fields.value(name) !== undefined);
  for (const name of present.length > 0 ? present : [field]) {
    const value = fields.value(name);
    if (!computes(value)) throw fields.error(name, expected, value, otherwise(value));
  }
}
