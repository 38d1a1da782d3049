import clipSource from '../../../shaders/head/clip-gradient.wgsl';
import logSumExpSource from '../../../shaders/head/log-sum-exp.wgsl';
import lossSource from '../../../shaders/head/loss.wgsl';
import uniformitySource from '../../../shaders/head/uniformity-gradient.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import { workgroupSize } from '../../device/software.ts';
import type { Tensor } from '../../device/tensor.ts';
import { linear } from '../../kernels/gemm/gemm.ts';
import { packColumns, packRows } from '../../kernels/gemm/pack-columns.ts';
import { type UnitRows, unitGradient, unitRows } from './normalise.ts';

const logSumExpKernel = /* @__PURE__ */ defineKernel({
  name: 'head-log-sum-exp',
  source: logSumExpSource,
  params: { count: 'u32', lineStride: 'u32', stride: 'u32', first: 'u32', scale: 'f32', diagonal: 'u32' },
  bind: { m: 'read', schedule: 'read', clock: 'read', sums: 'write' },
});
const clipKernel = /* @__PURE__ */ defineKernel({
  name: 'head-clip-gradient',
  source: clipSource,
  params: { batch: 'u32', align: 'f32' },
  bind: { s: 'read', sums: 'read', schedule: 'read', clock: 'read', ds: 'write', transposed: 'write' },
});
const uniformityKernel = /* @__PURE__ */ defineKernel({
  name: 'head-uniformity-gradient',
  source: uniformitySource,
  params: { batch: 'u32', first: 'u32', weight: 'f32' },
  bind: { g: 'read', sums: 'read', weights: 'write' },
});
const lossKernel = /* @__PURE__ */ defineKernel({
  name: 'head-loss',
  source: lossSource,
  params: { batch: 'u32', dim: 'u32', modGap: 'f32', identity: 'f32' },
  bind: {
    s: 'read',
    sums: 'read',
    departures: 'read',
    schedule: 'read',
    clock: 'write',
    losses: 'write',
  },
});

/** What changes from step to step, for up to `reportEvery` steps, written before the first of them. */
export interface StepTensors {
  /** `[1]`: the step */
  readonly clock: Tensor;
  /** `[steps, 4]`, as `Step` in shaders/parts/head-step.wgsl */
  readonly schedule: Tensor;
  /** `[steps, B]`: the batches' rows */
  readonly order: Tensor;
  /** `[steps]` */
  readonly losses: Tensor;
}

/** The weights of the loss's terms. */
export interface LossWeights {
  readonly identity: number;
  readonly modGap: number;
}

/** What the loss of a batch leaves for its gradient. */
export interface PairLoss {
  /** `[B, B]`: the cosines of images (rows) and texts (columns) */
  readonly cosines: Tensor;
  /** `[3, B]`: log sum exp of the scaled cosines' rows and columns, and of those of the pairs' centroids */
  readonly sums: Tensor;
  /** The gradients in the unit rows, `[B, D]`, and a part of both. */
  readonly images: Tensor;
  readonly texts: Tensor;
  readonly shared?: Tensor;
}

/** Records CLIP's loss and ModGap's terms of a batch of pairs, and their gradients in the unit rows. */
export function pairLoss(
  cmd: Commands,
  images: UnitRows,
  texts: UnitRows,
  steps: StepTensors,
  { modGap }: LossWeights,
): PairLoss {
  const [batch = 0] = images.z.shape;
  const { schedule, clock } = steps;
  const cosines = linear(cmd, images.z, { weight: packRows(cmd, texts.z) });
  const sums = cmd.alloc([3, batch]);
  logSumExp(cmd, cosines, steps, sums, 'rows');
  logSumExp(cmd, cosines, steps, sums, 'columns');
  const ds = cmd.alloc([batch, batch]);
  const transposed = cmd.alloc([batch, batch]);
  cmd.dispatch(clipKernel, {
    bind: { s: cosines, sums, schedule, clock, ds, transposed },
    params: { batch, align: modGap },
    groups: Math.ceil((batch * batch) / 64),
  });
  return {
    cosines,
    sums,
    images: linear(cmd, ds, { weight: packColumns(cmd, texts.z) }),
    texts: linear(cmd, transposed, { weight: packColumns(cmd, images.z) }),
    shared: modGap === 0 ? undefined : uniformityGradient(cmd, images, texts, steps, sums, modGap),
  };
}

/** Where each kind of line has its place in `sums`. */
const LINES = { rows: 0, columns: 1, centroids: 2 } as const;
/** exp(-2 |a - b|^2) of unit vectors is exp(4 a.b - 4). */
const UNIFORMITY_SCALE = 4;

function logSumExp(
  cmd: Commands,
  m: Tensor,
  { schedule, clock }: StepTensors,
  sums: Tensor,
  lines: keyof typeof LINES,
): void {
  const [count = 0] = m.shape;
  const [lineStride, stride] = lines === 'columns' ? [1, count] : [count, 1];
  const centroids = lines === 'centroids';
  cmd.dispatch(logSumExpKernel, {
    bind: { m, schedule, clock, sums },
    params: {
      count,
      lineStride,
      stride,
      first: LINES[lines] * count,
      scale: centroids ? UNIFORMITY_SCALE : 0,
      diagonal: Number(!centroids),
    },
    groups: Math.ceil(count / 64),
    detail: lines,
  });
}

/** The gradient of `modGap` times the uniformity of the pairs' centroids, in either row of a pair `[B, D]`. */
function uniformityGradient(
  cmd: Commands,
  images: UnitRows,
  texts: UnitRows,
  steps: StepTensors,
  sums: Tensor,
  modGap: number,
): Tensor {
  const centroids = unitRows(cmd, images.z, texts.z);
  const [batch = 0] = centroids.z.shape;
  const g = linear(cmd, centroids.z, { weight: packRows(cmd, centroids.z) });
  logSumExp(cmd, g, steps, sums, 'centroids');
  const weights = cmd.alloc([batch, batch]);
  cmd.dispatch(uniformityKernel, {
    bind: { g, sums, weights },
    params: { batch, first: LINES.centroids * batch, weight: modGap },
    groups: batch,
    constants: { WORKGROUP: workgroupSize(cmd.gpu, 64) },
  });
  const dz = linear(cmd, weights, { weight: packColumns(cmd, centroids.z) });
  return unitGradient(cmd, centroids, { dz }, false);
}

/** Records the step's loss, and moves the clock on. @param departures `[2, D]`, with `identity` above 0 */
export function recordLoss(
  cmd: Commands,
  { cosines, sums }: Pick<PairLoss, 'cosines' | 'sums'>,
  { clock, schedule, losses }: StepTensors,
  { identity, modGap }: LossWeights,
  departures: Tensor,
): void {
  const [batch = 0] = cosines.shape;
  cmd.dispatch(lossKernel, {
    bind: { s: cosines, sums, departures, schedule, clock, losses },
    params: { batch, dim: departures.size / 2, modGap, identity },
    groups: 1,
    constants: { WORKGROUP: workgroupSize(cmd.gpu, 256) },
  });
}
