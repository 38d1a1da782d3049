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

/** A dense batch of B images; T = (S / P)^2 + 1 tokens each. */
export interface VitInputs {
  /** `[B, S, S]` words of R, G, B bytes */
  readonly pixels: Tensor;
  /** `[tiles, 4]` from `attentionTiles`, B sequences of T tokens */
  readonly tiles: Tensor;
  /** `[B]` the row of each image's class token */
  readonly clsRows: Tensor;
}

/**
 * The image tower: timm's VisionTransformer (Dosovitskiy et al. 2021; pre-norm) with open_clip's linear head. Gives
 * embeddings `[B, D]`, not yet normalised, and the residual stream `[B * T, C]` if `wholeStream`. Without it the last
 * block computes the class tokens only, which is all that the embeddings need.
 */
export function vitForward(
  cmd: Commands,
  { pixels, tiles, clsRows }: VitInputs,
  w: VitWeights,
  cfg: VitConfig,
  wholeStream: boolean,
): { embedding: Tensor; stream: Tensor | undefined } {
  const x = patchEmbed(cmd, pixels, w.patchEmbed, cfg.patch, cfg); // [B, S, S] -> [B * T, C], CLS first
  const blocks = wholeStream ? w.blocks : w.blocks.slice(0, -1);
  for (const block of blocks) cmd.scope(() => addBlock(cmd, x, block, tiles, cfg));
  const last = wholeStream ? undefined : w.blocks.at(-1);
  const cls = last ? lastBlock(cmd, x, last, tiles, clsRows, cfg) : selectRows(cmd, x, clsRows); // [B, C]
  const embedding = linear(cmd, layerNorm(cmd, cls, w.norm, cfg.eps), w.head); // LayerNorm is per token
  return { embedding, stream: wholeStream ? x : undefined };
}

/** Every token's final state `[B * T, C]`: timm's `forward_features`. */
export function vitTokens(cmd: Commands, stream: Tensor, w: VitWeights, cfg: VitConfig): Tensor {
  return layerNorm(cmd, stream, w.norm, cfg.eps);
}

/** One encoder block, added to the residual stream x `[B * T, C]` in place. */
function addBlock(cmd: Commands, x: Tensor, w: VitBlockWeights, tiles: Tensor, cfg: VitConfig): void {
  const mixed = attended(cmd, x, w, tiles, cfg); // [B * T, C]
  linear(cmd, mixed, w.attn.proj, { addTo: x }); // x += proj(mixed)
  addMlp(cmd, x, w, cfg);
}

/** The last block's output for the class tokens alone, `[B, C]`: after attention each token is computed by itself. */
function lastBlock(
  cmd: Commands,
  x: Tensor,
  w: VitBlockWeights,
  tiles: Tensor,
  clsRows: Tensor,
  cfg: VitConfig,
): Tensor {
  const mixed = selectRows(cmd, attended(cmd, x, w, tiles, cfg), clsRows); // [B, C]
  const cls = selectRows(cmd, x, clsRows);
  linear(cmd, mixed, w.attn.proj, { addTo: cls });
  addMlp(cmd, cls, w, cfg);
  return cls;
}

/** Multi-head self-attention of the normalised tokens, before its projection: `[B * T, C]`. */
function attended(cmd: Commands, x: Tensor, w: VitBlockWeights, tiles: Tensor, cfg: VitConfig): Tensor {
  const qkv = linear(cmd, layerNorm(cmd, x, w.norm1, cfg.eps), w.attn.qkv); // [B * T, 3C]
  return attention(cmd, qkv, tiles, cfg.heads);
}

function addMlp(cmd: Commands, x: Tensor, w: VitBlockWeights, { eps }: VitConfig): void {
  const hidden = linear(cmd, layerNorm(cmd, x, w.norm2, eps), w.mlp.fc1, { activation: 'gelu' }); // [.., 4C]
  linear(cmd, hidden, w.mlp.fc2, { addTo: x }); // x += fc2(hidden)
}
