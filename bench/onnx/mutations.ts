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

export const BERT_MUTATIONS = [
  ...VIT_MUTATIONS,
  'no-mask', // padding takes part in attention
  'no-token-type', // token type embedding 0 not added
] as const;

export type VitMutation = (typeof VIT_MUTATIONS)[number];
export type BertMutation = (typeof BERT_MUTATIONS)[number];

/** The eps that a tower with this mutation uses; `other` is the other tower's. */
export function mutatedEps(eps: number, other: number, mutate: BertMutation | undefined): number {
  if (mutate === 'eps-large') return 1e-3;
  return mutate === 'eps-swapped' ? other : eps;
}
