import { BERT_NAMES as TEXT } from '../../weights/tensor-names.ts';
import { GraphBuilder, type OnnxModel, type Value } from './graph.ts';
import {
  type AttentionForm,
  attention,
  gelu,
  l2Normalize,
  layerNorm,
  linear,
  param,
  pool,
  type Tower,
  type WeightLookup,
} from './layers.ts';
import { type BertMutation, type BertPoolMutation, mutatedEps } from './mutations.ts';

export interface BertGraphConfig {
  readonly depth: number;
  /** Width / 64. */
  readonly heads: number;
  /** LayerNorm's; 1e-12 in BERT. */
  readonly eps: number;
  /** Width between the projection's two layers; undefined where it is one. */
  readonly projHidden?: number;
  /** Default `standard`. */
  readonly attention?: AttentionForm;
  /** None, though the width is that of embeddings. */
  readonly proj?: 'none';
  /** Instead of [CLS]. */
  readonly pool?: 'mean' | 'max' | 'pooler';
  readonly mutate?: BertMutation | BertPoolMutation;
}

const FLOAT32_MIN = -3.4028234663852886e38;

/**
 * Hugging Face's BERT encoder, post-norm, with open_clip's poolers and projections.
 * Inputs `input_ids` [B, T] and `attention_mask` [B, T], int64, 1 for a token and 0 for padding. Outputs
 * `embedding` [B, D], of length 1, and `tokens` [B, T, C], the last hidden state (of padding too).
 */
export function bertModel(weights: WeightLookup, config: BertGraphConfig): OnnxModel {
  const { depth, heads, mutate } = config;
  const graph = new GraphBuilder('bert');
  const eps = mutatedEps(config.eps, 1e-6, mutate);
  const t: Tower = { graph, weights, heads, eps, attention: config.attention ?? 'standard', mutate };

  const ids = graph.input('input_ids', 'i64', ['B', 'T']);
  const given = graph.input('attention_mask', 'i64', ['B', 'T']);
  const mask = attentionMask(t, given);
  let x = embed(t, ids); // [B, T, C]
  for (let i = 0; i < depth; i++) x = layer(t, x, mask, TEXT.layer(i));
  const pooled = poolTexts(t, x, given, config.pool); // [B, C]
  const embedding = config.proj === 'none' ? pooled : projection(t, pooled, config.projHidden !== undefined); // [B, D]

  graph.output('embedding', l2Normalize(t, embedding), ['B', 'D']);
  graph.output('tokens', x, ['B', 'T', heads * 64]);
  return graph.build();
}

function projection(t: Tower, cls: Value, mlp: boolean): Value {
  if (!mlp) return linear(t, cls, TEXT.proj.linear, { bias: false });
  const hidden = gelu(t, linear(t, cls, TEXT.proj.mlp[0], { bias: false })); // [B, (C + D) / 2]
  return linear(t, hidden, TEXT.proj.mlp[1], { bias: false });
}

/** [B, T, C] and the mask [B, T] -> [B, C]. */
function poolTexts(t: Tower, x: Value, mask: Value, by: BertGraphConfig['pool']): Value {
  const { graph, mutate } = t;
  if (by === undefined || mutate === 'class-token' || mutate === 'mean-pool') return pool(t, x);
  if (by === 'pooler') {
    if (mutate === 'no-pooling-layer') return pool(t, x);
    const dense = linear(t, pool(t, x), TEXT.pooler);
    return mutate === 'no-tanh' ? dense : graph.op('Tanh', [dense]);
  }
  const drop = { keepdims: { int: 0 } };
  if (mutate === 'padding-in-pool')
    return graph.op(by === 'max' ? 'ReduceMax' : 'ReduceMean', [x, graph.ints(1)], drop);
  const real = graph.op('Unsqueeze', [graph.op('Cast', [mask], { to: { int: 1 } }), graph.ints(2)]); // [B, T, 1]
  if (by === 'mean') {
    const sum = graph.op('ReduceSum', [graph.op('Mul', [x, real]), graph.ints(1)], drop);
    return graph.op('Div', [sum, graph.op('ReduceSum', [real, graph.ints(1)], drop)]);
  }
  const least = graph.op('Mul', [graph.op('Sub', [graph.scalar(1), real]), graph.scalar(FLOAT32_MIN)]);
  return graph.op('ReduceMax', [graph.op('Add', [x, least]), graph.ints(1)], drop);
}

/** [B, T] of 1 and 0 -> [B, 1, 1 or T, T] of 0 and the least float32, to be added to the logits. */
function attentionMask({ graph, attention, mutate }: Tower, mask: Value): Value {
  const real = graph.op('Cast', [mask], { to: { int: 1 } }); // 1 is FLOAT
  const padding = graph.op('Sub', [graph.scalar(1), real]);
  const least = graph.op('Mul', [padding, graph.scalar(mutate === 'no-mask' ? 0 : FLOAT32_MIN)]);
  const row = graph.op('Unsqueeze', [least, graph.ints(1, 2)]);
  if (attention === 'standard') return row;
  const length = graph.op('Shape', [mask], { start: { int: 1 }, end: { int: 2 } });
  const square = graph.op('Concat', [graph.ints(1, 1), length, graph.ints(1)], { axis: { int: 0 } });
  return graph.op('Expand', [row, square]); // MultiHeadAttention does not broadcast the rows itself
}

/** Word plus token type 0 plus position embeddings, then LayerNorm: [B, T] -> [B, T, C]. */
function embed(t: Tower, ids: Value): Value {
  const { graph, mutate } = t;
  let x = graph.op('Gather', [param(t, TEXT.words), ids]);
  if (mutate !== 'no-token-type') {
    const types = param(t, TEXT.tokenTypes); // [2, C]
    x = graph.op('Add', [x, graph.op('Gather', [types, graph.index(0)])]);
  }
  if (mutate !== 'no-positions') {
    const length = graph.op('Shape', [ids], { start: { int: 1 }, end: { int: 2 } });
    const positions = param(t, TEXT.positions); // [512, C]
    x = graph.op('Add', [x, graph.op('Slice', [positions, graph.ints(0), length, graph.ints(0)])]);
  }
  return layerNorm(t, x, TEXT.embeddingsNorm);
}

/** norm(x + attention(x)), then norm(x + mlp(x)). */
function layer(t: Tower, x: Value, mask: Value, name: string): Value {
  const { graph } = t;
  const [norm1, norm2] = [`${name}.attention.output.LayerNorm`, `${name}.output.LayerNorm`];
  if (t.mutate === 'pre-post-norm') {
    const first = graph.op('Add', [x, selfAttention(t, layerNorm(t, x, norm1), mask, name)]);
    return graph.op('Add', [first, mlp(t, layerNorm(t, first, norm2), name)]);
  }
  const attended = layerNorm(t, graph.op('Add', [x, selfAttention(t, x, mask, name)]), norm1);
  return layerNorm(t, graph.op('Add', [attended, mlp(t, attended, name)]), norm2);
}

function selfAttention(t: Tower, x: Value, mask: Value, name: string): Value {
  const q = linear(t, x, `${name}.attention.self.query`);
  const k = linear(t, x, `${name}.attention.self.key`);
  const v = linear(t, x, `${name}.attention.self.value`);
  return linear(t, attention(t, q, k, v, mask), `${name}.attention.output.dense`);
}

function mlp(t: Tower, x: Value, name: string): Value {
  return linear(t, gelu(t, linear(t, x, `${name}.intermediate.dense`)), `${name}.output.dense`);
}
