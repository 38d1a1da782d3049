/** How much each step does. */
export interface GpuPlan {
  /** The likeliest first, since a step may be cut off. */
  readonly batches: readonly number[];
  readonly rounds: number;
  /** Rows of 512, all by all, for the ten nearest. */
  readonly similarity: readonly number[];
  /** Points of 512 dimensions. */
  readonly tsne: readonly number[];
  readonly tsneIterations: number;
  readonly rooflineImages: number;
  readonly decodingRounds: number;
  /** Seconds without which a step is not begun: what it takes on a GPU by estimate, host work included. */
  readonly needs: Readonly<Record<StepName, number>>;
  /** Seconds after which it is cut off. */
  readonly most: Readonly<Partial<Record<StepName, number>>>;
}

export type StepName =
  | 'load'
  | 'parity'
  | 'rates'
  | 'ort'
  | 'torch'
  | 'roofline'
  | 'similarity'
  | 'tsne'
  | 'decoding';

/** What a size needs, where `needs` is for 10,000 rows: 100,000 take longer, though less than in proportion, by estimate. */
export function secondsFor(rows: number, needs: number): number {
  return rows > 30_000 ? 6 * needs : needs;
}

export const FULL: GpuPlan = {
  batches: [32, 1, 8, 64, 128],
  rounds: 10,
  similarity: [10_000, 100_000],
  tsne: [10_000, 100_000],
  tsneIterations: 1000,
  rooflineImages: 64,
  decodingRounds: 3,
  needs: {
    load: 20,
    parity: 10,
    rates: 10,
    ort: 15,
    torch: 20,
    roofline: 15,
    similarity: 5,
    tsne: 10,
    decoding: 5,
  },
  most: { load: 240, rates: 90, ort: 60, torch: 120, roofline: 90 },
};

/** For a software adapter, and the small model. */
export const SHORT: GpuPlan = {
  batches: [1, 3],
  rounds: 1,
  similarity: [300],
  tsne: [300],
  tsneIterations: 250,
  rooflineImages: 1,
  decodingRounds: 1,
  needs: { load: 1, parity: 1, rates: 1, ort: 1, torch: 1, roofline: 1, similarity: 1, tsne: 1, decoding: 1 },
  most: { ort: 60, torch: 60 },
};
