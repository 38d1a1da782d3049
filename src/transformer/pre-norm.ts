import { type BlocksNames, blockNames } from '../../weights/tensor-names.ts';
import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { addScaled } from '../kernels/add-scaled.ts';
import { attention } from '../kernels/attention.ts';
import { type Linear, linear } from '../kernels/gemm/gemm.ts';
import { type LayerNormWeights, layerNorm } from '../kernels/layernorm.ts';
import { poolRows } from '../kernels/pool-rows.ts';
import type { WeightSource } from '../kernels/weight-source.ts';

export interface PreNormBlockWeights {
  readonly norm1: LayerNormWeights;
  readonly attn: { readonly qkv: Linear; readonly proj: Linear };
  readonly norm2: LayerNormWeights;
  readonly mlp: { readonly fc1: Linear; readonly fc2: Linear };
  /** `[C]`, of what attention and MLP add: layer scale, where the blocks have it */
  readonly scales?: { readonly attn: Tensor; readonly mlp: Tensor };
}

export interface PreNormConfig {
  readonly heads: number;
  readonly eps: number;
  readonly activation: 'gelu' | 'quickGelu' | 'geluTanh';
  /** A token attends to those before it and itself only. */
  readonly causal: boolean;
}

/** Which tokens attend to each other, and which go on after the last block. */
export interface PreNormRows {
  /** `[tiles, 4]` from `attentionTiles` */
  readonly tiles: Tensor;
  /** `[B, 2]` the first of the rows that each sequence is pooled over, and how many */
  readonly pooledRows: Tensor;
}

/**
 * A stack of pre-norm blocks (x += attention(norm1(x)), x += mlp(norm2(x))), on the residual stream x `[N, C]` in
 * place, and gives it. Unless the `wholeStream` is wanted, the last block computes the pooled rows alone, one a sequence:
 * then it gives these, `[B, C]`, and x is left as it was before it.
 */
export function preNormBlocks(
  cmd: Commands,
  x: Tensor,
  blocks: readonly PreNormBlockWeights[],
  { tiles, pooledRows }: PreNormRows,
  cfg: PreNormConfig,
  wholeStream: boolean,
): Tensor {
  const last = wholeStream ? undefined : blocks.at(-1);
  for (const block of last ? blocks.slice(0, -1) : blocks)
    cmd.scope(() => addBlock(cmd, x, block, tiles, cfg));
  return last ? lastBlock(cmd, x, last, tiles, pooledRows, cfg) : x;
}

/** One block, added to the residual stream x `[N, C]` in place. */
function addBlock(cmd: Commands, x: Tensor, w: PreNormBlockWeights, tiles: Tensor, cfg: PreNormConfig): void {
  const mixed = attended(cmd, x, w, tiles, cfg); // [N, C]
  addLinear(cmd, x, mixed, w.attn.proj, w.scales?.attn); // x += proj(mixed)
  addMlp(cmd, x, w, cfg);
}

/** The last block's output for the pooled tokens alone, `[B, C]`: after attention each token is computed by itself. */
function lastBlock(
  cmd: Commands,
  x: Tensor,
  w: PreNormBlockWeights,
  tiles: Tensor,
  pooledRows: Tensor,
  cfg: PreNormConfig,
): Tensor {
  const mixed = poolRows(cmd, attended(cmd, x, w, tiles, cfg), pooledRows); // [B, C]
  const pooled = poolRows(cmd, x, pooledRows);
  addLinear(cmd, pooled, mixed, w.attn.proj, w.scales?.attn);
  addMlp(cmd, pooled, w, cfg);
  return pooled;
}

/** Multi-head self-attention of the normalised tokens, before its projection: `[N, C]`. */
function attended(
  cmd: Commands,
  x: Tensor,
  w: PreNormBlockWeights,
  tiles: Tensor,
  { heads, eps, causal }: PreNormConfig,
): Tensor {
  const qkv = linear(cmd, layerNorm(cmd, x, w.norm1, eps), w.attn.qkv); // [N, 3C]
  return attention(cmd, qkv, tiles, heads, { causal });
}

function addMlp(cmd: Commands, x: Tensor, w: PreNormBlockWeights, { eps, activation }: PreNormConfig): void {
  const hidden = linear(cmd, layerNorm(cmd, x, w.norm2, eps), w.mlp.fc1, { activation }); // [.., 4C]
  addLinear(cmd, x, hidden, w.mlp.fc2, w.scales?.mlp); // x += fc2(hidden)
}

/** x += scale * layer(y); without a scale in the GEMM itself. */
function addLinear(cmd: Commands, x: Tensor, y: Tensor, layer: Linear, scale: Tensor | undefined): void {
  if (scale) addScaled(cmd, x, linear(cmd, y, layer), scale);
  else linear(cmd, y, layer, { addTo: x });
}

/** Uploads `depth` blocks. */
export async function uploadBlocks(
  from: WeightSource,
  names: BlocksNames,
  { depth, layerScale = false }: { readonly depth: number; readonly layerScale?: boolean },
): Promise<PreNormBlockWeights[]> {
  const blocks: PreNormBlockWeights[] = [];
  for (let i = 0; i < depth; i++) {
    const { norm1, qkv, proj, norm2, fc1, fc2, scale1, scale2 } = blockNames(names, i);
    blocks.push({
      norm1: await from.layerNorm(norm1),
      attn: { qkv: await from.linear(qkv), proj: await from.linear(proj) },
      norm2: await from.layerNorm(norm2),
      mlp: { fc1: await from.linear(fc1), fc2: await from.linear(fc2) },
      ...(layerScale && { scales: { attn: await from.vector([scale1]), mlp: await from.vector([scale2]) } }),
    });
  }
  return blocks;
}
