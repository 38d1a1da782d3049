/**
 * Entropy in nats of softmax(scale x cosines): 0 where the model is sure of one candidate, log n where it cannot tell.
 * @param scale the model's exp(logit_scale)
 */
export function logitEntropy(cosines: ArrayLike<number>, scale: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < cosines.length; i++) largest = Math.max(largest, cosines[i] ?? 0);
  let [sum, weighted] = [0, 0];
  for (let i = 0; i < cosines.length; i++) {
    const logit = scale * ((cosines[i] ?? 0) - largest);
    const weight = Math.exp(logit);
    sum += weight;
    weighted += weight * logit;
  }
  return Math.log(sum) - weighted / sum;
}
