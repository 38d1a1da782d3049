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
  readonly pooledRows: Tensor;
}

/**
 * The text tower: Hugging Face's BertModel (Devlin et al. 2019; post-norm), [CLS] pooling, open_clip's projection.
 * Gives embeddings `[B, D]`, not yet normalised, and the last hidden state `[N, C]` if `wholeStream`. Without it the
 * last layer computes the [CLS] rows only, which is all that the embeddings need.
 */
export function bertForward(
  cmd: Commands,
  { ids, tiles, pooledRows }: BertInputs,
  w: BertWeights,
  cfg: BertConfig,
  wholeStream: boolean,
): { embedding: Tensor; stream: Tensor | undefined } {
  const x = layerNorm(cmd, tokenEmbed(cmd, ids, w.embeddings), w.embeddingsNorm, cfg.eps); // [N, C]
  const layers = wholeStream ? w.layers : w.layers.slice(0, -1);
  for (const layer of layers) cmd.scope(() => applyLayer(cmd, x, layer, tiles, cfg));
  const last = wholeStream ? undefined : w.layers.at(-1);
  const cls = last ? lastLayer(cmd, x, last, tiles, pooledRows, cfg) : selectRows(cmd, x, pooledRows); // [B, C]
  return { embedding: projected(cmd, cls, w.proj), stream: wholeStream ? x : undefined };
}

/** [CLS] rows `[B, C]` to embeddings `[B, D]`. */
function projected(cmd: Commands, cls: Tensor, [first, second]: BertWeights['proj']): Tensor {
  if (!second) return linear(cmd, cls, first);
  return linear(cmd, linear(cmd, cls, first, { activation: 'gelu' }), second); // [B, 640] between them
}

/** One encoder layer on x `[N, C]`, in place: attention and MLP, each added to its input and then normalised. */
function applyLayer(cmd: Commands, x: Tensor, w: BertLayerWeights, tiles: Tensor, cfg: BertConfig): void {
  const mixed = attended(cmd, x, w, tiles, cfg); // [N, C]
  linear(cmd, mixed, w.attentionOutput, { addTo: x }); // x += dense(mixed)
  normalizedMlp(cmd, x, w, cfg);
}

/** The last layer's output for the [CLS] tokens alone, `[B, C]`: after attention each token is computed by itself. */
function lastLayer(
  cmd: Commands,
  x: Tensor,
  w: BertLayerWeights,
  tiles: Tensor,
  pooledRows: Tensor,
  cfg: BertConfig,
): Tensor {
  const mixed = selectRows(cmd, attended(cmd, x, w, tiles, cfg), pooledRows); // [B, C]
  const cls = selectRows(cmd, x, pooledRows);
  linear(cmd, mixed, w.attentionOutput, { addTo: cls });
  normalizedMlp(cmd, cls, w, cfg);
  return cls;
}

/** Multi-head self-attention, before its output layer: `[N, C]`. */
function attended(cmd: Commands, x: Tensor, w: BertLayerWeights, tiles: Tensor, cfg: BertConfig): Tensor {
  return attention(cmd, linear(cmd, x, w.qkv), tiles, cfg.heads); // [N, 3C] -> [N, C]
}

/** The attention's LayerNorm, then the MLP with its own, from y into y. */
function normalizedMlp(cmd: Commands, y: Tensor, w: BertLayerWeights, { eps }: BertConfig): void {
  const x = layerNorm(cmd, y, w.attentionNorm, eps);
  const hidden = linear(cmd, x, w.intermediate, { activation: 'gelu' }); // [.., 4C]
  linear(cmd, hidden, w.output, { addTo: x }); // x += dense(hidden)
  layerNorm(cmd, x, w.outputNorm, eps, y);
}
