/** The items of one class and all others, in ascending order of its score. */
export interface RankedItems {
  /** `[n]` */
  readonly order: Uint32Array;
  /** `[n]`, by place in the order: whether the item's score is that of the one before it. */
  readonly tied: Uint8Array;
  /** `[n]`, by place in the order: 1 for an item of the class. */
  readonly positive: Uint8Array;
}

/** Sorts once, so that each resample is one pass. @param scores `[n]` @param labels `[n]` */
export function rankItems(scores: Float64Array, labels: Uint32Array, label: number): RankedItems {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  return {
    order,
    tied: Uint8Array.from(order, (item, i) =>
      Number(i > 0 && scores[item] === scores[order[i - 1] as number]),
    ),
    positive: Uint8Array.from(order, (item) => Number(labels[item] === label)),
  };
}

/**
 * The area under the ROC curve: the chance that an item of the class has a larger score than one of another, ties counting
 * half (Hanley and McNeil 1982), as scikit-learn's roc_auc_score. NaN without items of the class, or without others.
 * @param counts `[n]`: how often each item counts
 */
export function auroc({ order, tied, positive }: RankedItems, counts: ArrayLike<number>): number {
  let [area, below] = [0, 0]; // negatives of a smaller score
  let [positives, negatives] = [0, 0]; // of the score at hand
  let all = 0;
  const close = () => {
    area += positives * (below + negatives / 2);
    below += negatives;
    all += positives;
  };
  for (let i = 0; i < order.length; i++) {
    if (tied[i] === 0) {
      close();
      positives = 0;
      negatives = 0;
    }
    const count = counts[order[i] as number] as number;
    if (positive[i] === 1) positives += count;
    else negatives += count;
  }
  close();
  return area / (all * below);
}
