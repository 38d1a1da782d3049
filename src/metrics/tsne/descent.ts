import type { Gpu } from '../../device/gpu.ts';
import { HeldTensors } from '../../device/held-tensors.ts';
import type { Program, Recording } from '../../device/program.ts';
import { Repeater } from '../../device/repeater.ts';
import type { Tensor } from '../../device/tensor.ts';
import { throwIfAborted } from '../../errors.ts';
import { untilAborted } from '../../platform/until-aborted.ts';
import type { Affinities } from './affinities.ts';
import { DivergedError } from './errors.ts';
import type { TsneOptions, TsneSettings } from './options.ts';
import { boxCount, gradientStep, type MapState, moveMap } from './step.ts';

/** Iterations with one exaggeration, momentum and learning rate; velocity and gains are reset at the start of each phase. */
export interface DescentPhase {
  /** The iteration after its last. */
  readonly until: number;
  readonly exaggeration: number;
  readonly momentum: number;
  readonly learningRate: number;
  /** Iterations without a lower divergence that end the phase. */
  readonly patience: number;
}

export interface DescentSettings extends Pick<TsneSettings, 'method' | 'angle' | 'minGradNorm'> {
  readonly phases: readonly DescentPhase[];
  readonly snapshotEvery?: number;
}

export interface DescentHooks extends Pick<TsneOptions, 'signal' | 'onIteration' | 'onSnapshot'> {
  readonly onProgress?: (iterations: number) => void;
}

export interface Descended {
  /** `[n, 2]` */
  readonly embedding: Float32Array;
  readonly klDivergence: number;
  readonly iterations: number;
}

/** Iterations from one convergence check to the next. */
const CHECK_EVERY = 50;
/** The exaggerated iterations. */
const EXPLORATION = 250;

/** scikit-learn's two phases; the second exaggerated too, if asked for, as in openTSNE. */
export function descentPhases({
  earlyExaggeration,
  exaggeration,
  learningRates: [early, late],
  maxIter,
  nIterWithoutProgress,
}: Pick<
  TsneSettings,
  'earlyExaggeration' | 'exaggeration' | 'learningRates' | 'maxIter' | 'nIterWithoutProgress'
>): DescentPhase[] {
  const exploration = { exaggeration: earlyExaggeration, momentum: 0.5, learningRate: early };
  const rest = { exaggeration, momentum: 0.8, learningRate: late };
  return [
    { until: EXPLORATION, patience: EXPLORATION, ...exploration },
    { until: maxIter, patience: nIterWithoutProgress, ...rest },
  ];
}

/** Gradient descent with momentum and gains from `start` `[n, 2]`; nothing is read back between checks. */
export async function descend(
  gpu: Gpu,
  affinities: Affinities,
  start: Float32Array,
  settings: DescentSettings,
  hooks: DescentHooks = {},
): Promise<Descended> {
  const descent = await Descent.begin(gpu, affinities, start, settings);
  try {
    for (const phase of settings.phases) await descent.run(phase, hooks);
    return await descent.result(hooks);
  } finally {
    descent.destroy();
  }
}

type ReadRecording = { inputs: Record<never, Tensor>; outputs: { y: Tensor } };
type CheckRecording = { inputs: Record<never, Tensor>; outputs: { total: Tensor } };

class Descent {
  #iterations = 0;
  #klDivergence = Number.NaN;
  #learningRate = Number.NaN;
  /** The iteration of the last snapshot. */
  #shownAt = -1;
  readonly #snapshotEvery: number;
  readonly repeater: Repeater<Recording>;

  private constructor(
    readonly gpu: Gpu,
    readonly n: number,
    readonly settings: DescentSettings,
    readonly held: HeldTensors,
    readonly state: MapState,
    readonly step: Program<Recording>,
    readonly check: Program<CheckRecording>,
    readonly read: Program<ReadRecording>,
  ) {
    this.repeater = new Repeater(step);
    this.#snapshotEvery = settings.snapshotEvery ?? CHECK_EVERY;
  }

  static async begin(gpu: Gpu, affinities: Affinities, start: Float32Array, settings: DescentSettings) {
    const { n } = affinities;
    const held = new HeldTensors(gpu, 'tsne: map');
    const recorded: Program<Recording>[] = [];
    try {
      const state = await held.allocate(() => newState(held, start, n));
      await gpu.compute('tsne: bounds', (cmd) => {
        moveMap(cmd, state);
        return { inputs: {}, outputs: {} };
      });
      const step = await gpu.record('tsne: iteration', (cmd) => {
        gradientStep(cmd, state, affinities, settings);
        return { inputs: {}, outputs: {} };
      });
      recorded.push(step);
      const check = await gpu.record('tsne: checked iteration', (cmd) => {
        const total = cmd.alloc([2]);
        gradientStep(cmd, state, affinities, settings, total);
        return { inputs: {}, outputs: { total } };
      });
      recorded.push(check);
      const read = await gpu.record('tsne: read', () => ({ inputs: {}, outputs: { y: state.y } }));
      return new Descent(gpu, n, settings, held, state, step, check, read);
    } catch (error) {
      for (const program of recorded) program.destroy();
      held.free();
      throw error;
    }
  }

