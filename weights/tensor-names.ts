import type { ImageTowerConfig } from './tower-config.ts';

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
  readonly attentionPool?: AttentionPoolNames;
}

/** Names of pooling by a learned query (timm's AttentionPoolLatent): the query `[1, 1, C]`, and layers. */
export interface AttentionPoolNames {
  readonly latent: string;
  readonly q: string;
  readonly kv: string;
  readonly proj: string;
  readonly norm: string;
  readonly fc1: string;
  readonly fc2: string;
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
  /** Tensors of the layer scale, where blocks have it. */
  readonly scale1: string;
  readonly scale2: string;
}

/** The names of one block's layers. */
export type BlockNames = Readonly<Record<Exclude<keyof BlocksNames, 'prefix'>, string>>;

export function blockNames({ prefix, ...layers }: BlocksNames, i: number): BlockNames {
  const named = (layer: keyof BlockNames) => `${prefix}${i}.${layers[layer]}`;
  return {
    norm1: named('norm1'),
    qkv: named('qkv'),
    proj: named('proj'),
    norm2: named('norm2'),
    fc1: named('fc1'),
    fc2: named('fc2'),
    scale1: named('scale1'),
    scale2: named('scale2'),
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
    scale1: 'ls1.gamma',
    scale2: 'ls2.gamma',
  },
  norm: 'visual.trunk.norm',
  /** Instead of it, where it stands behind pooling. */
  normAfterPool: 'visual.trunk.fc_norm',
  preNorm: 'visual.trunk.norm_pre',
  attentionPool: {
    latent: 'visual.trunk.attn_pool.latent',
    q: 'visual.trunk.attn_pool.q',
    kv: 'visual.trunk.attn_pool.kv',
    proj: 'visual.trunk.attn_pool.proj',
    norm: 'visual.trunk.attn_pool.norm',
    fc1: 'visual.trunk.attn_pool.mlp.fc1',
    fc2: 'visual.trunk.attn_pool.mlp.fc2',
  },
  /** One layer `[D, C]`, two, or the model's own classifier. */
  head: {
    linear: 'visual.head.proj',
    mlp: ['visual.head.mlp.fc1', 'visual.head.mlp.fc2'],
    trunk: 'visual.trunk.head',
  },
} as const satisfies VitNames & Readonly<Record<'head' | 'normAfterPool', unknown>>;

/** open_clip's names of a block, in both its towers: torch's MultiheadAttention within. */
const RESBLOCK = {
  norm1: 'ln_1',
  qkv: 'attn.in_proj_',
  proj: 'attn.out_proj',
  norm2: 'ln_2',
  fc1: 'mlp.c_fc',
  fc2: 'mlp.c_proj',
  scale1: 'ls_1.gamma',
  scale2: 'ls_2.gamma',
} as const;

/** open_clip's own ViT. */
const OPEN_CLIP_VIT = {
  clsToken: 'visual.class_embedding',
  positions: 'visual.positional_embedding',
  patchEmbed: 'visual.conv1',
  preNorm: 'visual.ln_pre',
  blocks: { prefix: 'visual.transformer.resblocks.', ...RESBLOCK },
  norm: 'visual.ln_post',
  /** `[C, D]`: tokens are multiplied by it from the left. */
  head: 'visual.proj',
} as const satisfies VitNames & Readonly<Record<'head', unknown>>;

/** The names of each kind of image tower. */
export const VIT_NAMES = { timm: TIMM_VIT, open_clip: OPEN_CLIP_VIT } as const;

/** The last LayerNorm of an image tower. timm has another where it stands behind pooling. */
export function vitNorm({ kind, normAfterPool }: Pick<ImageTowerConfig, 'kind' | 'normAfterPool'>): string {
  if (kind === 'open_clip') return OPEN_CLIP_VIT.norm;
  return normAfterPool ? TIMM_VIT.normAfterPool : TIMM_VIT.norm;
}

/** The names of CLIP's text tower; `prefix` is `text.` where open_clip saved it as a module of its own. */
export function clipTextNames(prefix: '' | 'text.') {
  return {
    words: `${prefix}token_embedding.weight`,
    positions: `${prefix}positional_embedding`,
    blocks: { prefix: `${prefix}transformer.resblocks.`, ...RESBLOCK },
    norm: `${prefix}ln_final`,
    /** `[C, D]`; where it has a bias, a layer `[D, C]` */
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
  /** The layer behind [CLS], with a tanh. */
  pooler: 'text.transformer.pooler.dense',
  /** Two layers with a GELU between them, or one. */
  proj: { mlp: ['text.proj.0', 'text.proj.2'], linear: 'text.proj' },
} as const;

/** exp of it is the factor of the logits. */
export const LOGIT_SCALE = 'logit_scale';

/** Added to the logits of models that were trained with a sigmoid. */
export const LOGIT_BIAS = 'logit_bias';
