import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { attention } from '../kernels/attention.ts';
import { linear } from '../kernels/gemm/gemm.ts';
import { layerNorm } from '../kernels/layernorm.ts';
import { poolRows } from '../kernels/pool-rows.ts';
import { tokenEmbed } from '../kernels/token-embed.ts';
import { project } from '../transformer/projection.ts';
import type { BertLayerWeights, BertWeights } from './weights.ts';

export interface BertConfig {
  readonly heads: number;
  readonly eps: number;
  /** The mean or the largest values of a text's tokens, or [CLS] behind the pooling layer. By default [CLS]. */
  readonly pool?: 'mean' | 'max' | 'pooler';
}

/** A packed batch: the tokens of B texts one after the other, N in all, no padding between them. */
export interface BertInputs {
  /** `[N, 2]` token id, and position in its text */
  readonly ids: Tensor;
  /** `[tiles, 4]` from `attentionTiles` */
  readonly tiles: Tensor;
  /** `[B, 2]` the first of the rows that each text is pooled over, and how many: [CLS] alone, or all */
  readonly pooledRows: Tensor;
}

/**
 * The text tower: Hugging Face's BertModel (Devlin et al. 2019; post-norm), open_clip's pooling and projection.
 * Gives embeddings `[B, D]`, not yet normalised, and the last hidden state `[N, C]` if `wholeStream`. Without it the
 * last layer computes the [CLS] rows only, where these are all that the embeddings need.
 */
export function bertForward(
  cmd: Commands,
  { ids, tiles, pooledRows }: BertInputs,
  w: BertWeights,
  cfg: BertConfig,
  wholeStream: boolean,
): { embedding: Tensor; stream: Tensor | undefined } {
  const x = layerNorm(cmd, tokenEmbed(cmd, ids, w.embeddings), w.embeddingsNorm, cfg.eps); // [N, C]
  const whole = wholeStream || cfg.pool === 'mean' || cfg.pool === 'max';
  const layers = whole ? w.layers : w.layers.slice(0, -1);
  for (const layer of layers) cmd.scope(() => applyLayer(cmd, x, layer, tiles, cfg));
  const last = whole ? undefined : w.layers.at(-1);
  const rows = last
    ? lastLayer(cmd, x, last, tiles, pooledRows, cfg)
    : poolRows(cmd, x, pooledRows, cfg.pool === 'max' ? 'max' : 'mean'); // [B, C]
  const pooled = w.pooler ? linear(cmd, rows, w.pooler, { activation: 'tanh' }) : rows;
  return { embedding: project(cmd, pooled, w.proj), stream: wholeStream ? x : undefined };
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
  const mixed = poolRows(cmd, attended(cmd, x, w, tiles, cfg), pooledRows); // [B, C]
  const cls = poolRows(cmd, x, pooledRows);
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
