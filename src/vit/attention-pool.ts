import type { AttentionPoolNames } from '../../weights/tensor-names.ts';
import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { attentionPool } from '../kernels/attention-pool.ts';
import { type Linear, linear } from '../kernels/gemm/gemm.ts';
import { type LayerNormWeights, layerNorm } from '../kernels/layernorm.ts';
import type { WeightSource } from '../kernels/weight-source.ts';
import type { PreNormConfig } from '../transformer/pre-norm.ts';

/** Weights of timm's AttentionPoolLatent with one latent. */
export interface AttentionPoolWeights {
  /** The learned query before its layer, `[1, C]` */
  readonly latent: Tensor;
  readonly q: Linear;
  /** `[2C, C]`, keys first */
  readonly kv: Linear;
  readonly proj: Linear;
  readonly norm: LayerNormWeights;
  readonly mlp: { readonly fc1: Linear; readonly fc2: Linear };
}

/** Normalised tokens x `[N, C]` pooled over each span `[B, 2]` by a learned query, then y += mlp(norm(y)): `[B, C]`. */
export function latentPool(
  cmd: Commands,
  x: Tensor,
  spans: Tensor,
  w: AttentionPoolWeights,
  { heads, eps, activation }: Pick<PreNormConfig, 'heads' | 'eps' | 'activation'>,
): Tensor {
  const q = linear(cmd, w.latent, w.q); // [1, C], the same for all images
  const mixed = attentionPool(cmd, q, linear(cmd, x, w.kv), spans, heads); // [B, C]
  const y = linear(cmd, mixed, w.proj);
  const hidden = linear(cmd, layerNorm(cmd, y, w.norm, eps), w.mlp.fc1, { activation });
  return linear(cmd, hidden, w.mlp.fc2, { addTo: y }); // y += fc2(hidden)
}

/** Uploads them by timm's names. */
export async function uploadAttentionPool(
  from: WeightSource,
  names: AttentionPoolNames,
): Promise<AttentionPoolWeights> {
  return {
    latent: await from.table(names.latent),
    q: await from.linear(names.q),
    kv: await from.linear(names.kv),
    proj: await from.linear(names.proj),
    norm: await from.layerNorm(names.norm),
    mlp: { fc1: await from.linear(names.fc1), fc2: await from.linear(names.fc2) },
  };
}
