import type { SampleSums } from './sums.ts';

/** The gap vector of Liang et al. 2022, "Mind the Gap": centroid of the images minus that of the texts, `[dim]`. */
export function gapVector({ images, texts, n }: SampleSums): Float64Array {
  return Float64Array.from(images, (value, d) => (value - (texts[d] ?? 0)) / n);
}

/** || mean(images) - mean(texts) || of unit vectors, from 0 to 2 (Liang et al. 2022). */
export function centroidDistance(sums: SampleSums): number {
  return Math.sqrt(gapVector(sums).reduce((sum, value) => sum + value * value, 0));
}
