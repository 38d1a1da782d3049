import { type BiomedClip, similarityMatrix, zeroShotMetrics } from 'biomedclip-webgpu';
import { inTemplate, labelProbabilities } from './label-probabilities.ts';
import { selectRows } from './rows.ts';
import type { LabelBatch, LabelBatchReport, LabelledImage, Vectors } from './types.ts';

/** Of the intervals of a report. */
const RESAMPLES = 1000;

/** Images as they are embedded, with what is known of them. */
export interface BatchRows {
  /** `[n, D]` */
  readonly images: Vectors;
  readonly names: readonly string[];
  /** The right label of each; empty where it is not known. */
  readonly truths: readonly string[];
}

/**
 * Which of the labels fits each image best: softmax(logitScale x cosine) over the labels, each put into the template, or a
 * sigmoid with the model's bias. Those whose right label is among the labels are judged by `zeroShotMetrics`.
 */
export async function labelBatch(
  model: BiomedClip,
  { images, names, truths }: BatchRows,
  labels: readonly string[],
  template: string,
  signal: AbortSignal,
): Promise<LabelBatch> {
  const { texts: prompts } = await model.embedBatch(
    { texts: labels.map((label) => inTemplate(template, label)) },
    { signal },
  );
  const { data } = await similarityMatrix(images, prompts, { signal });
  const { logitScale, logitBias } = model.info;
  const answers = names.map((name, row): LabelledImage => {
    const cosines = data.subarray(row * labels.length, (row + 1) * labels.length);
    const best = cosines.indexOf(Math.max(...cosines));
    const probability = labelProbabilities(cosines, logitScale, logitBias)[best] ?? Number.NaN;
    return { name, truth: truths[row] || undefined, label: labels[best] ?? '', probability };
  });
  return { labels, answers, report: await judged(), skipped: [] };

  async function judged(): Promise<LabelBatchReport | undefined> {
    const known = names.flatMap((_, row) => (labels.includes(truths[row] ?? '') ? [row] : []));
    if (known.length === 0 || labels.length < 2) return undefined;
    const { accuracy, balancedAccuracy, confusion } = await zeroShotMetrics(
      {
        ...{ images: selectRows(images, known), prompts, promptLabels: labels, logitScale },
        ...(logitBias !== undefined && { logitBias }),
        labels: known.map((row) => truths[row] ?? ''),
      },
      { resamples: RESAMPLES, signal },
    );
    return { items: known.length, accuracy, balancedAccuracy, confusion };
  }
}
