import source from '../../shaders/pool-rows.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import { expectShape, type Tensor } from '../device/tensor.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'pool-rows',
  source,
  params: { count: 'u32', width: 'u32', largest: 'u32' },
  bind: { x: 'read', spans: 'read', y: 'write' },
});

/**
 * Records the mean of x `[N, C]` over each span of rows, or the largest value a channel: `[B, C]`. A span of one row is
 * that row, to the bit.
 * @param spans u32 `[B, 2]`: first row, and how many (at least one), within N
 * @throws {ShapeError} unless spans is `[B, 2]`
 */
export function poolRows(cmd: Commands, x: Tensor, spans: Tensor, by: 'mean' | 'max' = 'mean'): Tensor {
  const width = x.shape.at(-1) ?? 1;
  const [count = 0] = spans.shape;
  expectShape('poolRows', { spans }, [count, 2]);
  const y = cmd.alloc([count, width]);
  cmd.dispatch(kernel, {
    bind: { x, spans, y },
    params: { count, width, largest: Number(by === 'max') },
    groups: count * Math.ceil(width / 64),
  });
  return y;
}
