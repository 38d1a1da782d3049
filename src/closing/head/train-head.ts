import type { Gpu } from '../../device/gpu.ts';
import { HeldTensors } from '../../device/held-tensors.ts';
import type { Program, Recording } from '../../device/program.ts';
import { Repeater } from '../../device/repeater.ts';
import type { Tensor } from '../../device/tensor.ts';
import { throwIfAborted } from '../../errors.ts';
import { expectBound } from '../../metrics/tsne/memory.ts';
import { checkSameDim, checkVectors, type Vectors } from '../../metrics/vectors.ts';
import { untilAborted } from '../../platform/until-aborted.ts';
import { FewRowsError, UnpairedRowsError } from '../errors.ts';
import { expectDifferent, unitRows } from '../sample.ts';
import { adamw } from './adamw.ts';
import { HeadDivergedError, StateTooLateError } from './errors.ts';
import { headGradient, type Pair } from './gradient.ts';
import { recordLoss, type StepTensors } from './loss.ts';
import { type HeadSettings, headSettings, type TrainingOptions } from './options.ts';
import { batchesOf, scheduleOf } from './schedule.ts';
import {
  checkState,
  type HeadState,
  type HeadValues,
  type MapTensors,
  namedTensors,
  startingMap,
  stateOf,
  uploadMap,
} from './state.ts';

export interface HeadLoss {
  /** From 1. */
  readonly step: number;
  /** Of the step's batch, before the step. */
  readonly loss: number;
}

export interface TrainedHead extends Pair<HeadValues> {
  /** Of each step of this call. */
  readonly losses: readonly HeadLoss[];
  /** After the last step. */
  readonly state: HeadState;
}

/**
 * Trains a linear head a modality, z = unit(W x + b), on pairs: row i of the images, scaled to length 1, belongs to row i of
 * the texts. The loss is CLIP's (Radford et al. 2021) at a low scale, which closes the modality gap where CLIP's own scale
 * keeps it, with a pull towards W = I, and ModGap's terms (Grassucci et al. 2026) if asked for. The start is mean-centring.
 * @throws {InvalidOptionError} @throws {UnknownOptionError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {UnpairedRowsError} @throws {FewRowsError} @throws {NoSpreadError}
 * @throws {DeviceLimitError} @throws {HeadDivergedError} @throws {AbortedError}
 */
export async function trainHead(
  gpu: Gpu,
  images: Vectors,
  texts: Vectors,
  options: TrainingOptions = {},
): Promise<TrainedHead> {
  checkPairs(images, texts);
  const settings = headSettings(options, images.rows);
  const rows = { image: differingRows('images', images), text: differingRows('texts', texts) };
  const state = options.resume ?? newState(rows);
  checkState(state, images.dim, settings.steps);
  throwIfAborted(options.signal);
  const bytes = 4 * images.rows * images.dim;
  expectBound(gpu, 'trainHead: the rows of a modality (bytes)', bytes, 'train on a sample of the pairs');
  const training = await Training.begin(gpu, rows, settings, state);
  try {
    return await training.run(options);
  } finally {
    training.destroy();
  }
}

/** The root of the largest f32, about. */
const SQUARE_FITS = 2 ** 63;

type StateRecording = { inputs: Record<never, Tensor>; outputs: Record<string, Tensor> };
type LossRecording = { inputs: Record<never, Tensor>; outputs: { losses: Tensor } };

interface Programs {
  readonly step: Program<Recording>;
  readonly losses: Program<LossRecording>;
  readonly state: Program<StateRecording>;
}

class Training {
  readonly #losses: HeadLoss[] = [];
  #step: number;

  private constructor(
    private readonly pairs: number,
    private readonly settings: HeadSettings,
    private readonly held: HeldTensors,
    private readonly steps: StepTensors,
    private readonly programs: Programs,
    step: number,
  ) {
    this.#step = step;
  }

  static async begin(gpu: Gpu, rows: Pair<Vectors>, settings: HeadSettings, state: HeadState) {
    const held = new HeldTensors(gpu, 'head');
    const recorded: Program<Recording>[] = [];
    try {
      const { data, maps, steps } = await held.allocate(() => ({
        data: { image: uploadRows(held, rows.image), text: uploadRows(held, rows.text) },
        maps: { image: uploadMap(held, state.image), text: uploadMap(held, state.text) },
        steps: newSteps(held, settings),
      }));
      const keep = <R extends Recording>(program: Program<R>): Program<R> => {
        recorded.push(program);
        return program;
      };
      const programs = {
        step: keep(await recordStep(gpu, data, maps, steps, settings)),
        losses: keep(
          await gpu.record('head: losses', () => ({ inputs: {}, outputs: { losses: steps.losses } })),
        ),
        state: keep(await gpu.record('head: state', () => ({ inputs: {}, outputs: namedTensors(maps) }))),
      };
      return new Training(rows.image.rows, settings, held, steps, programs, state.step);
    } catch (error) {
      for (const program of recorded) program.destroy();
      held.free();
      throw error;
    }
  }

