import type { Gpu } from '../../device/gpu.ts';
import { InvalidOptionError, throwIfAborted } from '../../errors.ts';
import type { Host } from '../../platform/host-memory.ts';
import { similarityMatrix } from '../similarity/similarity.ts';
import type { Vectors } from '../vectors.ts';
import { classificationMetrics } from './classification.ts';
import { type CrossEntropy, crossEntropy } from './cross-entropy.ts';
import { ProbeDivergedError, SplitError } from './errors.ts';
import { minimize } from './lbfgs.ts';
import { type PartRows, type ProbeRows, readProbeRows, shareRight } from './probe-rows.ts';
import type { ClassificationReport, EvaluationOptions } from './report.ts';

/** How a linear probe is trained and judged. */
export interface LinearProbeOptions extends EvaluationOptions {
  /**
   * The inverse of the strength of the L2 penalty, above 0, as scikit-learn's C. Default: the best on the validation part,
   * from 1e-6 to 1e6 in steps of an eighth of a decade around the best, as CLIP sweeps it. Unit: none. Source: CLIP.
   */
  readonly regularization?: number;
  /** Iterations of L-BFGS at most, at least 1. Default 1000. Unit: iterations. Source: CLIP. */
  readonly iterations?: number;
  /** Called after each C that was tried. */
  readonly onProgress?: (progress: ProbeProgress) => void;
}

/** How far a probe is. */
export interface ProbeProgress {
  /** Trainings done. */
  readonly done: number;
  /** Trainings in all. */
  readonly total: number;
}

/** A linear probe, and how well it does on the test part. */
export interface LinearProbe {
  /** The C that it was trained with. */
  readonly regularization: number;
  /** The accuracy on the validation part of each C that was tried, in ascending order. */
  readonly tried: readonly { readonly regularization: number; readonly accuracy: number }[];
  /** `[K, D]`: for rows of length 1. */
  readonly weight: Float32Array;
  /** `[K]` */
  readonly bias: Float32Array;
  /** Of the test part. */
  readonly report: ClassificationReport;
  /** Rows that the probe learnt from: of the training part, and of the validation part once C is chosen. */
  readonly trainedOn: number;
}

/** Of the largest part of the mean loss's gradient; f32 gives no less. */
const TOLERANCE = 1e-6;
const DECADES = [-6, -4, -2, 0, 2, 4, 6];
/** How far from the best so far the next two are, in decades. */
const REFINEMENTS = [1, 0.5, 0.25, 0.125];

/**
 * Multinomial logistic regression with an L2 penalty on frozen embeddings, as scikit-learn's LogisticRegression (of two classes
 * its binomial form), by L-BFGS with its products on the GPU. C is chosen on the validation part, and the probe then trained
 * on both parts (Radford et al. 2021, appendix A.3).
 * @throws {SplitError} without rows to train, to test or, for the choice of C, to validate on
 * @throws {EmptyClassError} @throws {UnknownClassError} @throws {ProbeDivergedError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError}
 * @throws {InvalidOptionError} @throws {DeviceLimitError} @throws {AbortedError}
 */
export async function linearProbe(
  gpu: Gpu,
  rows: ProbeRows,
  options: LinearProbeOptions = {},
  host: Host = {},
): Promise<LinearProbe> {
  const { regularization: given, iterations = 1000, signal, onProgress, ...judging } = options;
  if (given !== undefined && !(Number.isFinite(given) && given > 0)) {
    throw new InvalidOptionError('regularization', 'a positive number', given);
  }
  if (!Number.isSafeInteger(iterations) || iterations < 1) {
    throw new InvalidOptionError('iterations', 'an integer of at least 1', iterations);
  }
  throwIfAborted(signal);
  const probed = readProbeRows('linearProbe', rows);
  const total = given === undefined ? DECADES.length + 2 * REFINEMENTS.length + 1 : 1;
  let done = 0;
  const onTrained = () => onProgress?.({ done: ++done, total });
  const validation = probed.of('validation');
  if (given === undefined && validation.items.length === 0)
    throw new SplitError('validation', 'has no items');
  const settings = { classes: probed.classes.length, iterations, signal };
  const tried =
    given === undefined
      ? await withTrainer(gpu, probed.of('train'), settings, (trainer) =>
          sweep(async (regularization) => {
            const head = await trainer(regularization);
            onTrained();
            return shareRight(await scoresOf(gpu, validation.rows, head, host), validation.labels);
          }),
        )
      : [];
  const regularization = given ?? best(tried);
  const learnt = given === undefined ? probed.of('train', 'validation') : probed.of('train');
  const head = await withTrainer(gpu, learnt, settings, (trainer) => trainer(regularization));
  onTrained();
  const test = probed.of('test');
  const data = await scoresOf(gpu, test.rows, head, host);
  const scored = {
    scores: { data, rows: test.rows.rows, cols: settings.classes },
    classes: probed.classes,
    labels: probed.labelsOf(test),
    groups: probed.groupsOf(test),
  };
  return {
    regularization,
    tried,
    weight: head.weight,
    bias: head.bias,
    report: await classificationMetrics(scored, { ...judging, signal }),
    trainedOn: learnt.items.length,
  };
}

