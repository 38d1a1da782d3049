import { epochOrder } from '../../metrics/random.ts';
import { BETA1, BETA2 } from './adamw.ts';
import type { HeadSettings } from './options.ts';

/** `[count, 4]`, as `Step` in shaders/parts/head-step.wgsl. */
export function scheduleOf(settings: HeadSettings, first: number, count: number): Float32Array {
  const schedule = Array.from({ length: count }, (_, i) => {
    const step = first + i;
    return [
      learningRateAt(settings, step),
      scaleAt(settings, step),
      1 / (1 - BETA1 ** (step + 1)),
      1 / (1 - BETA2 ** (step + 1)),
    ];
  });
  return Float32Array.from(schedule.flat());
}

/**
 * The rows of the batches `[count, B]` of the steps from `first` on. Each epoch has its own permutation; the rest of it that
 * fills no batch is left out.
 */
export function batchesOf(
  { batch, seed }: HeadSettings,
  pairs: number,
  first: number,
  count: number,
): Uint32Array {
  const batches = new Uint32Array(count * batch);
  const each = Math.floor(pairs / batch);
  let order: Uint32Array = new Uint32Array();
  for (let i = 0; i < count; i++) {
    const place = (first + i) % each;
    if (i === 0 || place === 0) order = epochOrder(seed, Math.floor((first + i) / each), pairs);
    batches.set(order.subarray(place * batch, (place + 1) * batch), i * batch);
  }
  return batches;
}

const WARM_UP = 20;

/** The learning rate of a step, from 0 on. */
function learningRateAt({ learningRate, steps }: HeadSettings, step: number): number {
  const warm = Math.min(WARM_UP, steps);
  if (step < warm) return (learningRate * (step + 1)) / warm;
  return learningRate * falling((step - warm) / (steps - warm));
}

/** The logit scale of a step, from 0 on. */
function scaleAt({ scale, steps }: HeadSettings, step: number): number {
  if (typeof scale === 'number') return scale;
  return scale.to * (scale.from / scale.to) ** falling(step / Math.max(steps - 1, 1));
}

/** Half a cosine, from 1 at 0 to 0 at 1. */
const falling = (done: number) => 0.5 * (1 + Math.cos(Math.PI * done));
