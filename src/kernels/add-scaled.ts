import source from '../../shaders/add-scaled.wgsl';
import type { Commands } from '../device/commands.ts';
import { defineKernel } from '../device/kernel.ts';
import { expectShape, type Tensor } from '../device/tensor.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'add-scaled',
  source,
  params: { size: 'u32', width: 'u32' },
  bind: { y: 'read', scale: 'read', x: 'write' },
});

/**
 * Records `x += scale * y` in place: x and y `[N, C]`, scale `[C]`, as timm's and open_clip's LayerScale.
 * @throws {ShapeError} unless the shapes are these
 */
export function addScaled(cmd: Commands, x: Tensor, y: Tensor, scale: Tensor): void {
  const width = x.shape.at(-1) ?? 1;
  expectShape('addScaled', { y }, x.shape);
  expectShape('addScaled', { scale }, [width]);
  cmd.dispatch(kernel, {
    bind: { y, scale, x },
    params: { size: x.size, width },
    groups: Math.ceil(x.size / 64),
  });
}
