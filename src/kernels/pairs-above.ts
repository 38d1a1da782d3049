import source from '../../shaders/pairs-above.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import type { Tensor } from '../device/tensor.ts';
import { expectShape } from '../device/tensor.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'pairs-above',
  source,
  params: { cols: 'u32', firstCol: 'u32', places: 'u32', triangular: 'u32', threshold: 'f32' },
  bind: { scores: 'read', range: 'read', found: 'write', count: 'write' },
});

export interface PairsAbove {
  /** `[2]`: the number of the first row, and how many rows of the scores count. */
  readonly range: Tensor;
  /** `[1]`: grows by the pairs found. */
  readonly count: Tensor;
  /** `[places, 3]`: row, column and bits of the score. */
  readonly found: Tensor;
  readonly firstCol: number;
  readonly threshold: number;
  /** Only columns beyond the row. */
  readonly triangular: boolean;
}

/** Records the search for scores `[rows, cols]` of at least the threshold. @throws {ShapeError} */
export function pairsAbove(cmd: Commands, scores: Tensor, pairs: PairsAbove): void {
  const [rows = 0, cols = 0] = scores.shape;
  const { range, count, found, firstCol, threshold, triangular } = pairs;
  const places = found.shape[0] ?? 0;
  expectShape('pairsAbove', { range }, [2]);
  expectShape('pairsAbove', { count }, [1]);
  expectShape('pairsAbove', { found }, [places, 3]);
  cmd.dispatch(kernel, {
    bind: { scores, range, found, count },
    params: { cols, firstCol, places, triangular: Number(triangular), threshold },
    groups: Math.ceil((rows * Math.ceil(cols / 4)) / 64),
    detail: `${rows} x ${cols}`,
  });
}
