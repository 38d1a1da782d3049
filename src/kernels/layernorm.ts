import source from '../../shaders/layernorm.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import { workgroupSize } from '../device/software.ts';
import type { Tensor } from '../device/tensor.ts';
import { expectShape } from '../device/tensor.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'layernorm',
  source,
  params: { rows: 'u32', cols: 'u32', eps: 'f32' },
  bind: { x: 'read', weight: 'read', bias: 'read', y: 'write' },
});

/** Both `[C]`. */
export interface LayerNormWeights {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/**
 * Records `LayerNorm(x)` over the last axis of x `[..., C]`.
 * @param y the output, instead of new memory; must not be x
 * @throws {ShapeError} unless weight and bias are `[C]` and y has the shape of x
 */
export function layerNorm(
  cmd: Commands,
  x: Tensor,
  { weight, bias }: LayerNormWeights,
  eps: number,
  y: Tensor = cmd.alloc(x.shape),
): Tensor {
  const cols = x.shape.at(-1) ?? 1;
  const rows = x.size / cols;
  expectShape('layerNorm', { weight, bias }, [cols]);
  expectShape('layerNorm', { y }, x.shape);
  cmd.dispatch(kernel, {
    bind: { x, weight, bias, y },
    params: { rows, cols, eps },
    groups: rows,
    constants: { WORKGROUP: workgroupSize(cmd.gpu, 128) },
  });
  return y;
}
