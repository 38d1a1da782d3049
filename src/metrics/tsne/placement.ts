import nearestSource from '../../../shaders/tsne-nearest-place.wgsl';
import placeSource from '../../../shaders/tsne-place.wgsl';
import { defineKernel } from '../../device/kernel.ts';
import type { Tensor } from '../../device/tensor.ts';
import { fitPerplexity, type PerplexitySettings } from './affinities.ts';
import type { HeldTensors } from './held-tensors.ts';
import type { Neighbours, PhaseOptions } from './neighbours.ts';
import { Repeater } from './repeater.ts';

const nearestKernel = defineKernel({
  name: 'tsne-nearest-place',
  source: nearestSource,
  params: { points: 'u32', k: 'u32' },
  bind: { y: 'read', ids: 'read', p: 'read', places: 'write', motion: 'write' },
});
const placeKernel = defineKernel({
  name: 'tsne-place',
  source: placeSource,
  params: { points: 'u32', n: 'u32', k: 'u32', momentum: 'f32', rate: 'f32' },
  bind: { y: 'read', ids: 'read', p: 'read', places: 'write', motion: 'write' },
});

export interface PlacementSettings extends PerplexitySettings {
  readonly iterations: number;
  readonly learningRate: number;
}

const MOMENTUM = 0.8;

/**
 * Where new points belong in the map y `[n, 2]`, by their neighbours among the map's points: `[points, 2]`.
 * @param scratch gets the tensors that this takes
 */
export async function placeNew(
  scratch: HeldTensors,
  y: Tensor,
  neighbours: Neighbours,
  { iterations, learningRate, ...settings }: PlacementSettings,
  { signal, onProgress }: PhaseOptions = {},
): Promise<Float32Array> {
  const { gpu } = scratch;
  const { n: points, k, ids } = neighbours;
  const { p, places, motion } = await scratch.allocate(() => ({
    p: scratch.empty([points, k]),
    places: scratch.empty([points, 2]),
    motion: scratch.empty([points, 4]),
  }));
  const bind = { y, ids, p, places, motion };
  const groups = Math.ceil(points / 64);
  await gpu.compute('tsne: nearest places', (commands) => {
    fitPerplexity(commands, neighbours, p, settings);
    commands.run(nearestKernel, { bind, params: { points, k }, groups });
    return { inputs: {}, outputs: {} };
  });
  const step = await gpu.record('tsne: place', (commands) => {
    const params = { points, n: y.size / 2, k, momentum: MOMENTUM, rate: learningRate };
    commands.run(placeKernel, { bind, params, groups });
    return { inputs: {}, outputs: { places } };
  });
  try {
    await new Repeater(step).run(iterations - 1, signal, (done) => onProgress?.(done, iterations));
    const placed = await step.run();
    onProgress?.(iterations, iterations);
    return placed.places;
  } finally {
    step.destroy();
  }
}
