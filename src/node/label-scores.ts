import type { ModelInfo } from '../api.ts';
import type { Embeddings } from '../embeddings.ts';
import { dot } from '../metrics/linear-algebra.ts';

export const DEFAULT_TEMPLATE = 'this is a photo of {}';

/** How a model's cosines become probabilities; of `model.info`. */
export type Logits = Pick<ModelInfo, 'logitScale' | 'logitBias'>;

export interface LabelScore {
  readonly label: string;
  /** softmax(logitScale x cosine) over the labels, or of a model with a bias sigmoid(logitScale x cosine + bias) of this one. */
  readonly probability: number;
  readonly cosine: number;
}

/** Every label in every template, label by label. */
export function fillTemplates(labels: readonly string[], templates: readonly string[]): string[] {
  return labels.flatMap((label) => templates.map((template) => template.split('{}').join(label)));
}

/**
 * One vector a label from the embeddings of its texts `[labels x templates, D]`, label by label: their mean,
 * normalised again, as in CLIP's prompt ensembles.
 */
export function averageTemplates({ data, dim }: Embeddings, labels: number, templates: number): Float32Array {
  const classes = new Float32Array(labels * dim);
  for (let label = 0; label < labels; label++) {
    const mean = new Float64Array(dim);
    for (let t = 0; t < templates; t++) {
      const row = (label * templates + t) * dim;
      for (let d = 0; d < dim; d++) mean[d] = (mean[d] ?? 0) + (data[row + d] ?? 0);
    }
    const norm = Math.hypot(...mean) || 1;
    classes.set(
      mean.map((value) => value / norm),
      label * dim,
    );
  }
  return classes;
}

/** All labels for row `index` of `images` `[B, D]`, the likeliest first. `classes` is `[labels, D]`, of length 1. */
export function scoreLabels(
  { data, dim }: Embeddings,
  index: number,
  classes: Float32Array,
  labels: readonly string[],
  logits: Logits,
): LabelScore[] {
  const image = data.subarray(index * dim, (index + 1) * dim);
  const cosines = labels.map((_, label) => dot(image, classes.subarray(label * dim, (label + 1) * dim)));
  const probabilities = probabilitiesOf(cosines, logits);
  return labels
    .map((label, i) => ({ label, probability: probabilities[i] ?? 0, cosine: cosines[i] ?? 0 }))
    .sort((a, b) => b.cosine - a.cosine);
}

/** As CLIP's: labels exclude each other. As SigLIP's, where there is a bias: each fits or not, whatever the others. */
function probabilitiesOf(cosines: readonly number[], { logitScale, logitBias }: Logits): number[] {
  if (logitBias !== undefined)
    return cosines.map((cosine) => 1 / (1 + Math.exp(-logitScale * cosine - logitBias)));
  const largest = Math.max(...cosines);
  const weights = cosines.map((cosine) => Math.exp(logitScale * (cosine - largest)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
