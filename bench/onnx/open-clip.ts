import { GraphBuilder, type OnnxModel, type Value } from './graph.ts';
import type { WeightLookup } from './layers.ts';
import {
  type AttentionForm,
  attention,
  gelu,
  type ImagePooling,
  l2Normalize,
  layerNorm,
  normAndPool,
  param,
  type Tower,
} from './layers.ts';
import {
  type ClipTextMutation,
  type ImageMeanMutation,
  type Mutation,
  mutatedEps,
  type OpenClipPartMutation,
  type OpenClipVitMutation,
  type PaddingMutation,
} from './mutations.ts';

// open_clip's own towers, with the names of its state dict written out here once more: what is judged has its own list.

interface OpenClipGraphConfig<M extends Mutation> {
  readonly depth: number;
  readonly width: number;
  readonly heads: number;
  /** LayerNorm's; 1e-5 by torch's default. */
  readonly eps: number;
  readonly activation: 'gelu' | 'quickGelu' | 'geluTanh';
  /** Default `standard`. */
  readonly attention?: AttentionForm;
  /** Whether blocks have `ls_1` and `ls_2`. */
  readonly layerScale?: boolean;
  readonly mutate?: M;
}

export interface OpenClipVitGraphConfig
  extends OpenClipGraphConfig<OpenClipVitMutation | ImageMeanMutation | OpenClipPartMutation>,
    ImagePooling {
  /** Pixels a side. */
  readonly size: number;
  readonly patch: number;
  readonly preNorm: boolean;
}

export interface ClipTextGraphConfig
  extends OpenClipGraphConfig<ClipTextMutation | OpenClipPartMutation | PaddingMutation> {
  /** Instead of the highest id. */
  readonly pool?: 'first' | 'last' | { readonly id: number };
  readonly bidirectional?: boolean;
  readonly proj?: 'bias' | 'none';
  readonly prefix: '' | 'text.';
}

interface OpenClipTower extends Tower {
  readonly quick: boolean;
  readonly layerScale: boolean;
}

/**
 * open_clip's VisionTransformer. Inputs and outputs as of `vitModel`; `tokens` are those after `ln_post`, unless it stands
 * behind pooling.
 */
export function openClipVitModel(weights: WeightLookup, config: OpenClipVitGraphConfig): OnnxModel {
  const { size: S, patch, width, mutate } = config;
  const t = towerOf('open_clip ViT', weights, config);
  const { graph } = t;
  const pixels = graph.input('pixels', 'f32', ['B', 3, S, S]);
  const kernel = param(t, 'visual.conv1.weight');
  const grid = graph.op('Conv', [pixels, kernel], { strides: [patch, patch] }); // [B, C, S/P, S/P]
  const patches = graph.op('Transpose', [graph.op('Reshape', [grid, graph.ints(0, 0, -1)])], {
    perm: [0, 2, 1],
  });
  const batch = graph.op('Shape', [pixels], { start: { int: 0 }, end: { int: 1 } });
  const shape = graph.op('Concat', [batch, graph.ints(1, width)], { axis: { int: 0 } });
  const cls = graph.op('Expand', [param(t, 'visual.class_embedding'), shape]); // [B, 1, C]
  let x = graph.op('Concat', [cls, patches], { axis: { int: 1 } });
  if (mutate !== 'no-positions') x = graph.op('Add', [x, param(t, 'visual.positional_embedding')]);
  if (config.preNorm && mutate !== 'no-ln-pre') x = layerNorm(t, x, 'visual.ln_pre');
  for (let i = 0; i < config.depth; i++) x = resblock(t, x, `visual.transformer.resblocks.${i}`);
  const { pooled, tokens } = normAndPool(t, x, 'visual.ln_post', config);
  const embedding = graph.op('MatMul', [pooled, param(t, 'visual.proj')]); // x @ proj
  graph.output('embedding', l2Normalize(t, embedding), ['B', 'D']);
  graph.output('tokens', tokens, ['B', (S / patch) ** 2 + 1, width]);
  return graph.build();
}

