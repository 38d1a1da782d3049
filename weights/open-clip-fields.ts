import type { Fields } from './config-fields.ts';
import type { Checkpoint } from './tensor-info.ts';
import { BERT_NAMES, VIT_NAMES } from './tensor-names.ts';

// What open_clip makes of its configuration's fields (3.x: CLIPVisionCfg and CLIPTextCfg in model.py, hf_model.py,
// timm_model.py, tokenizer.py, transform.py). A field that changes results is computed or has a rule here. The
// others are listed, so that a misspelt one is noticed: sizes, which are compared with the tensors, what the other
// kind of tower has, and what matters in training only.

interface Rule {
  /** Whether the engine computes what open_clip does for this value; undefined where the field is absent. */
  readonly computes: (value: unknown) => boolean;
  readonly expected: string;
  /** What open_clip does for other values. */
  readonly otherwise: (value: unknown) => string;
}

type Rules = Readonly<Record<string, Rule>>;

/** Of a tower that is one of timm's models. */
const TIMM_VIT: Rules = {
  timm_pool: {
    computes: (value) => value === '' || value === null || value === 'token', // timm's default for a ViT is "token"
    expected: '"" or "token"',
    otherwise: (value) =>
      value === undefined || value === 'avg'
        ? `open_clip takes the mean of the patches${value === undefined ? ' where the field is absent' : ''}`
        : 'open_clip pools in another way',
  },
  timm_proj: {
    computes: (value) => value === undefined || value === 'linear',
    expected: '"linear"',
    otherwise: () => 'open_clip builds another projection',
  },
  timm_proj_bias: {
    computes: (value) => value === undefined || value === null || value === false,
    expected: 'false',
    otherwise: () => 'open_clip adds a bias to the projection',
  },
  timm_model_kwargs: {
    computes: isEmpty,
    expected: 'empty',
    otherwise: () => "open_clip builds another variant of timm's model by it",
  },
};

const POOLERS: ReadonlyMap<unknown, string> = new Map([
  [undefined, "takes the mean of the text's tokens where the field is absent"],
  ['mean_pooler', "takes the mean of the text's tokens"],
  ['max_pooler', "takes the largest value among the text's tokens"],
  ['cls_pooler', "puts BERT's pooling layer behind [CLS]"],
]);
const DROPOUTS = ['hidden_dropout_prob', 'attention_probs_dropout_prob', 'classifier_dropout'];

const TEXT_ARCH: Rule = {
  computes: (value) => value === undefined || value === 'clip',
  expected: '"clip"',
  otherwise: () => 'open_clip builds another text tower by it',
};

const TOKENIZER_TYPE: Rule = {
  computes: (value) => value === undefined || value === null || value === '',
  expected: 'empty',
  otherwise: () => 'open_clip takes another tokenizer by it',
};

/** Of a tower that is one of Hugging Face's models. */
const HF_TEXT: Rules = {
  hf_pooler_type: {
    // null is the pooler that open_clip has for a BERT, cls_pooler, but then without BERT's pooling layer.
    computes: (value) => value === 'cls_last_hidden_state_pooler' || value === null,
    expected: '"cls_last_hidden_state_pooler"',
    otherwise: (value) => `open_clip ${POOLERS.get(value) ?? 'knows no such pooler'}`,
  },
  hf_proj_type: {
    computes: (value) => value === undefined || value === 'mlp' || value === 'linear',
    expected: '"mlp" or "linear"',
    otherwise: (value) => `open_clip builds ${value === null ? 'no' : 'another'} projection`,
  },
  hf_model_config: {
    computes: (value) => isEmpty(value) || keysAmong(value, DROPOUTS),
    expected: `nothing, or of ${DROPOUTS.join(', ')}`,
    otherwise: () => "open_clip overrides the BERT's own configuration by it",
  },
  hf_tokenizer_name: {
    computes: (value) => typeof value === 'string' && value !== '',
    expected: 'the name of a tokenizer on Hugging Face',
    otherwise: () => "without it open_clip reads texts by CLIP's own tokenizer",
  },
  tokenizer_kwargs: {
    computes: (value) => isEmpty(value) || isUsualTokenizer(value),
    expected: 'empty, or {"clean":"whitespace"}',
    otherwise: () => 'open_clip cleans or splits texts differently by it',
  },
  tokenizer_mode: {
    computes: (value) => value === undefined || value === null || value === '',
    expected: 'empty',
    otherwise: () => 'open_clip arranges tokens differently by it',
  },
  tokenizer_type: TOKENIZER_TYPE,
  text_arch: TEXT_ARCH,
};

