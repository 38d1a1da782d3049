import type { HeadLayer } from '../../weights/head-layers.ts';
import type { Commands } from '../device/commands.ts';
import type { Tensor } from '../device/tensor.ts';
import { type Linear, linear } from '../kernels/gemm/gemm.ts';
import type { WeightSource } from '../kernels/weight-source.ts';

/** What brings a tower's pooled rows to the width of embeddings: nothing, one layer, or two with a GELU between them. */
export type Projection = readonly [] | readonly [Linear] | readonly [Linear, Linear];

/** Pooled rows `[B, C]` to embeddings `[B, D]`. */
export function project(cmd: Commands, pooled: Tensor, [first, second]: Projection): Tensor {
  if (!first) return pooled;
  if (!second) return linear(cmd, pooled, first);
  return linear(cmd, linear(cmd, pooled, first, { activation: 'gelu' }), second);
}

/** Uploads those layers, at most two. */
export async function uploadHead(from: WeightSource, layers: readonly HeadLayer[]): Promise<Projection> {
  const upload = ({ name, bias, transposed }: HeadLayer) =>
    transposed ? from.projection(name) : from.linear(name, { bias });
  const [first, second] = layers;
  if (!first) return [];
  return second ? [await upload(first), await upload(second)] : [await upload(first)];
}
