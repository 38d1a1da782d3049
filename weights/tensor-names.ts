/** The names of an image tower's tensors. `.weight` and `.bias` follow on a layer, see {@link layerTensors}. */
export interface VitNames {
  /** `[C]`, or with axes of 1 before it. */
  readonly clsToken: string;
  /** `[T, C]`, likewise. */
  readonly positions: string;
  readonly patchEmbed: string;
  /** Before the blocks, where the tower has it. */
  readonly preNorm?: string;
  readonly blocks: BlocksNames;
  readonly norm: string;
  /** A layer `[D, C]`, or a matrix `[C, D]` that tokens are multiplied by from the left. */
  readonly head: { readonly layer: string } | { readonly matrix: string };
}

/** Names of a stack of pre-norm blocks. */
export interface BlocksNames {
  /** What the number of a block follows. */
  readonly prefix: string;
  readonly norm1: string;
  readonly qkv: string;
  readonly proj: string;
  readonly norm2: string;
  readonly fc1: string;
  readonly fc2: string;
}

/** The names of one block's layers. */
export type BlockNames = Readonly<Record<'norm1' | 'qkv' | 'proj' | 'norm2' | 'fc1' | 'fc2', string>>;

export function blockNames({ prefix, ...layers }: BlocksNames, i: number): BlockNames {
  const named = (layer: keyof BlockNames) => `${prefix}${i}.${layers[layer]}`;
  return {
    norm1: named('norm1'),
    qkv: named('qkv'),
    proj: named('proj'),
    norm2: named('norm2'),
    fc1: named('fc1'),
    fc2: named('fc2'),
  };
}

/** A layer's tensors. torch's MultiheadAttention joins its first layer's by `_`, which then ends the name. */
export function layerTensors(layer: string): { readonly weight: string; readonly bias: string } {
  const dot = layer.endsWith('_') ? '' : '.';
  return { weight: `${layer}${dot}weight`, bias: `${layer}${dot}bias` };
}

/** timm's names, under open_clip's `visual.`. */
const TIMM_VIT = {
  clsToken: 'visual.trunk.cls_token',
  positions: 'visual.trunk.pos_embed',
  patchEmbed: 'visual.trunk.patch_embed.proj',
  blocks: {
    prefix: 'visual.trunk.blocks.',
    norm1: 'norm1',
    qkv: 'attn.qkv',
    proj: 'attn.proj',
    norm2: 'norm2',
    fc1: 'mlp.fc1',
    fc2: 'mlp.fc2',
  },
  norm: 'visual.trunk.norm',
  head: { layer: 'visual.head.proj' },
} as const satisfies VitNames;

/** open_clip's names of a block, in both its towers: torch's MultiheadAttention within. */
const RESBLOCK = {
  norm1: 'ln_1',
  qkv: 'attn.in_proj_',
  proj: 'attn.out_proj',
  norm2: 'ln_2',
  fc1: 'mlp.c_fc',
  fc2: 'mlp.c_proj',
} as const;

/** open_clip's own ViT. */
const OPEN_CLIP_VIT = {
  clsToken: 'visual.class_embedding',
  positions: 'visual.positional_embedding',
  patchEmbed: 'visual.conv1',
  preNorm: 'visual.ln_pre',
  blocks: { prefix: 'visual.transformer.resblocks.', ...RESBLOCK },
  norm: 'visual.ln_post',
  head: { matrix: 'visual.proj' },
} as const satisfies VitNames;

/** The names of each kind of image tower. */
export const VIT_NAMES = { timm: TIMM_VIT, open_clip: OPEN_CLIP_VIT } as const;

/** The names of CLIP's text tower; `prefix` is `text.` where open_clip saved it as a module of its own. */
export function clipTextNames(prefix: '' | 'text.') {
  return {
    words: `${prefix}token_embedding.weight`,
    positions: `${prefix}positional_embedding`,
    blocks: { prefix: `${prefix}transformer.resblocks.`, ...RESBLOCK },
    norm: `${prefix}ln_final`,
    /** `[C, D]` */
    projection: `${prefix}text_projection`,
  } as const;
}

/** Hugging Face's names of a BERT, and open_clip's of its projection, under `text.`. */
export const BERT_NAMES = {
  embeddings: 'text.transformer.embeddings',
  words: 'text.transformer.embeddings.word_embeddings.weight',
  positions: 'text.transformer.embeddings.position_embeddings.weight',
  tokenTypes: 'text.transformer.embeddings.token_type_embeddings.weight',
  embeddingsNorm: 'text.transformer.embeddings.LayerNorm',
  layers: 'text.transformer.encoder.layer.',
  layer: (i: number) => `text.transformer.encoder.layer.${i}`,
  /** Two layers with a GELU between them, or one. */
  proj: { mlp: ['text.proj.0', 'text.proj.2'], linear: 'text.proj' },
} as const;

/** exp of it is the factor of the logits. */
export const LOGIT_SCALE = 'logit_scale';
