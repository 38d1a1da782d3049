import source from '../../shaders/l2-normalize.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import type { Tensor } from '../device/tensor.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'l2-normalize',
  source,
  params: { rows: 'u32', cols: 'u32' },
  bind: { x: 'read', y: 'write' },
});

/** Records `x / max(||x||, 1e-12)` over the last axis, as torch.nn.functional.normalize. */
export function l2Normalize(cmd: Commands, x: Tensor): Tensor {
  const cols = x.shape.at(-1) ?? 1;
  const rows = x.size / cols;
  const y = cmd.alloc(x.shape);
  cmd.dispatch(kernel, { bind: { x, y }, params: { rows, cols }, groups: Math.ceil(rows / 32) });
  return y;
}
