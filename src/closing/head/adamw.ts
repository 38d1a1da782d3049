import source from '../../../shaders/head/adamw.wgsl';
import type { Commands } from '../../device/commands.ts';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import type { StepTensors } from './loss.ts';
import { valuesOf } from './values.ts';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'head-adamw',
  source,
  params: { count: 'u32', beta1: 'f32', beta2: 'f32', eps: 'f32', decay: 'f32' },
  bind: {
    gradient: 'read',
    schedule: 'read',
    clock: 'read',
    value: 'write',
    first: 'write',
    second: 'write',
  },
});

/** open_clip's, for its ViTs. */
export const BETA1 = 0.9;
export const BETA2 = 0.98;
const EPS = 1e-8;

/** A parameter with AdamW's moments, of one shape. */
export interface Moments {
  readonly value: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

/**
 * Records one step of AdamW (Loshchilov and Hutter 2019) on a parameter and its moments, in place.
 * @param gradient of the parameter's shape @param decay the weight decay, by which the value shrinks with the learning rate
 */
export function adamw(
  cmd: Commands,
  gradient: Tensor,
  { value, first, second }: Moments,
  { schedule, clock }: StepTensors,
  decay: number,
): void {
  const { width: count, parts } = valuesOf(value.size);
  cmd.dispatch(kernel, {
    bind: { gradient, schedule, clock, value, first, second },
    params: { count, beta1: BETA1, beta2: BETA2, eps: EPS, decay },
    parts,
    groups: Math.ceil(count / 64),
  });
}
