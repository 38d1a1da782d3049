import type { HeadLayer } from '../../weights/head-layers.ts';
import type { VitNames } from '../../weights/tensor-names.ts';
import type { LayerNormWeights } from '../kernels/layernorm.ts';
import type { PatchEmbedWeights } from '../kernels/patch-embed.ts';
import type { WeightSource } from '../kernels/weight-source.ts';
import { resizeGrid } from '../transformer/positions.ts';
import { type PreNormBlockWeights, uploadBlocks } from '../transformer/pre-norm.ts';
import { type Projection, uploadHead } from '../transformer/projection.ts';
import { type AttentionPoolWeights, uploadAttentionPool } from './attention-pool.ts';

export interface VitWeights {
  readonly patchEmbed: PatchEmbedWeights;
  readonly preNorm?: LayerNormWeights;
  readonly blocks: readonly PreNormBlockWeights[];
  readonly norm: LayerNormWeights;
  readonly attentionPool?: AttentionPoolWeights;
  /** `[D, C]` in most */
  readonly head: Projection;
}

/** What of a ViT's configuration decides which tensors it has. */
export interface VitLayout {
  readonly depth: number;
  /** Whether the patches' layer has a bias. */
  readonly patchBias: boolean;
  /** Tokens before the patches' own: 1 or 0. */
  readonly classTokens: number;
  /** Whether a LayerNorm stands before the blocks. */
  readonly preNorm: boolean;
  /** Whether a learned query pools the tokens. */
  readonly attentionPool?: boolean;
  readonly layerScale?: boolean;
  /** Patches a side. */
  readonly grid: number;
  /** The same of the tensor of positions, where it is of another size. */
  readonly positionGrid?: number;
  /** Name of the last LayerNorm. */
  readonly norm: string;
  readonly head: readonly HeadLayer[];
}

/** Uploads the image tower by its layout's names. */
export async function uploadVit(
  from: WeightSource,
  names: VitNames,
  { patchBias, classTokens, preNorm, attentionPool, norm, head, grid, positionGrid, ...blocks }: VitLayout,
): Promise<VitWeights> {
  const patchEmbed = {
    proj: await from.linear(names.patchEmbed, { bias: patchBias }),
    cls: classTokens === 1 ? await from.vector([names.clsToken]) : undefined,
    positions: positionGrid
      ? await from.resized(names.positions, classTokens + grid ** 2, (values) =>
          resizeGrid(values, positionGrid, grid, classTokens),
        )
      : await from.table(names.positions),
  };
  return {
    patchEmbed,
    preNorm: preNorm && names.preNorm ? await from.layerNorm(names.preNorm) : undefined,
    blocks: await uploadBlocks(from, names.blocks, blocks),
    norm: await from.layerNorm(norm),
    attentionPool:
      attentionPool && names.attentionPool ? await uploadAttentionPool(from, names.attentionPool) : undefined,
    head: await uploadHead(from, head),
  };
}
