import source from '../../shaders/select-rows.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import type { Tensor } from '../device/tensor.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'select-rows',
  source,
  params: { count: 'u32', width: 'u32' },
  bind: { x: 'read', rows: 'read', y: 'write' },
});

/** Records `x[rows]`: x `[N, C]`, rows `[B]` (each below N) to `[B, C]`. */
export function selectRows(cmd: Commands, x: Tensor, rows: Tensor): Tensor {
  const width = x.shape.at(-1) ?? 1;
  const y = cmd.alloc([rows.size, width]);
  cmd.dispatch(kernel, { bind: { x, rows, y }, params: { count: rows.size, width }, groups: rows.size });
  return y;
}
