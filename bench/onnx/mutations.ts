/**
 * Deliberate faults in the reference. A parity test proves something only if it fails against every one of them.
 * Each is a mistake that is easily made and that leaves shapes and magnitudes plausible.
 */
export const VIT_MUTATIONS = [
  'tanh-gelu', // GELU by the tanh approximation instead of erf
  'eps-large', // LayerNorm eps 1e-3
  'eps-swapped', // the other tower's LayerNorm eps
  'head-split', // width read as [64, H] instead of [H, 64]
  'no-scale', // logits not divided by sqrt(64)
  'pre-post-norm', // LayerNorm on the wrong side of the residual sum
  'no-positions', // positions not added
  'mean-pool', // the mean of all tokens instead of [CLS]
  'qkv-order', // queries and keys exchanged
] as const;

/** Of image towers that read the mean of the patches. */
export const IMAGE_MEAN_MUTATIONS = [
  'class-in-mean', // the mean of all tokens, the class token included
  'norm-other-side', // LayerNorm behind the mean where it stands before it, or before it
  'class-token', // the class token instead
] as const;

/** Of image towers that pool by a learned query. */
export const ATTENTION_POOL_MUTATIONS = [
  'pool-no-residual', // the MLP's output alone
  'pool-no-mlp', // what the MLP adds left out
  'pool-kv-order', // keys and values exchanged
  'pool-raw-query', // the learned query without its layer
  'pool-raw-tokens', // tokens before the last LayerNorm
  'mean-pool', // the mean of all tokens instead
] as const;

/** Of BERTs by their pooling. */
export const BERT_POOL_MUTATIONS = {
  mean: ['padding-in-pool', 'class-token'], // padding counts; [CLS] instead
  max: ['padding-in-pool', 'class-token'],
  pooler: ['no-tanh', 'no-pooling-layer'],
} as const;

/** Of the parts that few of open_clip's own towers have. */
export const OPEN_CLIP_PART_MUTATIONS = [
  'no-layer-scale',
  'no-projection-bias',
  'causal', // a causal mask where there is none
  'exact-gelu', // GELU for its tanh form
] as const;

/** Of text towers in which padding is seen. */
export const PADDING_MUTATIONS = [
  'padding-masked', // no token attends to it
  'padding-id', // filled up by the next id
] as const;

export const BERT_MUTATIONS = [
  ...VIT_MUTATIONS,
  'no-mask', // padding takes part in attention
  'no-token-type', // token type embedding 0 not added
] as const;

/** Of open_clip's own ViT. */
export const OPEN_CLIP_VIT_MUTATIONS = [
  'tanh-gelu',
  'other-gelu', // GELU for QuickGELU, or QuickGELU for GELU
  'eps-large',
  'eps-swapped', // timm's eps of 1e-6
  'head-split',
  'no-scale',
  'pre-post-norm',
  'no-positions',
  'mean-pool',
  'qkv-order',
  'no-ln-pre', // no LayerNorm before the blocks
] as const;

/** Of CLIP's text tower. */
export const CLIP_TEXT_MUTATIONS = [
  'tanh-gelu',
  'other-gelu',
  'eps-large',
  'eps-swapped',
  'head-split',
  'no-scale',
  'pre-post-norm',
  'no-positions',
  'qkv-order',
  'no-mask', // tokens attend to those after them
  'first-pool', // the first token instead of the end of the text
  'last-pool', // the last of the padded tokens instead
  'straight-projection', // the projection not transposed
] as const;

export type VitMutation = (typeof VIT_MUTATIONS)[number];
export type BertMutation = (typeof BERT_MUTATIONS)[number];
export type OpenClipVitMutation = (typeof OPEN_CLIP_VIT_MUTATIONS)[number];
export type ClipTextMutation = (typeof CLIP_TEXT_MUTATIONS)[number];
export type ImageMeanMutation = (typeof IMAGE_MEAN_MUTATIONS)[number];
export type AttentionPoolMutation = (typeof ATTENTION_POOL_MUTATIONS)[number];
export type BertPoolMutation = (typeof BERT_POOL_MUTATIONS)[keyof typeof BERT_POOL_MUTATIONS][number];
export type OpenClipPartMutation = (typeof OPEN_CLIP_PART_MUTATIONS)[number];
export type PaddingMutation = (typeof PADDING_MUTATIONS)[number];
export type Mutation =
  | BertMutation
  | OpenClipVitMutation
  | ClipTextMutation
  | ImageMeanMutation
  | AttentionPoolMutation
  | BertPoolMutation
  | OpenClipPartMutation
  | PaddingMutation;

/** The eps that a tower with this mutation uses; `other` is the other tower's. */
export function mutatedEps(eps: number, other: number, mutate: Mutation | undefined): number {
  if (mutate === 'eps-large') return 1e-3;
  return mutate === 'eps-swapped' ? other : eps;
}
