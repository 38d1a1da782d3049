import { VIT_NAMES } from '../../weights/tensor-names.ts';
import type { TimmProjection } from '../../weights/tower-config.ts';
import { GraphBuilder, type OnnxModel, type Value } from './graph.ts';
import {
  type AttentionForm,
  attention,
  gelu,
  type ImagePooling,
  l2Normalize,
  layerNorm,
  linear,
  normAndPool,
  param,
  type Tower,
  type WeightLookup,
} from './layers.ts';
import {
  type AttentionPoolMutation,
  type ImageMeanMutation,
  mutatedEps,
  type VitMutation,
} from './mutations.ts';

const VISUAL = VIT_NAMES.timm;

export interface VitGraphConfig extends Omit<ImagePooling, 'pool'> {
  readonly pool?: 'mean' | 'attention';
  /** False without a class token. */
  readonly classToken?: false;
  /** 64 a head by default. */
  readonly width?: number;
  readonly activation?: 'quickGelu' | 'geluTanh';
  readonly imageSize: number;
  readonly patch: number;
  readonly depth: number;
  readonly heads: number;
  /** LayerNorm's; 1e-6 in timm's ViT. */
  readonly eps: number;
  /** Default `standard`. */
  readonly attention?: AttentionForm;
  readonly proj?: TimmProjection;
  /** LayerNorm before the blocks, and no bias of the patches. */
  readonly preNorm?: boolean;
  readonly mutate?: VitMutation | ImageMeanMutation | AttentionPoolMutation | 'exact-gelu' | 'no-ln-pre';
}

/**
 * timm's pre-norm vision transformer with open_clip's pooling and projection.
 * Input `pixels` [B, 3, S, S], normalised. Outputs `embedding` [B, D], of length 1, and `tokens` [B, T, C], after
 * the last LayerNorm, [CLS] first.
 */
export function vitModel(weights: WeightLookup, config: VitGraphConfig): OnnxModel {
  const { imageSize: S, patch, depth, heads, preNorm = false, classToken = true, mutate } = config;
  const width = config.width ?? heads * 64;
  const graph = new GraphBuilder('vit');
  const eps = mutatedEps(config.eps, 1e-12, mutate);
  const t: Tower = {
    graph,
    weights,
    heads,
    headWidth: width / heads,
    eps,
    gelu: config.activation === 'geluTanh' ? 'tanh' : 'none',
    attention: config.attention ?? 'standard',
    mutate,
  };

  const pixels = graph.input('pixels', 'f32', ['B', 3, S, S]);
  let x = patchEmbed({ ...t, preNorm, classToken }, pixels, patch); // [B, T, C]
  if (preNorm && mutate !== 'no-ln-pre') x = layerNorm(t, x, VISUAL.preNorm);
  for (let i = 0; i < depth; i++) x = block(t, x, `${VISUAL.blocks.prefix}${i}`);
  const { pooled, tokens } =
    config.pool === 'attention'
      ? attentionPool(t, x, classToken)
      : normAndPool(t, x, normOf(config), { ...config, pool: config.pool });
  const embedding = head(t, pooled, config.proj); // [B, D]

  graph.output('embedding', l2Normalize(t, embedding), ['B', 'D']);
  graph.output('tokens', tokens, ['B', Math.floor(S / patch) ** 2 + Number(classToken), width]);
  return graph.build();
}

function normOf({ normAfterPool }: VitGraphConfig): string {
  return normAfterPool ? VISUAL.normAfterPool : VISUAL.norm;
}

