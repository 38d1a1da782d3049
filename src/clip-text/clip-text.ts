import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { layerNorm } from '../kernels/layernorm.ts';
import { poolRows } from '../kernels/pool-rows.ts';
import { tokenEmbed } from '../kernels/token-embed.ts';
import { type PreNormConfig, type PreNormRows, preNormBlocks } from '../transformer/pre-norm.ts';
import { project } from '../transformer/projection.ts';
import type { ClipTextWeights } from './weights.ts';

/**
 * A packed batch: the tokens of B texts one after the other, N in all. Where a token sees those before it only, padding
 * behind the end would change nothing, and there is none. The pooled rows are the end tokens' in most models.
 */
export interface ClipTextInputs extends PreNormRows {
  /** `[N, 2]` token id, and position in its text */
  readonly ids: Tensor;
}

/**
 * CLIP's text tower (Radford et al. 2021): a pre-norm transformer, pooled at one token, projected by one matrix. Gives
 * embeddings `[B, D]`, not yet normalised, and every token's final state `[N, C]` if `wholeStream`.
 */
export function clipTextForward(
  cmd: Commands,
  { ids, ...rows }: ClipTextInputs,
  w: ClipTextWeights,
  cfg: PreNormConfig,
  wholeStream: boolean,
): { embedding: Tensor; tokens: Tensor | undefined } {
  const x = tokenEmbed(cmd, ids, w.embeddings); // [N, C]
  const last = preNormBlocks(cmd, x, w.blocks, rows, cfg, wholeStream); // [N, C] or [B, C]
  const pooled = wholeStream ? poolRows(cmd, last, rows.pooledRows) : last;
  const embedding = project(cmd, layerNorm(cmd, pooled, w.norm, cfg.eps), w.projection); // LayerNorm is per token
  return { embedding, tokens: wholeStream ? layerNorm(cmd, x, w.norm, cfg.eps) : undefined };
}
