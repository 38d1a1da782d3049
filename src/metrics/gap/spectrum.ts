import { throwIfAborted } from '../../errors.ts';
import { scatterOf } from './centred-scatter.ts';
import { effectiveRank } from './effective-rank.ts';
import { centredEstimate, type Estimate } from './estimate.ts';
import { shapeGap } from './frechet.ts';
import type { Pairs } from './pairs.ts';

export interface Spectrum {
  readonly distributionGap: Estimate;
  readonly squaredFrechet: Estimate;
  readonly effectiveRank: { readonly images: Estimate; readonly texts: Estimate };
}

/** Multiplications that all resamples together may take: some ten seconds. */
const WORK = 1e10;
const FEWEST_RESAMPLES = 20;

/**
 * The statistics that need eigenvalues. Their resamples cost the cube of the smaller side, so of large inputs fewer
 * are drawn, at least 20 of those that were asked for.
 */
export async function spectrum(
  pairs: Pairs,
  counts: Float32Array,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (done: number, total: number) => void },
): Promise<Spectrum> {
  const { n } = pairs;
  const resamples = Math.min(counts.length / n, affordable(pairs));
  const scatterFor = scatterOf(pairs);
  const replicates = {
    gap: [] as number[],
    frechet: [] as number[],
    images: [] as number[],
    texts: [] as number[],
  };
  const measure = (weights: ArrayLike<number>) => {
    const scatter = scatterFor(weights);
    const { normalized, squaredFrechet } = shapeGap(scatter);
    return {
      gap: normalized,
      frechet: squaredFrechet,
      images: effectiveRank(scatter.images, scatter.size),
      texts: effectiveRank(scatter.texts, scatter.size),
    };
  };
  const whole = measure(new Float64Array(n).fill(1));
  for (let r = 0; r < resamples; r++) {
    throwIfAborted(signal);
    const replicate = measure(counts.subarray(r * n, (r + 1) * n));
    replicates.gap.push(replicate.gap);
    replicates.frechet.push(replicate.frechet);
    replicates.images.push(replicate.images);
    replicates.texts.push(replicate.texts);
    onProgress?.(r + 1, resamples);
    await new Promise((resolve) => setTimeout(resolve)); // the host is not blocked for all of it
  }
  return {
    distributionGap: centredEstimate(whole.gap, replicates.gap),
    squaredFrechet: centredEstimate(whole.frechet, replicates.frechet),
    effectiveRank: {
      images: centredEstimate(whole.images, replicates.images),
      texts: centredEstimate(whole.texts, replicates.texts),
    },
  };
}

function affordable({ n, dim }: Pairs): number {
  const size = Math.min(n, dim);
  const cost = 5 * size ** 3 + (n > dim ? n * dim * dim : 0);
  return Math.max(FEWEST_RESAMPLES, Math.floor(WORK / cost));
}
