/**
 * Average precision of a ranking, as sklearn.metrics.average_precision_score: the sum over the scores s of relevant
 * candidates of (recall(s) - recall(next higher score)) x precision(s), among all candidates of a score of at least s.
 * Equal scores so count as found together, whatever their order. NaN without a relevant candidate.
 * @param relevant `[n]`, 1 for a relevant candidate, else 0
 */
export function averagePrecision(scores: Float32Array, relevant: Uint8Array): number {
  const found = scores.filter((_, i) => relevant[i] === 1).sort();
  const falseAbove = countFalse(scores, relevant, found);
  let sum = 0;
  let [truePositives, falsePositives] = [0, 0];
  for (let at = found.length - 1; at >= 0; ) {
    const score = found[at];
    let equal = 0;
    while (at >= 0 && found[at] === score) {
      falsePositives += falseAbove[at + 1] ?? 0;
      equal++;
      at--;
    }
    truePositives += equal;
    sum += (equal * truePositives) / (truePositives + falsePositives);
  }
  return sum / found.length;
}

/** How many irrelevant candidates have exactly `k` of the relevant scores at or below theirs: `[k]`. No sort of all. */
function countFalse(scores: Float32Array, relevant: Uint8Array, found: Float32Array): Uint32Array {
  const counts = new Uint32Array(found.length + 1);
  for (let i = 0; i < scores.length; i++) {
    if (relevant[i] === 1) continue;
    const score = scores[i] as number;
    let [low, high] = [0, found.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((found[middle] as number) <= score) low = middle + 1;
      else high = middle;
    }
    counts[low] = (counts[low] as number) + 1;
  }
  return counts;
}
