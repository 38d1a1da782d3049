import { type Estimate, estimate, mean, quantile } from './estimate.ts';

/** The mean of one value a pair, with its interval. @param counts `[resamples, n]` */
export function meanEstimate(values: ArrayLike<number>, counts: Float32Array): Estimate {
  return estimate(mean(values), resampledMeans(values, counts));
}

function resampledMeans(values: ArrayLike<number>, counts: Float32Array): Float64Array {
  const n = values.length;
  const means = new Float64Array(counts.length / n);
  for (let i = 0; i < counts.length; i++) {
    const resample = Math.floor(i / n);
    means[resample] = (means[resample] ?? 0) + (counts[i] ?? 0) * (values[i % n] ?? 0);
  }
  return means.map((sum) => sum / n); // once, so that a mean of ones is 1
}

/** The median of one value a pair, with its interval. */
export function medianEstimate(values: ArrayLike<number>, counts: Float32Array): Estimate {
  const n = values.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const medians = new Float64Array(counts.length / n);
  const drawn = new Float64Array(n); // a resample's values in order
  for (let r = 0; r < medians.length; r++) {
    let filled = 0;
    for (const i of order) {
      const next = filled + (counts[r * n + i] ?? 0);
      drawn.fill(values[i] ?? 0, filled, next);
      filled = next;
    }
    medians[r] = quantile(drawn, 0.5);
  }
  return estimate(quantile(Float64Array.from(values).sort(), 0.5), medians);
}
