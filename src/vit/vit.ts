import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { linear } from '../kernels/gemm/gemm.ts';
import { layerNorm } from '../kernels/layernorm.ts';
import { type Normalization, patchEmbed } from '../kernels/patch-embed.ts';
import { type PreNormConfig, type PreNormRows, preNormBlocks } from '../transformer/pre-norm.ts';
import type { VitWeights } from './weights.ts';

export interface VitConfig extends Normalization, Omit<PreNormConfig, 'causal'> {
  readonly patch: number;
}

/** A dense batch of B images; T = (S / P)^2 + 1 tokens each. The pooled rows are the class tokens'. */
export interface VitInputs extends PreNormRows {
  /** `[B, S, S]` words of R, G, B bytes */
  readonly pixels: Tensor;
}

/**
 * The image tower: timm's VisionTransformer (Dosovitskiy et al. 2021; pre-norm) with open_clip's linear head, or
 * open_clip's own (Radford et al. 2021), which has a LayerNorm before the blocks. Gives embeddings `[B, D]`, not yet
 * normalised, and the residual stream `[B * T, C]` if `wholeStream`. Without it the last block computes the class
 * tokens only, which is all that the embeddings need.
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
  const cls = preNormBlocks(cmd, x, w.blocks, rows, { ...cfg, causal: false }, wholeStream); // [B, C]
  const embedding = linear(cmd, layerNorm(cmd, cls, w.norm, cfg.eps), w.head); // LayerNorm is per token
  return { embedding, stream: wholeStream ? x : undefined };
}

/** Every token's final state `[B * T, C]`: timm's `forward_features`. */
export function vitTokens(cmd: Commands, stream: Tensor, w: VitWeights, cfg: VitConfig): Tensor {
  return layerNorm(cmd, stream, w.norm, cfg.eps);
}
