import batchRowsSource from '../../../shaders/head/batch-rows.wgsl';
import identitySource from '../../../shaders/head/identity.wgsl';
import rowSumsSource from '../../../shaders/head/row-sums.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import { workgroupSize } from '../../device/software.ts';
import type { Tensor } from '../../device/tensor.ts';
import { linear } from '../../kernels/gemm/gemm.ts';
import { packColumns, packRows } from '../../kernels/gemm/pack-columns.ts';
import { type LossWeights, type PairLoss, pairLoss, type StepTensors } from './loss.ts';
import { type UnitRows, unitGradient, unitRows } from './normalise.ts';
import { valuesOf } from './values.ts';

const batchRowsKernel = /* @__PURE__ */ defineKernel({
  name: 'head-batch-rows',
  source: batchRowsSource,
  params: { batch: 'u32', width: 'u32' },
  bind: { x: 'read', order: 'read', clock: 'read', y: 'write' },
});
const identityKernel = /* @__PURE__ */ defineKernel({
  name: 'head-identity',
  source: identitySource,
  params: { dim: 'u32', first: 'u32', identity: 'f32' },
  bind: { weight: 'read', gradient: 'write', departures: 'write' },
});
const rowSumsKernel = /* @__PURE__ */ defineKernel({
  name: 'head-row-sums',
  source: rowSumsSource,
  params: { cols: 'u32' },
  bind: { x: 'read', y: 'write' },
});

/** An affine map's values, or as many gradients or moments of them. */
export interface AffineTensors {
  /** `[D, D]` */
  readonly weight: Tensor;
  /** `[D]` */
  readonly bias: Tensor;
}

export interface Pair<T> {
  readonly image: T;
  readonly text: T;
}

export interface HeadGradient {
  readonly gradients: Pair<AffineTensors>;
  /** What `recordLoss` takes. */
  readonly loss: PairLoss;
  /** `[2, D]`: |W - I|^2 of each map by column, or unused */
  readonly departures: Tensor;
}

/** Records the gradients of the step's batch in both maps: z = unit(W x + b) for rows x of `data` `[n, D]`. */
export function headGradient(
  cmd: Commands,
  data: Pair<Tensor>,
  maps: Pair<AffineTensors>,
  steps: StepTensors,
  weights: LossWeights,
): HeadGradient {
  const image = forward(cmd, data.image, maps.image, steps);
  const text = forward(cmd, data.text, maps.text, steps);
  const loss = pairLoss(cmd, image.unit, text.unit, steps, weights);
  const departures = weights.identity === 0 ? cmd.gpu.nothing : cmd.alloc([2, image.x.shape[1] ?? 0]);
  const backward = ({ x, unit }: Mapped, dz: Tensor, { weight }: AffineTensors, first: number) => {
    const du = unitGradient(cmd, unit, { dz, more: loss.shared }, true);
    const addTo = identityGradient(cmd, weight, departures, first, weights);
    return { weight: linear(cmd, du, { weight: packColumns(cmd, x) }, { addTo }), bias: rowSums(cmd, du) };
  };
  const gradients = {
    image: backward(image, loss.images, maps.image, 0),
    text: backward(text, loss.texts, maps.text, departures.size / 2),
  };
  return { gradients, loss, departures };
}

interface Mapped {
  /** `[B, D]` */
  readonly x: Tensor;
  readonly unit: UnitRows;
}

function forward(
  cmd: Commands,
  data: Tensor,
  { weight, bias }: AffineTensors,
  { order, clock }: StepTensors,
): Mapped {
  const [batch, dim] = [order.shape[1] ?? 0, data.shape[1] ?? 0];
  const x = cmd.alloc([batch, dim]);
  const { width, parts } = valuesOf(dim);
  cmd.dispatch(batchRowsKernel, {
    bind: { x: data, order, clock, y: x },
    params: { batch, width },
    parts,
    groups: batch,
  });
  const u = linear(cmd, x, { weight: packRows(cmd, weight), bias });
  return { x, unit: unitRows(cmd, u) };
}

/** The gradient of the identity penalty in a weight, which that of the loss is added to; undefined without one. */
function identityGradient(
  cmd: Commands,
  weight: Tensor,
  departures: Tensor,
  first: number,
  { identity }: LossWeights,
): Tensor | undefined {
  if (identity === 0) return undefined;
  const [dim = 0] = weight.shape;
  const gradient = cmd.alloc(weight.shape);
  cmd.dispatch(identityKernel, {
    bind: { weight, gradient, departures },
    params: { dim, first, identity },
    groups: Math.ceil(dim / 64),
  });
  return gradient;
}

function rowSums(cmd: Commands, x: Tensor): Tensor {
  const [rows = 0, cols = 0] = x.shape;
  const y = cmd.alloc([rows]);
  cmd.dispatch(rowSumsKernel, {
    bind: { x, y },
    params: { cols },
    groups: rows,
    constants: { WORKGROUP: workgroupSize(cmd.gpu, 64) },
  });
  return y;
}