interface Tried {
  readonly regularization: number;
  readonly accuracy: number;
}

/** CLIP's search: the decades first, then halfway between the best and its neighbours, until an eighth of a decade. */
async function sweep(accuracyOf: (regularization: number) => Promise<number>): Promise<Tried[]> {
  const known = new Map<number, number>();
  const look = async (exponent: number) => {
    if (known.has(exponent) || Math.abs(exponent) > 6) return;
    known.set(exponent, await accuracyOf(10 ** exponent));
  };
  const tried = () =>
    [...known]
      .sort(([a], [b]) => a - b)
      .map(([exponent, accuracy]) => ({ regularization: 10 ** exponent, accuracy }));
  for (const exponent of DECADES) await look(exponent);
  for (const distance of REFINEMENTS) {
    const middle = Math.log10(best(tried()));
    await look(round(middle - distance));
    await look(round(middle + distance));
  }
  return tried();
}

/** To an eighth, which is exact. */
function round(exponent: number): number {
  return Math.round(8 * exponent) / 8;
}

/** The first of the best: of equal ones the strongest penalty. */
function best(tried: readonly Tried[]): number {
  const most = Math.max(...tried.map(({ accuracy }) => accuracy));
  return tried.find(({ accuracy }) => accuracy === most)?.regularization ?? 1;
}

interface Head {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

interface TrainerSettings {
  readonly classes: number;
  readonly iterations: number;
  readonly signal?: AbortSignal;
}

/** Uploads rows once for trainings with several C, each of which begins where the last one ended. */
async function withTrainer<T>(
  gpu: Gpu,
  part: PartRows,
  settings: TrainerSettings,
  use: (train: (regularization: number) => Promise<Head>) => Promise<T>,
): Promise<T> {
  const { rows, labels } = part;
  const x = withOnes(rows);
  const loss = await crossEntropy(gpu, x, labels, settings.classes);
  let weights = new Float64Array(settings.classes * x.dim);
  try {
    return await use(async (regularization) => {
      // Of two classes scikit-learn penalises one weight, the difference of these: the same as half of C.
      const strength = 1 / ((settings.classes === 2 ? regularization / 2 : regularization) * rows.rows);
      const objective = penalised(
        loss,
        { strength, dim: rows.dim, width: x.dim, n: rows.rows },
        settings.signal,
      );
      const start = await objective(weights);
      if (!Number.isFinite(start.loss)) throw new ProbeDivergedError(regularization);
      weights = Float64Array.from(
        await minimize(objective, weights, { tolerance: TOLERANCE, iterations: settings.iterations }),
      );
      return headOf(weights, rows.dim, x.dim);
    });
  } finally {
    loss.destroy();
  }
}

interface Penalty {
  readonly strength: number;
  readonly dim: number;
  readonly width: number;
  readonly n: number;
}

/** The mean loss with half the squared weights times the strength; biases are free. */
function penalised(
  loss: CrossEntropy,
  { strength, dim, width, n }: Penalty,
  signal: AbortSignal | undefined,
) {
  return async (weights: Float64Array) => {
    throwIfAborted(signal);
    const at = await loss.at(weights);
    let penalty = 0;
    const gradient = at.gradient.map((value, i) => {
      if (i % width >= dim) return value / n;
      const weight = weights[i] as number;
      penalty += 0.5 * strength * weight * weight;
      return value / n + strength * weight;
    });
    return { loss: at.loss / n + penalty, gradient };
  };
}

/** Rows with a 1 behind them, for the bias, and zeros up to a multiple of four, which the kernels read at once. */
function withOnes({ data, rows, dim }: Vectors): Vectors {
  const width = 4 * Math.ceil((dim + 1) / 4);
  const wide = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    wide.set(data.subarray(row * dim, (row + 1) * dim), row * width);
    wide[row * width + dim] = 1;
  }
  return { data: wide, rows, dim: width };
}

function headOf(weights: Float64Array, dim: number, width: number): Head {
  const classes = weights.length / width;
  const weight = new Float32Array(classes * dim);
  for (let c = 0; c < classes; c++) weight.set(weights.subarray(c * width, c * width + dim), c * dim);
  return { weight, bias: Float32Array.from({ length: classes }, (_, c) => weights[c * width + dim] ?? 0) };
}

/** Logits `[n, K]`. */
async function scoresOf(gpu: Gpu, rows: Vectors, { weight, bias }: Head, host: Host): Promise<Float32Array> {
  const classes = { data: weight, rows: bias.length, dim: rows.dim };
  const { data } = await similarityMatrix(gpu, rows, classes, { metric: 'dot' }, host);
  return data.map((value, at) => value + (bias[at % bias.length] ?? 0));
}
