import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { linear } from '../kernels/gemm/gemm.ts';
import { layerNorm } from '../kernels/layernorm.ts';
import { tokenEmbed } from '../kernels/token-embed.ts';
import { type PreNormConfig, type PreNormRows, preNormBlocks } from '../transformer/pre-norm.ts';
import type { ClipTextWeights } from './weights.ts';

/**
 * A packed batch: the tokens of B texts one after the other, N in all, no padding between them. A token sees those
 * before it only, so padding behind the end would change nothing. The pooled rows are the end tokens'.
 */
export interface ClipTextInputs extends PreNormRows {
  /** `[N, 2]` token id, and position in its text */
  readonly ids: Tensor;
}

/**
 * CLIP's text tower (Radford et al. 2021): a causal pre-norm transformer, pooled at the end of the text, projected by
 * one matrix. Gives embeddings `[B, D]`, not yet normalised, and every token's final state `[N, C]` if `wholeStream`.
 */
export function clipTextForward(
  cmd: Commands,
  { ids, ...rows }: ClipTextInputs,
  w: ClipTextWeights,
  cfg: Omit<PreNormConfig, 'causal'>,
  wholeStream: boolean,
): { embedding: Tensor; tokens: Tensor | undefined } {
  const x = tokenEmbed(cmd, ids, w.embeddings); // [N, C]
  const pooled = preNormBlocks(cmd, x, w.blocks, rows, { ...cfg, causal: true }, wholeStream); // [B, C]
  const embedding = linear(cmd, layerNorm(cmd, pooled, w.norm, cfg.eps), w.projection); // LayerNorm is per token
  return { embedding, tokens: wholeStream ? layerNorm(cmd, x, w.norm, cfg.eps) : undefined };
}

/** The token that the embedding is read at: the one with the highest id, which ends a text; the first of several. */
export function endOfText(ids: Int32Array): number {
  return ids.reduce((best, id, i) => (id > (ids[best] ?? 0) ? i : best), 0);
}
