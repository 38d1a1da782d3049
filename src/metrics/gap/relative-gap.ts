import type { Quadrants } from './quadrants.ts';

/**
 * The relative modality gap of Schrodi et al. 2025 ("Two Effects, One Trigger"), from 0 to 1, with
 * d(a, b) = (1 - cos(a, b)) / 2 over N pairs (x_i, y_i):
 * RMG = M / (W + M), M = 1/N sum_i d(x_i, y_i),
 * W = 1/(2N(N-1)) (sum_{i != j} d(x_i, x_j) + sum_{i != j} d(y_i, y_j)).
 * The distance of matching pairs is weighed against the space that each modality uses.
 */
export function relativeGap({ imageImage, textText, matched }: Quadrants): number {
  const matching = (1 - matched) / 2;
  const within = (1 - (imageImage + textText) / 2) / 2;
  return matching / (within + matching);
}