/** timm's AttentionPoolLatent on the patches' tokens: its query attends to them, then x + mlp(norm(x)). */
function attentionPool(t: Tower, x: Value, classToken: boolean): { pooled: Value; tokens: Value } {
  const { graph, mutate } = t;
  const P = 'visual.trunk.attn_pool';
  const tokens = layerNorm(t, x, VISUAL.norm);
  if (mutate === 'mean-pool') {
    return { pooled: graph.op('ReduceMean', [tokens, graph.ints(1)], { keepdims: { int: 0 } }), tokens };
  }
  const read = mutate === 'pool-raw-tokens' ? x : tokens;
  const ends = [graph.ints(1), graph.ints(Number.MAX_SAFE_INTEGER), graph.ints(1)];
  const patches = classToken ? graph.op('Slice', [read, ...ends]) : read;
  const latent = param(t, `${P}.latent`); // [1, 1, C]
  const q = mutate === 'pool-raw-query' ? latent : linear(t, latent, `${P}.q`);
  const [first, second] = graph.split(linear(t, patches, `${P}.kv`), 2, -1) as [Value, Value]; // [B, T, C]
  const [k, v] = mutate === 'pool-kv-order' ? [second, first] : [first, second];
  const batch = graph.op('Shape', [k], { start: { int: 0 }, end: { int: 1 } });
  const queries = graph.op('Expand', [
    q,
    graph.op('Concat', [batch, graph.ints(1, 1)], { axis: { int: 0 } }),
  ]);
  const mixed = linear(t, attention({ ...t, mutate: undefined }, queries, k, v), `${P}.proj`); // [B, 1, C]
  const added = linear(
    t,
    gelu(t, linear(t, layerNorm(t, mixed, `${P}.norm`), `${P}.mlp.fc1`)),
    `${P}.mlp.fc2`,
  );
  const sum =
    { 'pool-no-residual': added, 'pool-no-mlp': mixed }[String(mutate)] ?? graph.op('Add', [mixed, added]);
  return { pooled: graph.op('Gather', [sum, graph.index(0)], { axis: { int: 1 } }), tokens };
}

function head(t: Tower, x: Value, { kind, bias }: TimmProjection = { kind: 'linear', bias: false }): Value {
  if (kind === 'none') return x;
  if (kind === 'mlp') {
    const [fc1, fc2] = VISUAL.head.mlp;
    return linear(t, gelu(t, linear(t, x, fc1)), fc2, { bias });
  }
  return linear(t, x, VISUAL.head[kind], { bias });
}

/** [B, 3, S, S] -> [B, T, C]: patches in row-major order behind the class token, positions added to all. */
function patchEmbed(
  t: Tower & { readonly preNorm: boolean; readonly classToken: boolean },
  pixels: Value,
  patch: number,
): Value {
  const { graph } = t;
  const kernel = param(t, `${VISUAL.patchEmbed}.weight`); // [C, 3, P, P]
  const bias = t.preNorm ? [] : [param(t, `${VISUAL.patchEmbed}.bias`)];
  const grid = graph.op('Conv', [pixels, kernel, ...bias], { strides: [patch, patch] }); // [B, C, S/P, S/P]
  const flat = graph.op('Reshape', [grid, graph.ints(0, 0, -1)]);
  const patches = graph.op('Transpose', [flat], { perm: [0, 2, 1] }); // [B, T - 1, C]

  if (!t.classToken) return withPositions(t, patches);
  const batch = graph.op('Shape', [pixels], { start: { int: 0 }, end: { int: 1 } });
  const expanded = graph.op('Concat', [batch, graph.ints(1, 1)], { axis: { int: 0 } });
  const cls = graph.op('Expand', [param(t, VISUAL.clsToken), expanded]); // [B, 1, C]
  const tokens = graph.op('Concat', [cls, patches], { axis: { int: 1 } });
  return withPositions(t, tokens);
}

function withPositions(t: Tower, tokens: Value): Value {
  if (t.mutate === 'no-positions') return tokens;
  return t.graph.op('Add', [tokens, param(t, VISUAL.positions)]);
}

/** x + attn(norm1(x)), then x + mlp(norm2(x)). */
function block(t: Tower, x: Value, name: string): Value {
  const { graph } = t;
  if (t.mutate === 'pre-post-norm') {
    const first = layerNorm(t, graph.op('Add', [x, selfAttention(t, x, name)]), `${name}.norm1`);
    return layerNorm(t, graph.op('Add', [first, mlp(t, first, name)]), `${name}.norm2`);
  }
  const attended = graph.op('Add', [x, selfAttention(t, layerNorm(t, x, `${name}.norm1`), name)]);
  return graph.op('Add', [attended, mlp(t, layerNorm(t, attended, `${name}.norm2`), name)]);
}

function selfAttention(t: Tower, x: Value, name: string): Value {
  const [q, k, v] = t.graph.split(linear(t, x, `${name}.attn.qkv`), 3, -1) as [Value, Value, Value]; // [B, T, C]
  return linear(t, attention(t, q, k, v), `${name}.attn.proj`);
}

function mlp(t: Tower, x: Value, name: string): Value {
  return linear(t, gelu(t, linear(t, x, `${name}.mlp.fc1`)), `${name}.mlp.fc2`);
}
