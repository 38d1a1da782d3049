import type { TsneOptions } from 'biomedclip-webgpu';

/** Up to so many points, all pairs of them are cheap. */
const EXACT_POINTS = 1_000;

/** From places that are good already: no exaggeration, which would tear them apart, and a shorter way. */
export const SETTLING = { earlyExaggeration: 1, maxIter: 300 } as const satisfies TsneOptions;

export function methodFor(points: number): 'exact' | 'barnes_hut' {
  return points <= EXACT_POINTS ? 'exact' : 'barnes_hut';
}

/** A fifth of the other points, at most scikit-learn's default: 3 for nine pairs. */
export function usualPerplexity(points: number): number {
  return Math.min(30, Math.max(1, Math.floor((points - 1) / 5)));
}
