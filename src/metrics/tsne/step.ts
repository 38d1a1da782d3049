import gradientSource from '../../../shaders/tsne/gradient.wgsl';
import moveSource from '../../../shaders/tsne/move.wgsl';
import normalizerSource from '../../../shaders/tsne/normalizer.wgsl';
import sumChecksSource from '../../../shaders/tsne/sum-checks.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import { workgroupSize } from '../../device/software.ts';
import type { Tensor } from '../../device/tensor.ts';
import type { Affinities } from './affinities.ts';
import type { TsneMethod } from './options.ts';
import { singleGroup } from './sort.ts';
import { barnesHutRepulsion, exactRepulsion } from './tree.ts';

const normalizerKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-normalizer',
  source: normalizerSource,
  params: { n: 'u32' },
  bind: { repulsion: 'read', schedule: 'write' },
});
const gradientKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-gradient',
  source: gradientSource,
  params: { first: 'u32', end: 'u32', base: 'u32' },
  bind: {
    y: 'read',
    starts: 'read',
    columns: 'read',
    values: 'read',
    schedule: 'read',
    repulsion: 'write',
    motion: 'write',
  },
});
const sumChecksKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-sum-checks',
  source: sumChecksSource,
  params: { n: 'u32' },
  bind: { checks: 'read', total: 'write' },
});
const moveKernel = /* @__PURE__ */ defineKernel({
  name: 'tsne-move',
  source: moveSource,
  params: { n: 'u32', stretch: 'u32' },
  bind: { motion: 'read', y: 'write', boxes: 'write' },
});

/**
 * Points that a workgroup moves and computes the bounding box of: many, so that later kernels, each lane of which reads
 * all boxes, have few to read.
 */
function stretchOf(n: number): number {
  return Math.max(1024, Math.ceil(n / 16));
}

/** The state that each iteration updates. */
export interface MapState {
  /** `[n, 2]`: the map */
  readonly y: Tensor;
  /** `[n, 4]`: velocity, gains */
  readonly motion: Tensor;
  /** `[4]`: exaggeration, momentum, learning rate, and room for the sum of all q */
  readonly schedule: Tensor;
  /** `[boxCount(n), 4]`: bounding boxes of y */
  readonly boxes: Tensor;
}

export function boxCount(n: number): number {
  return Math.ceil(n / stretchOf(n));
}

export interface StepOptions {
  readonly method: TsneMethod;
  readonly angle: number;
}

/** Records one iteration of gradient descent. With `total` `[2]` it also gives the divergence and the squared norm. */
export function gradientStep(
  cmd: Commands,
  state: MapState,
  { n, starts, bands }: Affinities,
  { method, angle }: StepOptions,
  total?: Tensor,
): void {
  const { y, motion, schedule, boxes } = state;
  const WORKGROUP = singleGroup(cmd);
  cmd.scope(() => {
    const repulsion = cmd.alloc([n, 4]);
    if (method === 'exact') exactRepulsion(cmd, y, repulsion);
    else barnesHutRepulsion(cmd, y, boxes, angle, repulsion);
    cmd.dispatch(normalizerKernel, {
      bind: { repulsion, schedule },
      params: { n },
      groups: 1,
      constants: { WORKGROUP },
    });
    for (const { first, end, base, columns, values } of bands) {
      cmd.dispatch(gradientKernel, {
        bind: { y, starts, columns, values, schedule, repulsion, motion },
        params: { first, end, base },
        groups: Math.ceil((end - first) / 64),
        constants: { CHECK: total !== undefined },
      });
    }
    if (total) {
      cmd.dispatch(sumChecksKernel, {
        bind: { checks: repulsion, total },
        params: { n },
        groups: 1,
        constants: { WORKGROUP },
      });
    }
  });
  moveMap(cmd, state);
}

/** Records y += velocity, and the bounding boxes of where y is then. */
export function moveMap(cmd: Commands, { y, motion, boxes }: MapState): void {
  const n = y.size / 2;
  cmd.dispatch(moveKernel, {
    bind: { motion, y, boxes },
    params: { n, stretch: stretchOf(n) },
    groups: boxCount(n),
    constants: { WORKGROUP: workgroupSize(cmd.gpu, 256) },
  });
}
