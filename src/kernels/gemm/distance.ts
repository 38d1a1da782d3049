import epilogue from '../../../shaders/parts/distance-epilogue.wgsl';
import type { Commands } from '../../device/commands.ts';
import type { Tensor } from '../../device/tensor.ts';
import { ShapeError } from '../../errors.ts';
import { recordGemm } from './dispatch.ts';
import type { PackedMatrix } from './packed-matrix.ts';

/**
 * Records the Euclidean distances of each row of x `[M, K]` to each row of w `[N, K]`, as `[M, N]`: the GEMM's tiles
 * with squared differences in place of products. Equal rows have distance 0 exactly.
 * @throws {ShapeError} unless x is `[M, K]`
 */
export function distances(cmd: Commands, x: Tensor, w: PackedMatrix): Tensor {
  const { rows: N, cols: K } = w;
  const [M = 0] = x.shape;
  if (x.shape.length !== 2 || x.shape[1] !== K) throw new ShapeError('distances', 'x', `[M, ${K}]`, x.shape);
  const y = cmd.alloc([M, N]);
  recordGemm(cmd, { x, w, y, sum: 'squared differences', epilogue, detail: 'distances ' });
  return y;
}
