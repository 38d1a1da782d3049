import { gapVector } from './centroids.ts';
import { type Estimate, estimate } from './estimate.ts';
import type { SampleSums } from './sums.ts';

/** Which dimensions of the embedding the gap vector lies in: a few, by Schrodi et al. 2025. */
export interface GapDimensions {
  /** How many dimensions, the largest first, make up half of the squared gap. */
  readonly forHalf: Estimate;
  /** How many make up 90 % of it. */
  readonly for90Percent: Estimate;
  /** The ten largest shares of the squared gap. */
  readonly largest: readonly { readonly dimension: number; readonly share: Estimate }[];
}

const LISTED = 10;

export function gapDimensions(sums: SampleSums, resampled: readonly SampleSums[]): GapDimensions {
  const shares = gapShares(sums);
  const replicates = resampled.map(gapShares);
  const order = [...shares.keys()].sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0));
  const needed = (share: number) =>
    estimate(
      dimensionsFor(shares, share),
      replicates.map((replicate) => dimensionsFor(replicate, share)),
    );
  return {
    forHalf: needed(0.5),
    for90Percent: needed(0.9),
    largest: order.slice(0, LISTED).map((dimension) => ({
      dimension,
      share: estimate(
        shares[dimension] ?? Number.NaN,
        replicates.map((replicate) => replicate[dimension] ?? Number.NaN),
      ),
    })),
  };
}

/** gap_d^2 / ||gap||^2; NaN where there is no gap. */
function gapShares(sums: SampleSums): Float64Array {
  const squares = gapVector(sums).map((value) => value * value);
  const total = squares.reduce((a, b) => a + b, 0);
  return squares.map((square) => square / total);
}

function dimensionsFor(shares: Float64Array, part: number): number {
  const descending = Float64Array.from(shares).sort().reverse();
  let sum = 0;
  for (const [i, share] of descending.entries()) {
    sum += share;
    if (sum >= part - 1e-12) return i + 1;
  }
  return Number.NaN; // no gap
}