/** What of a block's parts open_clip can replace, in the towers that it builds itself. */
const BLOCK: Rules = {
  ls_init_value: absent('open_clip scales what a block adds'),
  block_type: {
    computes: (value) => value === undefined || value === null || value === 'default',
    expected: 'absent, or "default"',
    otherwise: () => 'open_clip builds another block',
  },
  ...Object.fromEntries(
    'qk_norm scaled_cosine_attn scale_heads scale_attn_inner scale_attn scale_fc'
      .split(' ')
      .map((field) => [field, off('open_clip builds another block')]),
  ),
  act_kwargs: {
    computes: (value) => isEmpty(value) || isOneOf(value, { approximate: ['none', 'tanh'] }),
    expected: 'empty, or {"approximate":"tanh"}',
    otherwise: () => 'open_clip gives it to the activation',
  },
  norm_kwargs: {
    computes: (value) => isEmpty(value) || keysAmong(value, ['eps']),
    expected: 'empty, or an eps',
    otherwise: () => 'open_clip builds another LayerNorm by it',
  },
};

/** Of open_clip's own ViT. */
const OWN_VIT: Rules = {
  ...BLOCK,
  layers: {
    computes: (value) => !Array.isArray(value),
    expected: 'the number of blocks',
    otherwise: () => 'open_clip builds a ResNet of such stages',
  },
  attentional_pool: off('open_clip pools by attention'),
  pool_type: {
    computes: (value) => value === undefined || value === 'tok',
    expected: '"tok"',
    otherwise: (value) =>
      value === 'avg' ? 'open_clip takes the mean of the patches' : 'open_clip pools in another way',
  },
  final_ln_after_pool: off('open_clip normalises after pooling'),
  input_patchnorm: off('open_clip normalised the patches before 2.24'),
  global_average_pool: off('open_clip took the mean of all tokens before 2.21'),
};

/** Of CLIP's text tower. */
const OWN_TEXT: Rules = {
  ...BLOCK,
  text_arch: TEXT_ARCH,
  tokenizer_type: TOKENIZER_TYPE,
  hf_tokenizer_name: {
    computes: (value) => value === undefined || value === null || value === '',
    expected: "absent, for CLIP's own tokenizer",
    otherwise: () => 'open_clip takes that tokenizer of Hugging Face',
  },
  tokenizer_kwargs: {
    computes: (value) => isEmpty(value) || isOneOf(value, { clean: ['lower'], reduction_mask: [''] }),
    expected: 'empty, or {"clean":"lower"}',
    otherwise: () => 'open_clip cleans or shortens texts differently by it',
  },
  embed_cls: off('open_clip appends a class token to texts'),
  no_causal_mask: off('tokens then attend to those after them, padding included'),
  pool_type: {
    computes: (value) => value === undefined || value === 'argmax',
    expected: '"argmax"',
    otherwise: () => 'open_clip pools at another token',
  },
  proj_type: {
    computes: (value) => value === undefined || value === 'linear',
    expected: '"linear"',
    otherwise: () => 'open_clip builds no projection',
  },
  proj_bias: off('open_clip adds a bias to the projection'),
};

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
    computes: (value) => value === undefined || value === null || value === 'bicubic' || value === 'random',
    expected: '"bicubic"', // "random" is bicubic too, except in training
    otherwise: () => 'open_clip resamples images in another way',
  },
  resize_mode: {
    computes: (value) => value === undefined || value === null || value === 'shortest',
    expected: '"shortest"',
    otherwise: () => 'open_clip fits images to the square in another way',
  },
  mode: {
    computes: (value) => value === undefined || value === null || value === 'RGB',
    expected: '"RGB"',
    otherwise: () => 'open_clip knows no other',
  },
};

/** Names of before open_clip 2.23. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  hf_pooler_type: 'pooler_type',
  hf_proj_type: 'proj',
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
  const former = FORMER_NAMES[field];
  const present = [field, ...(former ? [former] : [])].filter((name) => fields.value(name) !== undefined);
  for (const name of present.length > 0 ? present : [field]) {
    const value = fields.value(name);
    if (!computes(value)) throw fields.error(name, expected, value, otherwise(value));
  }
}

/** A field that the engine computes only where it is absent. */
function absent(otherwise: string): Rule {
  return {
    computes: (value) => value === undefined || value === null,
    expected: 'absent',
    otherwise: () => otherwise,
  };
}

/** A switch that the engine computes only where it is off. */
function off(otherwise: string): Rule {
  return {
    computes: (value) => value === undefined || value === null || value === false,
    expected: 'false',
    otherwise: () => otherwise,
  };
}

/** Whether an object has these keys alone, each with one of its values. */
function isOneOf(value: unknown, known: Readonly<Record<string, readonly unknown[]>>): boolean {
  if (!keysAmong(value, Object.keys(known))) return false;
  return Object.entries(value as Record<string, unknown>).every(([key, item]) => known[key]?.includes(item));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || keysAmong(value, []);
}

function keysAmong(value: unknown, known: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((key) => known.includes(key));
}

function isUsualTokenizer(value: unknown): boolean {
  if (!keysAmong(value, ['clean', 'strip_sep_token'])) return false;
  const { clean = 'whitespace', strip_sep_token = false } = value as Record<string, unknown>;
  return clean === 'whitespace' && strip_sep_token === false;
}
