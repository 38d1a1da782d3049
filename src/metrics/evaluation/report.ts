import type { Estimate } from '../gap/estimate.ts';
import type { RowLabel } from '../quality/judged-rows.ts';

/** Scores of items, of whose classes one is right. */
export interface ScoredItems {
  /** `[n, K]`: the score of each item for each class, such as the cosines that `similarityMatrix` gives. */
  readonly scores: {
    /** Row by row. */
    readonly data: Float32Array;
    /** n, items. */
    readonly rows: number;
    /** K, classes. */
    readonly cols: number;
  };
  /** The K classes, each once, in the order of the columns. */
  readonly classes: readonly RowLabel[];
  /** `[n]`: the right class of each item. */
  readonly labels: readonly RowLabel[];
  /** `[n]`: what resamples draw whole, such as the patient of each item. Default: each item is its own. */
  readonly groups?: readonly RowLabel[];
  /** What scores are multiplied by to be logits, such as the model's exp(logit_scale). Default: 1. Unit: none. */
  readonly logitScale?: number;
  /**
   * Added to the logits, whose sigmoid is then each class's probability by itself, as SigLIP has it. Default: none, and
   * probabilities are the softmax of the logits. Unit: none.
   */
  readonly logitBias?: number;
}

/** How a classification is judged. */
export interface EvaluationOptions {
  /** Bootstrap resamples of items, or of whole groups. Default 1000; 0 for no intervals. Unit: resamples. Source: Efron 1979. */
  readonly resamples?: number;
  /** Seed of the resamples; an integer. Default 0. Unit: none. */
  readonly seed?: number;
  /** Bins of equal width for the calibration, at least 1. Default 15. Unit: bins. Source: Guo et al. 2017. */
  readonly bins?: number;
  /** Ends the call in an `AbortedError` when it fires. */
  readonly signal?: AbortSignal;
}

/** One class against the rest. */
export interface ClassMeasures {
  /** The class. */
  readonly label: RowLabel;
  /** Items of the class. */
  readonly items: number;
  /** Items that were taken for it. */
  readonly predicted: number;
  /** Of the items taken for it, the share that is: 0 where none was, NaN if it has no items either. */
  readonly precision: Estimate;
  /** Of its items, the share that was found. NaN without items. */
  readonly recall: Estimate;
  /** Harmonic mean of precision and recall. NaN for a class without items that nothing was taken for. */
  readonly f1: Estimate;
  /** Area under the ROC curve of the class's probability, ties counting half. NaN without items, or without others. */
  readonly auroc: Estimate;
}

/** Answers given with about the same confidence. */
export interface ReliabilityBin {
  /** Confidences above this are in the bin; 0 too in the first. */
  readonly low: number;
  /** And up to this. */
  readonly high: number;
  /** Items in the bin. */
  readonly items: number;
  /** Mean probability of the answers; NaN in an empty bin. */
  readonly confidence: number;
  /** Share of right answers; NaN in an empty bin. */
  readonly accuracy: number;
}

/** How well a classification did, with 95 % bootstrap intervals. An item's answer is its class of largest score, of equal ones the first. */
export interface ClassificationReport {
  /** n, the number of items. */
  readonly items: number;
  /** What a resample drew whole, and how many of them there are. */
  readonly drawn: { readonly units: 'items' | 'groups'; readonly count: number };
  /** What resamples were drawn by. */
  readonly seed: number;
  /** Bootstrap resamples that were asked for. */
  readonly resamples: number;
  /** Share of right answers. */
  readonly accuracy: Estimate;
  /** Mean recall of the classes that have items. */
  readonly balancedAccuracy: Estimate;
  /** Mean F1 of the classes that have items or were answered. */
  readonly macroF1: Estimate;
  /** Mean over the classes of the area under the ROC curve, one class against the rest; of those that define it. */
  readonly macroAuroc: Estimate;
  /** Share of items whose class is among the five of largest score. Undefined for five classes or fewer, where it is 1. */
  readonly top5: Estimate | undefined;
  /** Mean of |accuracy - confidence| over the bins, by their items (Guo et al. 2017). */
  readonly calibrationError: Estimate;
  /** Mean squared distance of the probabilities from 1 for the right class and 0 for the others (Brier 1950): 0 to 2. */
  readonly brier: Estimate;
  /** The bins of the calibration, from 0 to 1. */
  readonly reliability: readonly ReliabilityBin[];
  /** In the order of the classes. */
  readonly classes: readonly ClassMeasures[];
  /** `[K][K]`: items by their class (rows) and answer (columns). */
  readonly confusion: readonly (readonly number[])[];
  /** `[n]`: the answer to each item, an index of the classes. */
  readonly answers: Uint32Array;
  /** `[n, K]`: the probability of each class. */
  readonly probabilities: Float64Array;
}

/** A measure of the whole, by the name of its field. */
export type ClassificationMeasureName =
  | 'accuracy'
  | 'balancedAccuracy'
  | 'macroF1'
  | 'macroAuroc'
  | 'top5'
  | 'calibrationError'
  | 'brier';

/** How a measure is shown. */
export interface ClassificationMeasure {
  /** Its field in a report. */
  readonly name: ClassificationMeasureName;
  /** In a few words. */
  readonly title: string;
  /** A share is shown in percent. */
  readonly share: boolean;
}

/** The measures of the whole in their usual order. */
export const CLASSIFICATION_MEASURES: readonly ClassificationMeasure[] = [
  { name: 'accuracy', title: 'accuracy', share: true },
  { name: 'balancedAccuracy', title: 'balanced accuracy', share: true },
  { name: 'macroF1', title: 'macro F1', share: false },
  { name: 'macroAuroc', title: 'AUROC, one against the rest', share: false },
  { name: 'top5', title: 'top-5 accuracy', share: true },
  { name: 'calibrationError', title: 'expected calibration error', share: false },
  { name: 'brier', title: 'Brier score', share: false },
];
