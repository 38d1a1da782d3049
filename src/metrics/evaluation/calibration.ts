import type { JudgedScores } from './judged-scores.ts';
import type { ReliabilityBin } from './report.ts';

/** What is known of each answer, and of each item's probabilities. */
export interface Calibration {
  readonly bins: number;
  /** `[n]` each: the bin of the answer's probability, the probability itself, 1 if the answer is right, the Brier score */
  readonly bin: Uint32Array;
  readonly confidence: Float64Array;
  readonly right: Uint8Array;
  readonly brier: Float64Array;
}

export function calibrationOf(
  { n, k, labels, answers, probabilities }: JudgedScores,
  bins: number,
): Calibration {
  const confidence = Float64Array.from(answers, (answer, item) => probabilities[item * k + answer] ?? 0);
  const brier = new Float64Array(n);
  for (let item = 0; item < n; item++) {
    for (let c = 0; c < k; c++) {
      const error = (probabilities[item * k + c] ?? 0) - Number(c === labels[item]);
      brier[item] = (brier[item] ?? 0) + error * error;
    }
  }
  return {
    bins,
    bin: Uint32Array.from(confidence, (p) => Math.max(0, Math.ceil(p * bins) - 1)), // a bin has its upper end
    confidence,
    right: Uint8Array.from(answers, (answer, item) => Number(answer === labels[item])),
    brier,
  };
}

/** @param counts `[n]`: how often each item counts */
export function reliabilityBins(
  { bins, bin, confidence, right }: Calibration,
  counts: ArrayLike<number>,
): ReliabilityBin[] {
  const [items, sums, rights] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)];
  for (let item = 0; item < bin.length; item++) {
    const [at, count] = [bin[item] as number, counts[item] as number];
    items[at] = (items[at] as number) + count;
    sums[at] = (sums[at] as number) + count * (confidence[item] as number);
    rights[at] = (rights[at] as number) + count * (right[item] as number);
  }
  return Array.from(items, (count, i) => ({
    ...{ low: i / bins, high: (i + 1) / bins, items: count },
    ...{ confidence: (sums[i] ?? 0) / count, accuracy: (rights[i] ?? 0) / count },
  }));
}

/** Expected calibration error (Guo et al. 2017): the bins' |accuracy - confidence|, weighted by their items. */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  let [sum, all] = [0, 0];
  for (const { items, confidence, accuracy } of bins) {
    if (items === 0) continue;
    sum += items * Math.abs(accuracy - confidence);
    all += items;
  }
  return sum / all;
}
