import type { Gpu } from '../src/device/gpu.ts';
import { HeldTensors } from '../src/device/held-tensors.ts';
import { type KernelTime, profileProgram } from '../src/device/profile.ts';
import type { NeighborSearch } from '../src/metrics/neighbours/approximate.ts';
import type { Affinities } from '../src/metrics/tsne/affinities.ts';
import { descend, descentPhases } from '../src/metrics/tsne/descent.ts';
import { type TsneNeighbors, type TsneSettings, tsneSettings } from '../src/metrics/tsne/options.ts';
import { startingMap } from '../src/metrics/tsne/start.ts';
import { boxCount, gradientStep, type MapState, moveMap } from '../src/metrics/tsne/step.ts';
import { affinitiesOf } from '../src/metrics/tsne/tsne.ts';
import type { Vectors } from '../src/metrics/vectors.ts';

/** Seconds of each phase, from the host's side, each to the end of its work on the GPU. */
export interface PhaseTimes {
  /** PCA. */
  readonly start: number;
  readonly neighbours: number;
  /** P: the perplexity search and the symmetric sum. */
  readonly probabilities: number;
  readonly iterations: number;
}

export interface TimedMap {
  readonly seconds: number;
  readonly phases: PhaseTimes;
  readonly embedding: Float32Array;
  readonly klDivergence: number;
  /** How the neighbours were found. */
  readonly neighbors: NeighborSearch;
  /** The most GPU memory of buffers at once, looked at every 20 ms. Unit: bytes. */
  readonly gpuBytes: number;
  /** Of one more iteration from the finished map, by timestamps, the longest first; empty without timestamp-query. */
  readonly kernels: readonly KernelTime[];
}

const PROFILES = 5;

/** The steps of `tsne` one by one with a clock between them, then a few iterations with every kernel timed. */
export async function timedMap(
  gpu: Gpu,
  x: Vectors,
  maxIter: number,
  signal: AbortSignal | undefined,
  neighbors: TsneNeighbors = 'auto',
): Promise<TimedMap> {
  const noStop = { nIterWithoutProgress: Number.POSITIVE_INFINITY, minGradNorm: 0 };
  const settings = tsneSettings(x.rows, { maxIter, neighbors, ...noStop });
  const held = new HeldTensors(gpu, 'tsne: P');
  const lap = stopwatch();
  let gpuBytes = 0;
  const watch = setInterval(() => {
    gpuBytes = Math.max(gpuBytes, gpu.counters.bytesAlive);
  }, 20);
  try {
    const begin = await startingMap(gpu, x, settings);
    const start = lap();
    let neighbours = 0;
    const affinities = await affinitiesOf(held, x, settings, {
      signal,
      onProgress: ({ stage, done, total }) => {
        if (stage === 'neighbours' && done === total) neighbours = lap();
      },
    });
    const probabilities = lap();
    const phases = descentPhases(settings);
    const map = await descend(gpu, affinities, begin, { ...settings, phases }, { signal });
    const times = { start, neighbours, probabilities, iterations: lap() };
    return {
      ...map,
      seconds: Object.values(times).reduce((a, b) => a + b, 0),
      phases: times,
      neighbors: affinities.neighbors,
      gpuBytes,
      kernels: await profiledIteration(gpu, affinities, map.embedding, settings),
    };
  } finally {
    clearInterval(watch);
    held.free();
  }
}

/** Each kernel's best time of a few iterations from where the map is, at rest. */
async function profiledIteration(
  gpu: Gpu,
  affinities: Affinities,
  embedding: Float32Array,
  settings: TsneSettings,
): Promise<KernelTime[]> {
  if (!gpu.info.features.has('timestamp-query')) return [];
  const { n } = affinities;
  const held = new HeldTensors(gpu, 'tsne: profile');
  try {
    const state: MapState = {
      y: held.upload(embedding, [n, 2]),
      motion: held.upload(new Float32Array(4 * n), [n, 4]),
      schedule: held.upload(Float32Array.of(1, 0, 0, 1)), // no exaggeration, no momentum, a rate of 0: it stays
      boxes: held.empty([boxCount(n), 4]),
    };
    await gpu.compute('tsne: bounds', (cmd) => {
      moveMap(cmd, state);
      return { inputs: {}, outputs: {} };
    });
    const step = await gpu.record('tsne: iteration', (cmd) => {
      gradientStep(cmd, state, affinities, settings);
      return { inputs: {}, outputs: {} };
    });
    try {
      const runs: KernelTime[][] = [];
      for (let i = 0; i < PROFILES; i++) runs.push(await profileProgram(step));
      return bestOf(runs);
    } finally {
      step.destroy();
    }
  } finally {
    held.free();
  }
}

function bestOf(runs: readonly KernelTime[][]): KernelTime[] {
  const best = new Map<string, KernelTime>();
  for (const time of runs.flat()) {
    const known = best.get(time.label);
    if (!known || time.milliseconds < known.milliseconds) best.set(time.label, time);
  }
  return [...best.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

/** Seconds since it was made, or since it was last asked. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const before = last;
    last = performance.now();
    return (last - before) / 1000;
  };
}
