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
  const layers = wholeStream ? w.layers : w.layers.slice(0, -1);
  for (const layer of layers) gpu.scope(() => applyLayer(gpu, x, layer, tiles, cfg));
  const last = wholeStream ? undefined : w.layers.at(-1);
  const cls = last ? lastLayer(gpu, x, last, tiles, clsRows, cfg) : selectRows(gpu, x, clsRows); // [B, C]
  const hidden = linear(gpu, cls, w.proj[0], { activation: 'gelu' }); // [B, 640]
  return { embedding: linear(gpu, hidden, w.proj[1]), stream: wholeStream ? x : undefined };
}

/** One encoder layer on x `[N, C]`, in place: attention and MLP, each added to its input and then normalised. */
function applyLayer(gpu: Commands, x: Tensor, w: BertLayerWeights, tiles: Tensor, cfg: BertConfig): void {
  const mixed = attended(gpu, x, w, tiles, cfg); // [N, C]
  linear(gpu, mixed, w.attentionOutput, { addTo: x }); // x += dense(mixed)
  normalizedMlp(gpu, x, w, cfg);
}

/** The last layer's output for the [CLS] tokens alone, `[B, C]`: after attention each token is computed by itself. */
function lastLayer(
  gpu: Commands,
  x: Tensor,
  w: BertLayerWeights,
  tiles: Tensor,
  clsRows: Tensor,
  cfg: BertConfig,
): Tensor {
  const mixed = selectRows(gpu, attended(gpu, x, w, tiles, cfg), clsRows); // [B, C]
  const cls = selectRows(gpu, x, clsRows);
  linear(gpu, mixed, w.attentionOutput, { addTo: cls });
  normalizedMlp(gpu, cls, w, cfg);
  return cls;
}

/** Multi-head self-attention, before its output layer: `[N, C]`. */
function attended(gpu: Commands, x: Tensor, w: BertLayerWeights, tiles: Tensor, cfg: BertConfig): Tensor {
  return attention(gpu, linear(gpu, x, w.qkv), tiles, cfg.heads); // [N, 3C] -> [N, C]
}

/** The attention's LayerNorm, then the MLP with its own, from y into y. */
function normalizedMlp(gpu: Commands, y: Tensor, w: BertLayerWeights, { eps }: BertConfig): void {
  const x = layerNorm(gpu, y, w.attentionNorm, eps);
  const hidden = linear(gpu, x, w.intermediate, { activation: 'gelu' }); // [.., 4C]
  linear(gpu, hidden, w.output, { addTo: x }); // x += dense(hidden)
  layerNorm(gpu, x, w.outputNorm, eps, y);
}
