import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { attention } from '../kernels/attention.ts';
import { linear } from '../kernels/gemm.ts';
import { layerNorm } from '../kernels/layernorm.ts';
import { type Normalization, patchEmbed } from '../kernels/patch-embed.ts';
import { selectRows } from '../kernels/select-rows.ts';
import type { VitBlockWeights, VitWeights } from './weights.ts';

export interface VitConfig extends Normalization {
  readonly patch: number;
  readonly heads: number;
  readonly eps: number;
}

/** What the dense batch looks like to the kernels; T = (S / P)^2 + 1. */
export interface VitInputs {
  /** `[B, S, S]` words of R, G, B bytes */
  readonly pixels: Tensor;
  /** `[tiles, 4]` from `attentionTiles`, B sequences of T tokens */
  readonly tiles: Tensor;
  /** `[B]` the row of each image's class token */
  readonly clsRows: Tensor;
}

/**
 * The image tower: timm's VisionTransformer (Dosovitskiy et al. 2021; pre-norm) with open_clip's linear head.
 * Gives embeddings `[B, D]`, not yet normalised, and the residual stream `[B * T, C]`.
 */
export function vitForward(
  gpu: Commands,
  { pixels, tiles, clsRows }: VitInputs,
  w: VitWeights,
  cfg: VitConfig,
) {
  const x = patchEmbed(gpu, pixels, w.patchEmbed, cfg.patch, cfg); // [B, S, S] -> [B * T, C], CLS first
  for (const block of w.blocks) gpu.scope(() => addBlock(gpu, x, block, tiles, cfg));
  const cls = selectRows(gpu, x, clsRows); // [B, C]; LayerNorm is per token, so only CLS needs it
  return { embedding: linear(gpu, layerNorm(gpu, cls, w.norm, cfg.eps), w.head), stream: x };
}

/** Every token's final state `[B * T, C]`: timm's `forward_features`. */
export function vitTokens(gpu: Commands, stream: Tensor, w: VitWeights, cfg: VitConfig): Tensor {
  return layerNorm(gpu, stream, w.norm, cfg.eps);
}

/** One encoder block, added to the residual stream x `[B * T, C]` in place. */
function addBlock(
  gpu: Commands,
  x: Tensor,
  w: VitBlockWeights,
  tiles: Tensor,
  { heads, eps }: VitConfig,
): void {
  const qkv = linear(gpu, layerNorm(gpu, x, w.norm1, eps), w.attn.qkv); // [B * T, 3C]
  const mixed = attention(gpu, qkv, tiles, heads); // [B * T, C]
  linear(gpu, mixed, w.attn.proj, { addTo: x }); // x += proj(mixed)
  const hidden = linear(gpu, layerNorm(gpu, x, w.norm2, eps), w.mlp.fc1, { activation: 'gelu' }); // [B * T, 4C]
  linear(gpu, hidden, w.mlp.fc2, { addTo: x }); // x += fc2(hidden)
}
