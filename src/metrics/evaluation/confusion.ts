import type { JudgedScores } from './judged-scores.ts';

/** What the counts of answers say, of the items as they are or of a resample. */
export interface CountedMeasures {
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  readonly macroF1: number;
  /** `[K]` each */
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  readonly f1: Float64Array;
}

/** Items by their class (rows) and answer (columns), `[K, K]`. @param counts `[n]`: how often each item counts */
export function confusionOf(
  { labels, answers, k }: Pick<JudgedScores, 'labels' | 'answers' | 'k'>,
  counts: ArrayLike<number>,
): Float64Array {
  const confusion = new Float64Array(k * k);
  for (let item = 0; item < labels.length; item++) {
    const at = (labels[item] as number) * k + (answers[item] as number);
    confusion[at] = (confusion[at] as number) + (counts[item] as number);
  }
  return confusion;
}

/** As scikit-learn's accuracy_score, balanced_accuracy_score and f1_score(average='macro'). @param confusion `[K, K]` */
export function countedMeasures(confusion: Float64Array, k: number): CountedMeasures {
  const [right, items, answered] = [new Float64Array(k), new Float64Array(k), new Float64Array(k)];
  for (let i = 0; i < k; i++) {
    right[i] = confusion[i * k + i] ?? 0;
    for (let j = 0; j < k; j++) {
      items[i] = (items[i] ?? 0) + (confusion[i * k + j] ?? 0);
      answered[i] = (answered[i] ?? 0) + (confusion[j * k + i] ?? 0);
    }
  }
  // a resample without the class and without answers says nothing of it
  const precision = right.map((value, i) =>
    answered[i] === 0 && items[i] !== 0 ? 0 : value / (answered[i] ?? 0),
  );
  const recall = right.map((value, i) => value / (items[i] ?? 0)); // 0 / 0 is NaN
  const f1 = right.map((value, i) => (2 * value) / ((items[i] ?? 0) + (answered[i] ?? 0)));
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return {
    accuracy: sum(right) / sum(items),
    balancedAccuracy: meanOfDefined(recall),
    macroF1: meanOfDefined(f1),
    ...{ precision, recall, f1 },
  };
}

/** NaN where none is defined. */
export function meanOfDefined(values: Float64Array): number {
  let [sum, defined] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    defined += 1;
  }
  return sum / defined;
}
