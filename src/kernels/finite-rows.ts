import source from '../../shaders/finite-rows.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import type { Tensor } from '../device/tensor.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'finite-rows',
  source,
  params: { rows: 'u32', cols: 'u32' },
  bind: { x: 'read', finite: 'write' },
});

/** Records a check of the rows of x `[..., C]`: 1 if all values are finite, 0 for a row with a NaN or an infinity. */
export function finiteRows(cmd: Commands, x: Tensor): Tensor {
  const cols = x.shape.at(-1) ?? 1;
  const rows = x.size / cols;
  const finite = cmd.alloc(x.shape.slice(0, -1));
  cmd.dispatch(kernel, { bind: { x, finite }, params: { rows, cols }, groups: Math.ceil(rows / 32) });
  return finite;
}
