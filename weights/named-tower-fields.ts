import { isEmpty, keysAmong, type Rules, TEXT_ARCH, TOKENIZER_TYPE } from './field-rules.ts';

/** Of a tower that is one of timm's models. */
export const TIMM_VIT: Rules = {
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

/** Of a tower that is one of Hugging Face's models. */
export const HF_TEXT: Rules = {
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

function isUsualTokenizer(value: unknown): boolean {
  if (!keysAmong(value, ['clean', 'strip_sep_token'])) return false;
  const { clean = 'whitespace', strip_sep_token = false } = value as Record<string, unknown>;
  return clean === 'whitespace' && strip_sep_token === false;
}
