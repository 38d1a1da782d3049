import type { HeadLayer } from '../../weights/head-layers.ts';
import { clipTextNames } from '../../weights/tensor-names.ts';
import type { LayerNormWeights } from '../kernels/layernorm.ts';
import type { TokenEmbedWeights } from '../kernels/token-embed.ts';
import type { WeightSource } from '../kernels/weight-source.ts';
import { resizeLine } from '../transformer/positions.ts';
import { type PreNormBlockWeights, uploadBlocks } from '../transformer/pre-norm.ts';
import { type Projection, uploadHead } from '../transformer/projection.ts';

export interface ClipTextWeights {
  readonly embeddings: TokenEmbedWeights;
  readonly blocks: readonly PreNormBlockWeights[];
  readonly norm: LayerNormWeights;
  /** `[D, C]`, no bias in most */
  readonly projection: Projection;
}

/** What of its configuration decides which tensors it has. */
export interface ClipTextLayout {
  readonly prefix: '' | 'text.';
  readonly depth: number;
  readonly layerScale?: boolean;
  /** Rows of the tensor of positions, interpolated to the context where they differ. */
  readonly positions: number;
  readonly contextLength: number;
  readonly head: readonly HeadLayer[];
}

/** Uploads the text tower by open_clip's names. */
export async function uploadClipText(
  from: WeightSource,
  { prefix, head, positions, contextLength, ...blocks }: ClipTextLayout,
): Promise<ClipTextWeights> {
  const names = clipTextNames(prefix);
  const embeddings = {
    words: await from.table(names.words, from.tableStorage),
    storage: from.tableStorage,
    positions:
      positions === contextLength
        ? await from.table(names.positions)
        : await from.resized(names.positions, contextLength, (v) => resizeLine(v, positions, contextLength)),
  };
  return {
    embeddings,
    blocks: await uploadBlocks(from, names.blocks, blocks),
    norm: await from.layerNorm(names.norm),
    projection: await uploadHead(from, head),
  };
}
