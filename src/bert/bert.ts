import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { attention } from '../kernels/attention.ts';
import { linear } from '../kernels/gemm.ts';
import { layerNorm } from '../kernels/layernorm.ts';
import { selectRows } from '../kernels/select-rows.ts';
import { tokenEmbed } from '../kernels/token-embed.ts';
import type { BertLayerWeights, BertWeights } from './weights.ts';

export interface BertConfig {
  readonly heads: number;
  readonly eps: number;
}

/** A packed batch: the tokens of B texts one after the other, N in all, no padding between them. */
export interface BertInputs {
  /** `[N, 2]` token id, and position in its text */
  readonly ids: Tensor;
  /** `[tiles, 4]` from `attentionTiles` */
  readonly tiles: Tensor;
  /** `[B]` the row of each text's [CLS] */
  readonly clsRows: Tensor;
}

/**
 * The text tower: Hugging Face's BertModel (Devlin et al. 2019; post-norm), [CLS] pooling, open_clip's MLP projection.
 * Gives embeddings `[B, D]`, not yet normalised, and the last hidden state `[N, C]`.
 */
export function bertForward(
  gpu: Commands,
  { ids, tiles, clsRows }: BertInputs,
  w: BertWeights,
  cfg: BertConfig,
) {
  const x = layerNorm(gpu, tokenEmbed(gpu, ids, w.embeddings), w.embeddingsNorm, cfg.eps); // [N, C]
  for (const layer of w.layers) gpu.scope(() => applyLayer(gpu, x, layer, tiles, cfg));
  const cls = selectRows(gpu, x, clsRows); // [B, C]
  const hidden = linear(gpu, cls, w.proj[0], { activation: 'gelu' }); // [B, 640]
  return { embedding: linear(gpu, hidden, w.proj[1]), stream: x };
}

/** One encoder layer on x `[N, C]`, in place: attention and MLP, each added to its input and then normalised. */
function applyLayer(
  gpu: Commands,
  x: Tensor,
  w: BertLayerWeights,
  tiles: Tensor,
  { heads, eps }: BertConfig,
): void {
  const mixed = attention(gpu, linear(gpu, x, w.qkv), tiles, heads); // [N, 3C] -> [N, C]
  linear(gpu, mixed, w.attentionOutput, { addTo: x }); // x += dense(mixed)
  const attended = layerNorm(gpu, x, w.attentionNorm, eps);
  const hidden = linear(gpu, attended, w.intermediate, { activation: 'gelu' }); // [N, 4C]
  linear(gpu, hidden, w.output, { addTo: attended }); // attended += dense(hidden)
  layerNorm(gpu, attended, w.outputNorm, eps, x);
}
