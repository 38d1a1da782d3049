import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { attention } from '../kernels/attention.ts';
import { linear } from '../kernels/gemm/gemm.ts';
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
 * Gives embeddings `[B, D]`, not yet normalised, and the last hidden state `[N, C]` if all of it is wanted. Else the
 * last layer leaves all but the [CLS] tokens out, which the embeddings come from.
 */
export function bertForward(
  gpu: Commands,
  { ids, tiles, clsRows }: BertInputs,
  w: BertWeights,
  cfg: BertConfig,
  wholeStream: boolean,
): { embedding: Tensor; stream: Tensor | undefined } {
  const x = layerNorm(gpu, tokenEmbed(gpu, ids, w.embeddings), w.embeddingsNorm, cfg.eps); // [N, C]
  const layers = [...w.layers];
  const last = wholeStream ? undefined : layers.pop();
  for (const layer of layers) gpu.scope(() => applyLayer(gpu, x, layer, tiles, cfg));
  const cls = last ? applyLayer(gpu, x, last, tiles, cfg, clsRows) : selectRows(gpu, x, clsRows); // [B, C]
  const hidden = linear(gpu, cls, w.proj[0], { activation: 'gelu' }); // [B, 640]
  return { embedding: linear(gpu, hidden, w.proj[1]), stream: wholeStream ? x : undefined };
}

/**
 * One encoder layer on x `[N, C]`, in place: attention and MLP, each added to its input and then normalised. Once it
 * has attended, a token is by itself: with `rows` `[B]` the rest is done for these alone, and gives `[B, C]`.
 */
function applyLayer(
  gpu: Commands,
  x: Tensor,
  w: BertLayerWeights,
  tiles: Tensor,
  { heads, eps }: BertConfig,
  rows?: Tensor,
): Tensor {
  const kept = (all: Tensor) => (rows ? selectRows(gpu, all, rows) : all);
  const mixed = kept(attention(gpu, linear(gpu, x, w.qkv), tiles, heads)); // [N, 3C] -> [N, C]
  const y = linear(gpu, mixed, w.attentionOutput, { addTo: kept(x) }); // x + dense(mixed)
  const attended = layerNorm(gpu, y, w.attentionNorm, eps);
  const hidden = linear(gpu, attended, w.intermediate, { activation: 'gelu' }); // [N, 4C]
  linear(gpu, hidden, w.output, { addTo: attended }); // attended += dense(hidden)
  return layerNorm(gpu, attended, w.outputNorm, eps, y);
}