/**
 * open_clip's TextTransformer, causal, pooled at the highest id. Inputs as of `bertModel`; the mask is not looked at:
 * padding stands behind the end. Outputs likewise; `tokens` are those after `ln_final`.
 */
export function clipTextModel(weights: WeightLookup, config: ClipTextGraphConfig): OnnxModel {
  const { prefix, width, mutate } = config;
  const t = towerOf('CLIP text', weights, config);
  const { graph } = t;
  const given = graph.input('input_ids', 'i64', ['B', 'T']);
  const real = graph.input('attention_mask', 'i64', ['B', 'T']);
  const padding = graph.op('Sub', [graph.index(1), real]); // looked at by mutations alone
  const ids = mutate === 'padding-id' ? graph.op('Add', [given, padding]) : given;
  let x = graph.op('Gather', [param(t, `${prefix}token_embedding.weight`), ids]); // [B, T, C]
  const length = graph.op('Shape', [ids], { start: { int: 1 }, end: { int: 2 } });
  if (mutate !== 'no-positions') {
    const all = param(t, `${prefix}positional_embedding`);
    x = graph.op('Add', [x, graph.op('Slice', [all, graph.ints(0), length, graph.ints(0)])]);
  }
  const causal = config.bidirectional ? mutate === 'causal' : mutate !== 'no-mask';
  const unseen = mutate === 'padding-masked' ? paddingMask(t, padding) : undefined;
  const mask = causal ? causalMask(t, length) : unseen;
  for (let i = 0; i < config.depth; i++) x = resblock(t, x, `${prefix}transformer.resblocks.${i}`, mask);
  const tokens = layerNorm(t, x, `${prefix}ln_final`);
  const embedding = textProjection(t, pooledToken(t, tokens, ids, config.pool), prefix, config.proj);
  graph.output('embedding', l2Normalize(t, embedding), ['B', 'D']);
  graph.output('tokens', tokens, ['B', 'T', width]);
  return graph.build();
}

function towerOf<M extends Mutation>(
  name: string,
  weights: WeightLookup,
  {
    width,
    heads,
    eps,
    activation,
    layerScale = false,
    attention: form = 'standard',
    mutate,
  }: OpenClipGraphConfig<M>,
): OpenClipTower {
  return {
    graph: new GraphBuilder(name),
    weights,
    heads,
    headWidth: width / heads,
    eps: mutatedEps(eps, 1e-6, mutate),
    gelu: activation === 'geluTanh' ? 'tanh' : 'none',
    attention: form,
    mutate,
    layerScale: layerScale && mutate !== 'no-layer-scale',
    quick: (activation === 'quickGelu') !== (mutate === 'other-gelu'),
  };
}

function textProjection(t: Tower, x: Value, prefix: string, proj: ClipTextGraphConfig['proj']): Value {
  const { graph, mutate } = t;
  const name = `${prefix}text_projection`;
  if (proj === 'none') return x;
  if (proj === 'bias') {
    const bias = mutate === 'no-projection-bias' ? undefined : `${name}.bias`;
    return linear(t, x, `${name}.weight`, bias);
  }
  const projection = param(t, name);
  const straight =
    mutate === 'straight-projection' ? graph.op('Transpose', [projection], { perm: [1, 0] }) : projection;
  return graph.op('MatMul', [x, straight]);
}

/** The least float32. */
const LEAST = -3.4028234663852886e38;

/** [1, 1, T, T]: 0 up to the query's own position, and the least float32 after it. */
function causalMask({ graph }: Tower, length: Value): Value {
  const square = graph.op('Concat', [length, length], { axis: { int: 0 } });
  const least = graph.op('Expand', [graph.scalar(LEAST), square]); // [T, T]
  const upper = graph.op('Trilu', [least, graph.index(1)], { upper: { int: 1 } });
  return graph.op('Unsqueeze', [upper, graph.ints(0, 1)]);
}

