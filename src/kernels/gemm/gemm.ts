import epilogue from '../../../shaders/parts/gemm-epilogue.wgsl';
import type { Commands } from '../../device/commands.ts';
import type { Tensor } from '../../device/tensor.ts';
import { expectShape } from '../../device/tensor.ts';
import { ShapeError } from '../../errors.ts';
import { type Activation, recordGemm } from './dispatch.ts';
import type { PackedMatrix } from './packed-matrix.ts';
import type { GemmTile } from './tile.ts';

/** A layer's weight `[N, K]` and bias `[N]`. */
export interface Linear {
  readonly weight: PackedMatrix;
  readonly bias?: Tensor;
}

export interface LinearOptions {
  readonly activation?: Activation;
  /** Adds the result to this `[..., N]` in place instead of allocating. */
  readonly addTo?: Tensor;
  /** Overrides the tuned choice; for the tuner and for tests. */
  readonly tile?: GemmTile;
}

/**
 * Records `x W^T + bias` for x `[..., K]`, as torch.nn.functional.linear, with an activation and a residual addition fused.
 * Gives `[..., N]`. Sums are in f32 whatever the weights' storage.
 * @throws {ShapeError} unless x ends in K, bias is `[N]` and addTo is `[..., N]`
 */
export function linear(
  cmd: Commands,
  x: Tensor,
  { weight, bias }: Linear,
  { activation, addTo, tile }: LinearOptions = {},
): Tensor {
  const { rows: N, cols: K } = weight;
  if (x.shape.at(-1) !== K) throw new ShapeError('linear', 'x', `[..., ${K}]`, x.shape);
  const shape = [...x.shape.slice(0, -1), N];
  if (bias) expectShape('linear', { bias }, [N]);
  if (addTo) expectShape('linear', { addTo }, shape);

  const y = addTo ?? cmd.alloc(shape);
  recordGemm(cmd, {
    x,
    w: weight,
    y,
    bias,
    tile,
    sum: 'products',
    epilogue,
    activation,
    addTo: addTo !== undefined,
  });
  return y;
}
