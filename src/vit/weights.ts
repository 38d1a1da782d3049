import { VISUAL } from '../../weights/tensor-names.ts';
import type { Linear } from '../kernels/gemm/gemm.ts';
import type { LayerNormWeights } from '../kernels/layernorm.ts';
import type { PatchEmbedWeights } from '../kernels/patch-embed.ts';
import type { WeightSource } from '../kernels/weight-source.ts';

export interface VitWeights {
  readonly patchEmbed: PatchEmbedWeights;
  readonly blocks: readonly VitBlockWeights[];
  readonly norm: LayerNormWeights;
  /** `[D, C]`, no bias */
  readonly head: Linear;
}

export interface VitBlockWeights {
  readonly norm1: LayerNormWeights;
  readonly attn: { readonly qkv: Linear; readonly proj: Linear };
  readonly norm2: LayerNormWeights;
  readonly mlp: { readonly fc1: Linear; readonly fc2: Linear };
}

/** Uploads the image tower by timm's names under `visual.`. */
export async function uploadVit(from: WeightSource, depth: number): Promise<VitWeights> {
  const patchEmbed = {
    proj: await from.linear(VISUAL.patchEmbed),
    cls: await from.vector([VISUAL.clsToken]),
    positions: await from.table(VISUAL.positions),
  };
  const blocks: VitBlockWeights[] = [];
  for (let i = 0; i < depth; i++) blocks.push(await uploadBlock(from, VISUAL.block(i)));
  const norm = await from.layerNorm(VISUAL.norm);
  return { patchEmbed, blocks, norm, head: await from.linear(VISUAL.head, { bias: false }) };
}

async function uploadBlock(from: WeightSource, block: string): Promise<VitBlockWeights> {
  return {
    norm1: await from.layerNorm(`${block}.norm1`),
    attn: { qkv: await from.linear(`${block}.attn.qkv`), proj: await from.linear(`${block}.attn.proj`) },
    norm2: await from.layerNorm(`${block}.norm2`),
    mlp: { fc1: await from.linear(`${block}.mlp.fc1`), fc2: await from.linear(`${block}.mlp.fc2`) },
  };
}