/** [B, T] of 1 where padding is -> [B, 1, 1, T]: there the least float32. */
function paddingMask({ graph }: Tower, padding: Value): Value {
  const floats = graph.op('Cast', [padding], { to: { int: 1 } });
  return graph.op('Unsqueeze', [graph.op('Mul', [floats, graph.scalar(LEAST)]), graph.ints(1, 2)]);
}

/** x + attn(ln_1(x)), then x + mlp(ln_2(x)). */
function resblock(t: OpenClipTower, x: Value, name: string, mask?: Value): Value {
  const { graph } = t;
  if (t.mutate === 'pre-post-norm') {
    const first = layerNorm(t, graph.op('Add', [x, selfAttention(t, x, name, mask)]), `${name}.ln_1`);
    return layerNorm(t, graph.op('Add', [first, mlp(t, first, name)]), `${name}.ln_2`);
  }
  const scaled = (part: Value, scale: string) =>
    t.layerScale ? graph.op('Mul', [part, param(t, `${name}.${scale}.gamma`)]) : part;
  const mixed = selfAttention(t, layerNorm(t, x, `${name}.ln_1`), name, mask);
  const attended = graph.op('Add', [x, scaled(mixed, 'ls_1')]);
  const hidden = mlp(t, layerNorm(t, attended, `${name}.ln_2`), name);
  return graph.op('Add', [attended, scaled(hidden, 'ls_2')]);
}

function selfAttention(t: OpenClipTower, x: Value, name: string, mask?: Value): Value {
  const packed = linear(t, x, `${name}.attn.in_proj_weight`, `${name}.attn.in_proj_bias`); // [B, T, 3C]
  const [q, k, v] = t.graph.split(packed, 3, -1) as [Value, Value, Value];
  return linear(t, attention(t, q, k, v, mask), `${name}.attn.out_proj.weight`, `${name}.attn.out_proj.bias`);
}

function mlp(t: OpenClipTower, x: Value, name: string): Value {
  const hidden = linear(t, x, `${name}.mlp.c_fc.weight`, `${name}.mlp.c_fc.bias`);
  return linear(
    t,
    t.quick ? quickGelu(t, hidden) : gelu(t, hidden),
    `${name}.mlp.c_proj.weight`,
    `${name}.mlp.c_proj.bias`,
  );
}

/** x sigmoid(1.702 x), or under `tanh-gelu` GELU's tanh form. */
function quickGelu(t: OpenClipTower, x: Value): Value {
  if (t.mutate === 'tanh-gelu') return gelu(t, x);
  const gate = t.graph.op('Sigmoid', [t.graph.op('Mul', [x, t.graph.scalar(1.702)])]);
  return t.graph.op('Mul', [x, gate]);
}

/** x [..., In] times a weight [Out, In], plus a bias. */
function linear(t: Tower, x: Value, weight: string, bias?: string): Value {
  const transposed = t.graph.op('Transpose', [param(t, weight)], { perm: [1, 0] }); // a constant, folded by ORT
  const product = t.graph.op('MatMul', [x, transposed]);
  return bias === undefined ? product : t.graph.op('Add', [product, param(t, bias)]);
}

/** The row of each text's highest id, the first of several, or another: [B, T, C] -> [B, C]. */
function pooledToken(t: Tower, tokens: Value, ids: Value, pool: ClipTextGraphConfig['pool']): Value {
  const { graph, mutate } = t;
  const ends = { 'first-pool': 'first', 'last-pool': 'last' } as const;
  const at = mutate === 'first-pool' || mutate === 'last-pool' ? ends[mutate] : pool;
  if (at === 'first' || at === 'last') {
    return graph.op('Gather', [tokens, graph.index(at === 'first' ? 0 : -1)], { axis: { int: 1 } });
  }
  const equal = at && graph.op('Cast', [graph.op('Equal', [ids, graph.index(at.id)])], { to: { int: 1 } });
  const end = graph.op('ArgMax', [equal ?? ids], { axis: { int: 1 }, keepdims: { int: 1 } }); // [B, 1]
  return graph.op('GatherND', [tokens, end], { batch_dims: { int: 1 } }); // [B, C]
}
