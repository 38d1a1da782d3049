import {
  isAmong,
  isEmpty,
  keysAmong,
  type Rules,
  TEXT_ARCH,
  TOKENIZER_MODE,
  TOKENIZER_TYPE,
} from './field-rules.ts';
import type { BertConfig } from './tower-config.ts';

/** Of a tower that is one of timm's models. */
export const TIMM_VIT: Rules = {
  timm_pool: {
    computes: (value) => value === undefined || value === null || isAmong(value, ['', 'token', 'avg', 'map']),
    expected: '"token", "avg", "map" or ""',
    otherwise: () => 'open_clip pools in another way',
  },
  timm_proj: {
    computes: (value) =>
      value === undefined || value === null || isAmong(value, ['linear', 'mlp', 'none', '']),
    expected: '"linear", "mlp", "none" or ""',
    otherwise: () => 'open_clip knows no such projection',
  },
  timm_proj_bias: {
    computes: (value) => value === undefined || value === null || typeof value === 'boolean',
    expected: 'true or false',
    otherwise: () => 'open_clip takes it for one of them',
  },
  timm_model_kwargs: {
    computes: isEmpty,
    expected: 'empty',
    otherwise: () => "open_clip builds another variant of timm's model by it",
  },
};

const DROPOUTS = ['hidden_dropout_prob', 'attention_probs_dropout_prob', 'classifier_dropout'];

/** What open_clip called fields before 2.23. */
export const FORMER_NAMES = { hf_pooler_type: 'pooler_type', hf_proj_type: 'proj' } as const;

/** What open_clip's poolers are in a {@link BertConfig}; undefined is [CLS]. */
export const BERT_POOLERS: Readonly<Record<string, BertConfig['pool']>> = {
  mean_pooler: 'mean',
  max_pooler: 'max',
  cls_pooler: 'pooler',
  cls_last_hidden_state_pooler: undefined,
};

/** Of a tower that is one of Hugging Face's models. */
export const HF_TEXT: Rules = {
  hf_pooler_type: {
    computes: (value) => value === undefined || value === null || isAmong(value, Object.keys(BERT_POOLERS)),
    expected: Object.keys(BERT_POOLERS)
      .map((pooler) => `"${pooler}"`)
      .join(' or '),
    otherwise: () => 'open_clip knows no such pooler',
  },
  hf_proj_type: {
    computes: (value) => value === undefined || value === null || isAmong(value, ['mlp', 'linear']),
    expected: '"mlp", "linear" or null',
    otherwise: (value) =>
      value === 'clap_mlp'
        ? 'open_clip puts a ReLU between two layers'
        : 'open_clip builds no projection, and then fails',
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
  tokenizer_mode: TOKENIZER_MODE,
  tokenizer_type: TOKENIZER_TYPE,
  text_arch: TEXT_ARCH,
};

function isUsualTokenizer(value: unknown): boolean {
  if (!keysAmong(value, ['clean', 'strip_sep_token'])) return false;
  const { clean = 'whitespace', strip_sep_token = false } = value as Record<string, unknown>;
  return clean === 'whitespace' && strip_sep_token === false;
}
