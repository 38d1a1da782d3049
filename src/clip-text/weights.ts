import { clipTextNames } from '../../weights/tensor-names.ts';
import type { Linear } from '../kernels/gemm/gemm.ts';
import type { LayerNormWeights } from '../kernels/layernorm.ts';
import type { TokenEmbedWeights } from '../kernels/token-embed.ts';
import type { WeightSource } from '../kernels/weight-source.ts';
import { type PreNormBlockWeights, uploadBlocks } from '../transformer/pre-norm.ts';

export interface ClipTextWeights {
  readonly embeddings: TokenEmbedWeights;
  readonly blocks: readonly PreNormBlockWeights[];
  readonly norm: LayerNormWeights;
  /** `[D, C]`, no bias */
  readonly projection: Linear;
}

/** Uploads the text tower by open_clip's names. */
export async function uploadClipText(
  from: WeightSource,
  prefix: '' | 'text.',
  depth: number,
): Promise<ClipTextWeights> {
  const names = clipTextNames(prefix);
  const embeddings = {
    words: await from.table(names.words, from.tableStorage),
    storage: from.tableStorage,
    positions: await from.table(names.positions),
  };
  return {
    embeddings,
    blocks: await uploadBlocks(from, names.blocks, depth),
    norm: await from.layerNorm(names.norm),
    projection: await from.projection(names.projection),
  };
}
