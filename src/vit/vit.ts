import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { layerNorm } from '../kernels/layernorm.ts';
import { type Normalization, patchEmbed } from '../kernels/patch-embed.ts';
import { poolRows } from '../kernels/pool-rows.ts';
import { type PreNormConfig, type PreNormRows, preNormBlocks } from '../transformer/pre-norm.ts';
import { project } from '../transformer/projection.ts';
import { latentPool } from './attention-pool.ts';
import type { VitWeights } from './weights.ts';

export interface VitConfig extends Normalization, Omit<PreNormConfig, 'causal'> {
  readonly patch: number;
  /** The mean of the patches' tokens, or what a learned query takes of them, instead of the class token. */
  readonly pool?: 'mean' | 'attention';
  /** Whether the last LayerNorm stands behind that mean. */
  readonly normAfterPool?: boolean;
}

/**
 * A dense batch of B images; T = floor(S / P)^2 tokens each, and the class token where there is one. The pooled rows are
 * the class tokens', or the patches'.
 */
export interface VitInputs extends PreNormRows {
  /** `[B, S, S]` words of R, G, B bytes */
  readonly pixels: Tensor;
}

/**
 * The image tower: timm's VisionTransformer (Dosovitskiy et al. 2021; pre-norm) with open_clip's head, or open_clip's own
 * (Radford et al. 2021), which has a LayerNorm before the blocks. Gives embeddings `[B, D]`, not yet normalised, and the
 * residual stream `[B * T, C]` if `wholeStream`. Without it the last block computes the class tokens only, where these are
 * all that the embeddings need.
 */
export function vitForward(
  cmd: Commands,
  { pixels, ...rows }: VitInputs,
  w: VitWeights,
  cfg: VitConfig,
  wholeStream: boolean,
): { embedding: Tensor; stream: Tensor | undefined } {
  const patches = patchEmbed(cmd, pixels, w.patchEmbed, cfg.patch, cfg); // [B, S, S] -> [B * T, C], CLS first
  const x = w.preNorm ? layerNorm(cmd, patches, w.preNorm, cfg.eps) : patches;
  const whole = wholeStream || cfg.pool !== undefined;
  const last = preNormBlocks(cmd, x, w.blocks, rows, { ...cfg, causal: false }, whole); // [B * T, C] or [B, C]
  const pooled = pool(cmd, last, whole ? rows.pooledRows : undefined, w, cfg); // [B, C]
  return { embedding: project(cmd, pooled, w.head), stream: wholeStream ? x : undefined };
}

/** The normalised rows that the embeddings are made of, `[B, C]`. Class tokens are normalised alone: LayerNorm is per token. */
function pool(cmd: Commands, x: Tensor, spans: Tensor | undefined, w: VitWeights, cfg: VitConfig): Tensor {
  const norm = (rows: Tensor) => layerNorm(cmd, rows, w.norm, cfg.eps);
  if (!spans) return norm(x);
  if (w.attentionPool) return latentPool(cmd, norm(x), spans, w.attentionPool, cfg);
  return cfg.pool === 'mean' && !cfg.normAfterPool
    ? poolRows(cmd, norm(x), spans)
    : norm(poolRows(cmd, x, spans));
}

/** Every token's final state `[B * T, C]`: timm's `forward_features`, not normalised where LayerNorm stands behind pooling. */
export function vitTokens(cmd: Commands, stream: Tensor, w: VitWeights, cfg: VitConfig): Tensor {
  return cfg.normAfterPool ? stream : layerNorm(cmd, stream, w.norm, cfg.eps);
}
