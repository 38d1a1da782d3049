import {
  isAmong,
  isEmpty,
  isOneOf,
  keysAmong,
  off,
  type Rules,
  TEXT_ARCH,
  TOKENIZER_MODE,
  TOKENIZER_TYPE,
} from './field-rules.ts';

/** What of a block's parts open_clip can replace, in the towers that it builds itself. */
const BLOCK: Rules = {
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
export const OWN_VIT: Rules = {
  ...BLOCK,
  layers: {
    computes: (value) => !Array.isArray(value),
    expected: 'the number of blocks',
    otherwise: () => 'open_clip builds a ResNet of such stages',
  },
  attentional_pool: off('open_clip pools by attention'),
  pool_type: {
    computes: (value) => value === undefined || isAmong(value, ['tok', 'avg']),
    expected: '"tok" or "avg"',
    otherwise: (value) =>
      value === 'none'
        ? "open_clip then gives all tokens' states, no embedding"
        : 'open_clip knows no such pooling',
  },
  input_patchnorm: off('open_clip normalised the patches before 2.24'),
  global_average_pool: off('open_clip took the mean of all tokens before 2.21'),
};

/** Of CLIP's text tower. */
export const OWN_TEXT: Rules = {
  ...BLOCK,
  text_arch: TEXT_ARCH,
  tokenizer_type: TOKENIZER_TYPE,
  hf_tokenizer_name: {
    computes: (value) => value === undefined || value === null || typeof value === 'string',
    expected: "absent, for CLIP's own tokenizer, or the name of a SentencePiece tokenizer",
    otherwise: () => 'open_clip takes that tokenizer of Hugging Face',
  },
  tokenizer_mode: TOKENIZER_MODE,
  tokenizer_kwargs: {
    computes: (value) =>
      isEmpty(value) ||
      isOneOf(value, {
        clean: ['lower', 'whitespace', 'canonicalize'],
        strip_sep_token: [false],
        reduction_mask: [''],
      }),
    expected: 'empty, or a "clean" of lower, whitespace or canonicalize',
    otherwise: () => 'open_clip cleans or shortens texts differently by it',
  },
  embed_cls: off('open_clip appends a class token to texts'),
  pool_type: {
    computes: (value) => value === undefined || isAmong(value, ['argmax', 'first', 'last', 'eos']),
    expected: '"argmax", "first", "last" or "eos"',
    otherwise: (value) =>
      value === 'none'
        ? "open_clip then gives all tokens' states, no embedding"
        : 'open_clip knows no such pooling',
  },
  proj_type: {
    computes: (value) => value === undefined || isAmong(value, ['linear', 'none']),
    expected: '"linear" or "none"',
    otherwise: () => 'open_clip takes it for "linear"',
  },
};
