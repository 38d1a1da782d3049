/** What a tower gives for a batch. */
export interface TowerOutput {
  /** `[B, D]` */
  readonly embedding: Float32Array;
  /** `[N, C]`: every token's final state, packed in order, if asked for */
  readonly tokens?: Float32Array;
}

export interface TowerOptions {
  /** L2-normalise the embeddings. */
  readonly normalize: boolean;
  /** Give the tokens' states too. */
  readonly tokens: boolean;
}

/** GPU bytes that the recorded batch shapes of one tower may hold. */
export const PROGRAM_BUDGET = 512 * 1024 * 1024;
