// A closing of the modality gap as plain data: what `src/closing` fits and `src/model` applies.

/** What one modality goes through: x of length 1 to unit(unit(W x + b) - c). */
export interface AffineMap extends LinearMap {
  /** c `[outDim]`: the mean of what was fitted. Scaling to length 1 brings a part of the gap back, this takes it out. */
  readonly recentre: Float32Array;
}

/** The two maps of a closing. */
export interface ClosingMaps {
  /** What image embeddings go through. */
  readonly images: AffineMap;
  /** What text embeddings go through. */
  readonly texts: AffineMap;
}

/** x `[dim]` to W x + b `[outDim]`. */
export interface LinearMap {
  /** W `[outDim, dim]` */
  readonly weight: Float32Array;
  /** b `[outDim]` */
  readonly bias: Float32Array;
  /** D, the length of a row before. */
  readonly dim: number;
  /** The length of a row after. */
  readonly outDim: number;
}

/** How a closing is fitted. The last four are baselines that others are better than, for comparison. */
export type ClosingMethod =
  | 'shift'
  | 'center'
  | 'transport'
  | 'reciprocal'
  | 'local'
  | 'cca'
  | 'head'
  | 'standardise'
  | 'realign'
  | 'procrustes'
  | 'ridge';

/** What was fitted, on what, and what it is worth on rows that it did not see. Plain data, kept in the file. */
export interface ClosingReport {
  /** How it was fitted. */
  readonly method: ClosingMethod;
  /** Why this method, where `auto` chose it. */
  readonly reason?: string;
  /** Of methods that have one. */
  readonly strength?: number;
  /** What folds and a head were drawn by. */
  readonly seed: number;
  /** Rows that it was fitted on. */
  readonly rows: { readonly images: number; readonly texts: number };
  /** How rows were paired; undefined if they were not. */
  readonly pairedBy?: 'ids' | 'rows';
  /** Different groups among the rows, if groups were given. */
  readonly groups?: number;
  /** D, the length of a row before. */
  readonly dim: number;
  /** The length of a row after. */
  readonly outDim: number;
  /** The shares of the scaled identity in the covariances of images and texts (Ledoit and Wolf 2004). */
  readonly shrinkage?: { readonly images: number; readonly texts: number };
  /** What speaks against trusting it, in sentences. */
  readonly warnings: readonly string[];
  /** What it does for rows that it was not fitted on. */
  readonly heldOut?: HeldOutReport;
  /**
   * exp(logit_scale) for closed rows: probabilities at the model's own are wrong after a map. Of least cross-entropy of
   * CLIP's loss on held-out pairs.
   */
  readonly logitScale?: number;
  /** SHA-256 of the checkpoint that made the rows, `model.info.fingerprint`. */
  readonly fingerprint?: string;
  /** This package's version. */
  readonly version: string;
}

/** Cross-validated: each fold is judged by maps fitted on the others. */
export interface HeldOutReport {
  /** Folds that were judged. */
  readonly folds: number;
  /** Whether folds kept groups whole, so that the figures are of groups never seen. */
  readonly byGroup: boolean;
  /** Pairs that were judged. */
  readonly pairs: number;
  /** One for each measure that the rows allow. */
  readonly measures: readonly HeldOutMeasure[];
  /** False where so few rows were judged that no claim follows from the figures. */
  readonly supportsClaims: boolean;
}

/** Means over folds. */
export interface HeldOutMeasure {
  /** As in `QUALITY_MEASURES`. */
  readonly name: string;
  /** Of the rows as the model gives them. */
  readonly before: number;
  /** Of the rows after the maps. */
  readonly after: number;
  /** after - before, with the 95 % interval of a paired bootstrap. */
  readonly difference: number;
  /** 2.5 % quantile of the difference. */
  readonly low: number;
  /** 97.5 % quantile of the difference. */
  readonly high: number;
  /** What remains by chance at this number of rows, for measures that have a floor. */
  readonly floor?: number;
}
