/**
 * Of one image: softmax(logitScale x cosine) over the labels, or for a model with a bias a sigmoid of each by itself.
 * @param cosines with each label's prompt
 */
export function labelProbabilities(
  cosines: ArrayLike<number>,
  logitScale: number,
  logitBias: number | undefined,
): number[] {
  const all = Array.from(cosines);
  if (logitBias !== undefined)
    return all.map((cosine) => 1 / (1 + Math.exp(-logitScale * cosine - logitBias)));
  const highest = Math.max(...all);
  const weights = all.map((cosine) => Math.exp(logitScale * (cosine - highest)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** What is embedded for a label: the template with it in place of `{}`. */
export function inTemplate(template: string, label: string): string {
  return template.includes('{}') ? template.replaceAll('{}', label) : label;
}
