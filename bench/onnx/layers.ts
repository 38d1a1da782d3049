import { transpose } from '../../src/metrics/linear-algebra.ts';
import type { GraphBuilder, Value, Weight } from './graph.ts';
import type { Mutation } from './mutations.ts';

/** A checkpoint's tensor by its own name, as float32. */
export type WeightLookup = (name: string) => Weight;

/**
 * How the graph expresses attention: in standard operators, as exporters do, or as ONNX Runtime's MultiHeadAttention,
 * which its own model optimiser puts in. The latter is one kernel on GPUs, is no faster on the CPU, and takes lavapipe
 * half a minute to compile.
 */
export type AttentionForm = 'standard' | 'fused';

/** What both towers' layers need besides their inputs. */
export interface Tower {
  readonly graph: GraphBuilder;
  readonly weights: WeightLookup;
  readonly heads: number;
  /** 64 by default. */
  readonly headWidth?: number;
  readonly eps: number;
  /** `none` by default, the exact GELU. */
  readonly gelu?: 'none' | 'tanh';
  readonly attention: AttentionForm;
  readonly mutate: Mutation | undefined;
}

/** The checkpoint's tensor as it is. */
export function param({ graph, weights }: Tower, name: string): Value {
  return graph.weight(name, () => weights(name));
}

/**
 * x [..., In] times the checkpoint's weight [Out, In], plus its bias where there is one.
 * The weight is stored transposed, as exporters do: MatMul with a constant [In, Out] is what ORT packs ahead.
 */
export function linear(t: Tower, x: Value, name: string, { bias = true } = {}): Value {
  const weight = t.graph.weight(`${name}.weight.T`, () => transposed(t.weights(`${name}.weight`)));
  const product = t.graph.op('MatMul', [x, weight]);
  return bias ? t.graph.op('Add', [product, param(t, `${name}.bias`)]) : product;
}

export function layerNorm(t: Tower, x: Value, name: string): Value {
  const affine = [param(t, `${name}.weight`), param(t, `${name}.bias`)];
  return t.graph.op('LayerNormalization', [x, ...affine], { axis: { int: -1 }, epsilon: t.eps });
}

export function gelu(t: Tower, x: Value): Value {
  const approximate = { 'tanh-gelu': 'tanh', 'exact-gelu': 'none' }[String(t.mutate)] ?? t.gelu ?? 'none';
  return t.graph.op('Gelu', [x], { approximate });
}

/** softmax(q k^T / sqrt(W) + mask) v, W the width of a head, for q, k, v [B, T, C] and a mask that broadcasts to [B, H, T, T]. */
export function attention(t: Tower, q: Value, k: Value, v: Value, mask?: Value): Value {
  const { graph, heads, headWidth = 64, mutate } = t;
  const [query, key] = mutate === 'qkv-order' ? [k, q] : [q, k];
  if (t.attention === 'fused' && mutate !== 'no-scale' && mutate !== 'head-split') {
    const inputs = [query, key, v, undefined, undefined, mask];
    return graph.op('com.microsoft.MultiHeadAttention', inputs, { num_heads: { int: heads } });
  }
  const products = graph.op('MatMul', [splitHeads(t, query), splitHeads(t, key, 'transposed')]); // [B, H, T, T]
  const scaled =
    mutate === 'no-scale' ? products : graph.op('Div', [products, graph.scalar(Math.sqrt(headWidth))]);
  const logits = mask ? graph.op('Add', [scaled, mask]) : scaled;
  const mixed = graph.op('MatMul', [graph.op('Softmax', [logits], { axis: { int: -1 } }), splitHeads(t, v)]);
  const merged = graph.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }); // [B, T, H, W]
  return graph.op('Reshape', [merged, graph.ints(0, 0, heads * headWidth)]); // [B, T, C]
}

/** [B, T, C] -> [B, H, T, W], or [B, H, W, T] for the keys. */
function splitHeads({ graph, heads, headWidth = 64, mutate }: Tower, x: Value, order?: 'transposed'): Value {
  if (mutate === 'head-split') {
    const wrong = graph.op('Reshape', [x, graph.ints(0, 0, headWidth, heads)]); // [B, T, W, H]
    return graph.op('Transpose', [wrong], { perm: order ? [0, 3, 2, 1] : [0, 3, 1, 2] });
  }
  const split = graph.op('Reshape', [x, graph.ints(0, 0, heads, headWidth)]);
  return graph.op('Transpose', [split], { perm: order ? [0, 2, 3, 1] : [0, 2, 1, 3] });
}

/** The [CLS] token's row: [B, T, C] -> [B, C]. */
export function pool({ graph, mutate }: Tower, tokens: Value): Value {
  if (mutate === 'mean-pool')
    return graph.op('ReduceMean', [tokens, graph.ints(1)], { keepdims: { int: 0 } });
  return graph.op('Gather', [tokens, graph.index(0)], { axis: { int: 1 } });
}

/** The mean of the patches' tokens: [B, T, C] -> [B, C]. */
function meanOfPatches(t: Tower, tokens: Value): Value {
  const { graph, mutate } = t;
  if (mutate === 'class-token') return pool(t, tokens);
  const ends = [graph.ints(1), graph.ints(Number.MAX_SAFE_INTEGER), graph.ints(1)];
  const patches = mutate === 'class-in-mean' ? tokens : graph.op('Slice', [tokens, ...ends]);
  return graph.op('ReduceMean', [patches, graph.ints(1)], { keepdims: { int: 0 } });
}

/** The image towers' ends: pooled and normalised rows [B, C], and the tokens as they are given out. */
export function normAndPool(
  t: Tower,
  x: Value,
  norm: string,
  { pool: by, normAfterPool = false }: ImagePooling,
): { pooled: Value; tokens: Value } {
  const read = (rows: Value) => (by === 'mean' ? meanOfPatches(t, rows) : pool(t, rows));
  const after = normAfterPool !== (t.mutate === 'norm-other-side');
  const pooled = after ? layerNorm(t, read(x), norm) : read(layerNorm(t, x, norm));
  return { pooled, tokens: normAfterPool ? x : layerNorm(t, x, norm) };
}

export interface ImagePooling {
  readonly pool?: 'mean';
  readonly normAfterPool?: boolean;
}

/** Rows of length 1: x / |x|. */
export function l2Normalize({ graph }: Tower, x: Value): Value {
  return graph.op('LpNormalization', [x], { axis: { int: -1 }, p: { int: 2 } });
}

function transposed({ shape: [rows = 1, cols = 1], data }: Weight): Weight {
  return { shape: [cols, rows], data: transpose(data, rows, cols) };
}