  async run(phase: DescentPhase, hooks: DescentHooks): Promise<void> {
    const { until, exaggeration, momentum, learningRate, patience } = phase;
    const { gpu, state, settings } = this;
    this.#learningRate = learningRate;
    gpu.write(state.schedule, Float32Array.of(exaggeration, momentum, learningRate));
    gpu.write(state.motion, atRest(this.n));
    let best = Number.POSITIVE_INFINITY;
    let bestAt = this.#iterations;
    while (this.#iterations < until) {
      const check = Math.min(until, nextMultiple(CHECK_EVERY, this.#iterations));
      await this.#advance(check - 1, hooks);
      const gradientNorm = await this.#checkedStep();
      const klDivergence = this.#klDivergence;
      hooks.onProgress?.(check);
      await untilAborted(hooks.onIteration?.({ iteration: check, klDivergence, gradientNorm }), hooks.signal);
      await this.#snapshotIfDue(hooks);
      if (klDivergence < best) [best, bestAt] = [klDivergence, check];
      else if (check - bestAt > patience) return;
      if (gradientNorm <= settings.minGradNorm) return;
    }
  }

  /** The current map, which is also the last snapshot. */
  async result(hooks: DescentHooks): Promise<Descended> {
    const iterations = this.#iterations;
    const embedding = await this.#map();
    if (this.#shownAt !== iterations) await this.#show(embedding.slice(), hooks);
    return { embedding, klDivergence: this.#klDivergence, iterations };
  }

  destroy(): void {
    this.step.destroy();
    this.check.destroy();
    this.read.destroy();
    this.held.free();
  }

  /** Iterations without a check, with the snapshots on the way. */
  async #advance(until: number, hooks: DescentHooks): Promise<void> {
    while (this.#iterations < until) {
      const before = this.#iterations;
      const next = hooks.onSnapshot ? Math.min(until, nextMultiple(this.#snapshotEvery, before)) : until;
      await this.repeater.run(next - before, hooks.signal, (done) => hooks.onProgress?.(before + done));
      this.#iterations = next;
      await this.#snapshotIfDue(hooks);
    }
    throwIfAborted(hooks.signal);
  }

  async #snapshotIfDue(hooks: DescentHooks): Promise<void> {
    if (!hooks.onSnapshot || this.#iterations % this.#snapshotEvery !== 0) return;
    await this.#show(await this.#map(), hooks);
  }

  async #show(embedding: Float32Array<ArrayBuffer>, { onSnapshot, signal }: DescentHooks): Promise<void> {
    this.#shownAt = this.#iterations;
    await untilAborted(onSnapshot?.({ iteration: this.#iterations, embedding }), signal);
  }

  /** `[n, 2]` */
  async #map(): Promise<Float32Array<ArrayBuffer>> {
    const { y } = await this.read.run();
    if (!y.every(Number.isFinite)) throw this.#diverged();
    return y;
  }

  /** Runs an iteration with a convergence check: returns the gradient's norm, stores the divergence. */
  async #checkedStep(): Promise<number> {
    const { total } = await this.check.run();
    this.#iterations += 1;
    const [klDivergence = Number.NaN, squares = Number.NaN] = total;
    if (!Number.isFinite(klDivergence + squares)) throw this.#diverged();
    this.#klDivergence = klDivergence;
    return Math.sqrt(squares);
  }

  #diverged(): DivergedError {
    return new DivergedError(this.#iterations, this.#learningRate);
  }
}

function nextMultiple(of: number, after: number): number {
  return (Math.floor(after / of) + 1) * of;
}

function newState(held: HeldTensors, start: Float32Array, n: number): MapState {
  return {
    y: held.upload(start, [n, 2]),
    motion: held.upload(atRest(n), [n, 4]),
    schedule: held.empty([4]),
    boxes: held.empty([boxCount(n), 4]),
  };
}

/** Zero velocity and gains of 1. */
function atRest(n: number): Float32Array {
  return Float32Array.from({ length: 4 * n }, (_, i) => (i % 4 < 2 ? 0 : 1));
}
