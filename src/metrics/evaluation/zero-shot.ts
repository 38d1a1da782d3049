import type { Gpu } from '../../device/gpu.ts';
import type { Host } from '../../platform/host-memory.ts';
import type { RowLabel } from '../quality/judged-rows.ts';
import { similarityMatrix } from '../similarity/similarity.ts';
import type { Vectors } from '../vectors.ts';
import { classificationMetrics } from './classification.ts';
import { averagePrompts } from './prompts.ts';
import type { ClassificationReport, EvaluationOptions } from './report.ts';

/** Images with their classes, and the prompts that name the classes. */
export interface ZeroShotRows {
  /** `[n, D]` */
  readonly images: Vectors;
  /** `[n]`: the right class of each image. */
  readonly labels: readonly RowLabel[];
  /** `[m, D]`: embedded texts, one or several a class, of the same model. */
  readonly prompts: Vectors;
  /** `[m]`: the class of each prompt. */
  readonly promptLabels: readonly RowLabel[];
  /** The classes in the order of the report. Default: in the order of the prompts. */
  readonly classes?: readonly RowLabel[];
  /** `[n]`: what resamples draw whole, such as the patient of each image. Default: each image is its own. */
  readonly groups?: readonly RowLabel[];
  /** The model's exp(logit_scale), `model.info.logitScale`. Default: 1. Unit: none. Source: CLIP. */
  readonly logitScale?: number;
  /** The model's logit bias, `model.info.logitBias`, where it has one. Default: none. Unit: none. Source: SigLIP. */
  readonly logitBias?: number;
}

/**
 * Zero-shot classification: the cosine of each image with the mean of each class's prompts, on the GPU, judged as
 * `classificationMetrics` does.
 * @throws {EmptyClassError} @throws {UnknownClassError}
 * @throws {ShapeError} @throws {NonFiniteVectorError} @throws {ZeroVectorError} @throws {MatrixTooLargeError}
 * @throws {InvalidOptionError} @throws {DeviceLimitError} @throws {AbortedError}
 */
export async function zeroShotMetrics(
  gpu: Gpu,
  rows: ZeroShotRows,
  options: EvaluationOptions = {},
  host: Host = {},
): Promise<ClassificationReport> {
  const { images, labels, prompts, promptLabels, groups, logitScale, logitBias } = rows;
  const classes = rows.classes ?? [...new Set(promptLabels)];
  const named = averagePrompts(prompts, promptLabels, classes);
  const scores = await similarityMatrix(
    gpu,
    images,
    named,
    { metric: 'cosine', signal: options.signal },
    host,
  );
  return classificationMetrics({ scores, classes, labels, groups, logitScale, logitBias }, options);
}
