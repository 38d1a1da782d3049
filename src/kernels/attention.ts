import source from '../../shaders/attention.wgsl';
import subgroupSource from '../../shaders/attention-subgroup.wgsl';
import type { Commands } from '../device/commands.ts';
import type { Gpu } from '../device/gpu.ts';
import { defineKernel } from '../device/kernel.ts';
import { softwareSubgroup, workgroupSize } from '../device/software.ts';
import type { Tensor } from '../device/tensor.ts';
import { ShapeError } from '../errors.ts';

const interfaceOf = {
  params: { width: 'u32' },
  bind: { qkv: 'read', tiles: 'read', y: 'write' },
} as const;
const kernel = /* @__PURE__ */ defineKernel({ name: 'attention', source, ...interfaceOf });
const subgroupKernel = /* @__PURE__ */ defineKernel({
  name: 'attention-subgroup',
  source: subgroupSource,
  ...interfaceOf,
});

/** The head width that attention-subgroup.wgsl is written for. */
const SUBGROUP_HEAD = 64;

/** Queries of a workgroup, one per lane. */
function queriesPerGroup({ info }: Gpu): number {
  return softwareSubgroup(info) ?? workgroupSize({ info }, 64);
}

/** An upper bound on the rows of `attentionTiles` for B sequences of N tokens in all. */
export function attentionTileCount(gpu: Gpu, sequences: number, tokens: number): number {
  return Math.ceil(tokens / queriesPerGroup(gpu)) + sequences;
}

/**
 * The queries of each workgroup, as `[count, 4]`: first token and end of the sequence, first query. Surplus rows are
 * zero, and their workgroups do nothing.
 * @param lengths tokens of each sequence, concatenated in this order
 */
export function attentionTiles(
  gpu: Gpu,
  lengths: readonly number[],
  count: number,
): Uint32Array<ArrayBuffer> {
  const tiles = new Uint32Array(count * 4);
  let row = 0;
  let first = 0;
  for (const length of lengths) {
    for (let query = first; query < first + length; query += queriesPerGroup(gpu)) {
      tiles.set([first, first + length, query], row * 4);
      row += 1;
    }
    first += length;
  }
  return tiles;
}

/**
 * Records multi-head self-attention, softmax(q k^T / sqrt(C / H)) v, within each sequence of a packed batch: qkv
 * `[N, 3C]` to `[N, C]`. As torch.nn.functional.scaled_dot_product_attention with padding masked out.
 * @param tiles `[count, 4]` from `attentionTiles`
 * @param causal a token attends to the tokens before it and itself only, as with `is_causal`
 * @throws {ShapeError} unless the head width is a multiple of 4
 */
export function attention(
  cmd: Commands,
  qkv: Tensor,
  tiles: Tensor,
  heads: number,
  { causal = false } = {},
): Tensor {
  const [tokens = 0, triple = 0] = qkv.shape;
  const width = triple / 3;
  const headWidth = width / heads;
  if (headWidth % 4 !== 0) {
    throw new ShapeError('attention', 'qkv', `[N, 3 * ${heads} heads * a multiple of 4]`, qkv.shape);
  }
  const y = cmd.alloc([tokens, width]);
  cmd.dispatch(kernelFor(cmd.gpu, headWidth), {
    bind: { qkv, tiles, y },
    params: { width },
    groups: [tiles.shape[0] ?? 0, heads],
    constants: {
      QUADS: headWidth / 4,
      QUERIES: queriesPerGroup(cmd.gpu),
      STAGED: !cmd.gpu.info.software,
      KEYS: 16,
      CAUSAL: causal,
    },
  });
  return y;
}

function kernelFor({ info }: Gpu, headWidth: number) {
  return softwareSubgroup(info) && headWidth === SUBGROUP_HEAD ? subgroupKernel : kernel;
}
