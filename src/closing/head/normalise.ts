import unitSource from '../../../shaders/head/unit.wgsl';
import gradientSource from '../../../shaders/head/unit-gradient.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import { workgroupSize } from '../../device/software.ts';
import { expectShape, type Tensor } from '../../device/tensor.ts';
import { valuesOf } from './values.ts';

const unitKernel = /* @__PURE__ */ defineKernel({
  name: 'head-unit',
  source: unitSource,
  params: { width: 'u32', both: 'u32' },
  bind: { a: 'read', b: 'read', z: 'write', inverse: 'write' },
});
const gradientKernel = /* @__PURE__ */ defineKernel({
  name: 'head-unit-gradient',
  source: gradientSource,
  params: { width: 'u32', both: 'u32', rowStride: 'u32', columnStride: 'u32' },
  bind: { dz: 'read', more: 'read', z: 'read', inverse: 'read', du: 'write' },
});

/** Rows of length 1, and what their gradient needs. */
export interface UnitRows {
  /** `[B, D]` */
  readonly z: Tensor;
  /** `[B]`: 1 / the lengths that the rows had */
  readonly inverse: Tensor;
}

/** Records the rows of u `[B, D]`, or of the sum of two such, divided by their lengths. @throws {ShapeError} */
export function unitRows(cmd: Commands, a: Tensor, b?: Tensor): UnitRows {
  const [batch = 0, dim = 0] = a.shape;
  if (b) expectShape('unitRows', { b }, a.shape);
  const z = cmd.alloc(a.shape);
  const inverse = cmd.alloc([batch]);
  const { width, parts } = valuesOf(dim);
  cmd.dispatch(unitKernel, {
    bind: { a, b: b ?? a, z, inverse },
    params: { width, both: Number(b !== undefined) },
    parts,
    groups: batch,
    constants: { WORKGROUP: workgroupSize(cmd.gpu, 64) },
  });
  return { z, inverse };
}

/**
 * Records the gradient in u from that in `unitRows(u).z`, of which `more` may hold another part: `[B, D]`, or transposed
 * `[D, B]`. @throws {ShapeError}
 */
export function unitGradient(
  cmd: Commands,
  { z, inverse }: UnitRows,
  { dz, more }: { readonly dz: Tensor; readonly more?: Tensor },
  transposed: boolean,
): Tensor {
  const [batch = 0, dim = 0] = z.shape;
  expectShape('unitGradient', { dz, more: more ?? dz }, z.shape);
  const { width, parts } = valuesOf(dim);
  const du = cmd.alloc(transposed ? [dim, batch] : [batch, dim]);
  cmd.dispatch(gradientKernel, {
    bind: { dz, more: more ?? dz, z, inverse, du },
    parts,
    params: {
      width,
      both: Number(more !== undefined),
      rowStride: transposed ? 1 : dim,
      columnStride: transposed ? batch : 1,
    },
    groups: batch,
    constants: { WORKGROUP: workgroupSize(cmd.gpu, 64) },
  });
  return du;
}