  async run({ signal, onProgress }: TrainingOptions): Promise<TrainedHead> {
    const { steps, reportEvery } = this.settings;
    const repeater = new Repeater(this.programs.step);
    while (this.#step < steps) {
      const first = this.#step;
      const count = Math.min(steps, nextMultiple(reportEvery, first)) - first;
      this.#write(first, count);
      await repeater.run(count, signal);
      this.#step += count;
      const losses = await this.#readLosses(first, count);
      await this.#report(losses, { signal, onProgress });
      throwIfAborted(signal);
    }
    const state = await this.#state();
    const [image, text] = [state.image.value, state.text.value];
    return { image, text, losses: this.#losses, state };
  }

  destroy(): void {
    for (const program of Object.values(this.programs)) program.destroy();
    this.held.free();
  }

  /** Uploads what the next steps read: the rows of each batch, rates and scales. */
  #write(first: number, count: number): void {
    const { clock, schedule, order } = this.steps;
    const { gpu } = this.held;
    gpu.write(clock, Uint32Array.of(0));
    gpu.write(schedule, scheduleOf(this.settings, first, count));
    gpu.write(order, batchesOf(this.settings, this.pairs, first, count));
  }

  /** The new losses. @throws {HeadDivergedError} naming the first that is not finite */
  async #readLosses(first: number, count: number): Promise<readonly number[]> {
    const read = await this.programs.losses.run();
    const losses = [...read.losses.subarray(0, count)];
    for (const [i, loss] of losses.entries()) {
      const step = first + i + 1;
      if (!Number.isFinite(loss)) throw new HeadDivergedError(step, loss, this.settings.learningRate);
      this.#losses.push({ step, loss });
    }
    return losses;
  }

  async #report(losses: readonly number[], { signal, onProgress }: TrainingOptions): Promise<void> {
    const [step, { steps }] = [this.#step, this.settings];
    let waiting = true;
    const state = async () => {
      if (!waiting) throw new StateTooLateError(step);
      return this.#state();
    };
    try {
      await untilAborted(
        onProgress?.({ step, steps, loss: losses.at(-1) ?? Number.NaN, losses, state }),
        signal,
      );
    } finally {
      waiting = false;
    }
  }

  /** @throws {HeadDivergedError} if a value grew beyond what has a square in f32, which a loss need not show */
  async #state(): Promise<HeadState> {
    const step = this.#step;
    const read = await this.programs.state.run();
    if (!Object.values(read).every((values) => values.every((value) => Math.abs(value) < SQUARE_FITS))) {
      throw new HeadDivergedError(step, Number.NaN, this.settings.learningRate);
    }
    return stateOf(read, step);
  }
}

function recordStep(
  gpu: Gpu,
  data: Pair<Tensor>,
  maps: Pair<MapTensors>,
  steps: StepTensors,
  settings: HeadSettings,
): Promise<Program<Recording>> {
  const values = ({ weight, bias }: MapTensors) => ({ weight: weight.value, bias: bias.value });
  return gpu.record('head: step', (cmd) => {
    const current = { image: values(maps.image), text: values(maps.text) };
    const { gradients, loss, departures } = headGradient(cmd, data, current, steps, settings);
    for (const modality of ['image', 'text'] as const) {
      for (const part of ['weight', 'bias'] as const) {
        adamw(cmd, gradients[modality][part], maps[modality][part], steps, settings.weightDecay);
      }
    }
    recordLoss(cmd, loss, steps, settings, departures); // last, since it moves the clock on
    return { inputs: {}, outputs: {} };
  });
}

function newSteps(held: HeldTensors, { batch, steps, reportEvery }: HeadSettings): StepTensors {
  const count = Math.min(steps, reportEvery);
  return {
    clock: held.empty([1], 'u32'),
    schedule: held.empty([count, 4]),
    order: held.empty([count, batch], 'u32'),
    losses: held.empty([count]),
  };
}

function nextMultiple(of: number, after: number): number {
  return (Math.floor(after / of) + 1) * of;
}

function checkPairs(images: Vectors, texts: Vectors): void {
  checkVectors('trainHead', 'images', images);
  checkVectors('trainHead', 'texts', texts);
  checkSameDim('trainHead', 'texts', images, texts);
  if (images.rows !== texts.rows) throw new UnpairedRowsError('head', images.rows, texts.rows);
  if (images.rows < 2) throw new FewRowsError('head', 'pairs', images.rows, 2);
}

/** Rows of length 1 that are not all the same. @throws {ZeroVectorError} @throws {NoSpreadError} */
function differingRows(name: string, vectors: Vectors): Vectors {
  const unit = unitRows(name, vectors);
  expectDifferent(name, unit);
  return unit;
}

function newState(rows: Pair<Vectors>): HeadState {
  return { step: 0, image: startingMap(rows.image), text: startingMap(rows.text) };
}

function uploadRows(held: HeldTensors, { data, rows, dim }: Vectors): Tensor {
  return held.upload(data, [rows, dim]);
}
