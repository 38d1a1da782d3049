import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { attention } from '../kernels/attention.ts';
import { linear } from '../kernels/gemm/gemm.ts';
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
 * Gives embeddings `[B, D]`, not yet normalised, and the residual stream `[B * T, C]` if all of it is wanted. Else the
 * last block leaves all but the class tokens out, which the embeddings come from.
 */
export function vitForward(
  gpu: Commands,
  { pixels, tiles, clsRows }: VitInputs,
  w: VitWeights,
  cfg: VitConfig,
  wholeStream: boolean,
): { embedding: Tensor; stream: Tensor | undefined } {
  const x = patchEmbed(gpu, pixels, w.patchEmbed, cfg.patch, cfg); // [B, S, S] -> [B * T, C], CLS first
  const blocks = [...w.blocks];
  const last = wholeStream ? undefined : blocks.pop();
  for (const block of blocks) gpu.scope(() => addBlock(gpu, x, block, tiles, cfg));
  const cls = last ? addBlock(gpu, x, last, tiles, cfg, clsRows) : selectRows(gpu, x, clsRows); // [B, C]
  const embedding = linear(gpu, layerNorm(gpu, cls, w.norm, cfg.eps), w.head); // LayerNorm is per token
  return { embedding, stream: wholeStream ? x : undefined };
}

/** Every token's final state `[B * T, C]`: timm's `forward_features`. */
export function vitTokens(gpu: Commands, stream: Tensor, w: VitWeights, cfg: VitConfig): Tensor {
  return layerNorm(gpu, stream, w.norm, cfg.eps);
}

/**
 * One encoder block, added to the residual stream x `[B * T, C]` in place. Once it has attended, a token is by itself:
 * with `rows` `[B]` the rest is done for these alone, and gives `[B, C]`.
 */
function addBlock(
  gpu: Commands,
  x: Tensor,
  w: VitBlockWeights,
  tiles: Tensor,
  { heads, eps }: VitConfig,
  rows?: Tensor,
): Tensor {
  const kept = (all: Tensor) => (rows ? selectRows(gpu, all, rows) : all);
  const qkv = linear(gpu, layerNorm(gpu, x, w.norm1, eps), w.attn.qkv); // [B * T, 3C]
  const mixed = kept(attention(gpu, qkv, tiles, heads)); // [B * T, C]
  const y = linear(gpu, mixed, w.attn.proj, { addTo: kept(x) }); // x + proj(mixed)
  const hidden = linear(gpu, layerNorm(gpu, y, w.norm2, eps), w.mlp.fc1, { activation: 'gelu' }); // [B * T, 4C]
  return linear(gpu, hidden, w.mlp.fc2, { addTo: y }); // y + fc2(hidden)
}
