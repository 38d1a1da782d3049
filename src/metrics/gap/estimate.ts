import { mean } from '../linear-algebra.ts';

/** A statistic with its 95 % bootstrap interval. NaN where there are too few pairs to define it. */
export interface Estimate {
  /** Of the pairs as they are. */
  readonly value: number;
  /** 2.5 % quantile over resamples. */
  readonly low: number;
  /** 97.5 % quantile over resamples. */
  readonly high: number;
  /** Number of resamples behind the interval. */
  readonly resamples: number;
}

/**
 * What a statistic would be by chance: if images and texts were paired at random, or for the distribution gap, if each pair
 * had its image and text exchanged at random.
 */
export interface Baseline {
  /** Over the draws. */
  readonly mean: number;
  /** 2.5 % quantile over the draws. */
  readonly low: number;
  /** 97.5 % quantile over the draws. */
  readonly high: number;
  /**
   * (1 + draws that do at least as well as the real pairs) / (1 + draws), after Phipson and Smyth 2010. If none
   * does, this is the smallest value that so many draws can give, and the true one may be smaller.
   */
  readonly pValue: number;
  /** Number of draws. */
  readonly permutations: number;
}

/** A statistic with what chance gives beside it. */
export interface PairedEstimate extends Estimate {
  /** What chance gives. */
  readonly baseline: Baseline;
}

/** The quantiles that bound an interval of 95 %. */
const [LOW, HIGH] = [0.025, 0.975];

/** Kept beside estimates, so that reports stay a few numbers: what pairs the resamples of two models. */
const REPLICATES = new WeakMap<Estimate, ArrayLike<number>>();

/** The value of each resample behind an estimate, in the order of the resamples. Empty for a copy of one. */
export function replicatesOf(of: Estimate): ArrayLike<number> {
  return REPLICATES.get(of) ?? [];
}

function keeping<T extends Estimate>(of: T, replicates: ArrayLike<number>): T {
  REPLICATES.set(of, replicates);
  return of;
}

/** The percentile interval of the replicates that are defined. */
export function estimate(value: number, replicates: ArrayLike<number>): Estimate {
  const sorted = Float64Array.from(replicates).filter(Number.isFinite).sort();
  const [low, high] = [quantile(sorted, LOW), quantile(sorted, HIGH)];
  return keeping({ value, low, high, resamples: sorted.length }, replicates);
}

/**
 * The percentile interval moved so that the replicates' mean falls on the value, for statistics of the spectrum: the
 * copies in a resample lower its rank, which shifts every replicate the same way.
 * @param range what the statistic cannot leave
 */
export function centredEstimate(
  value: number,
  replicates: ArrayLike<number>,
  [least, most]: readonly [number, number] = [-Infinity, Infinity],
): Estimate {
  const shift = value - mean(Float64Array.from(replicates).filter(Number.isFinite));
  const spread = estimate(value, replicates);
  const moved = Float64Array.from(replicates, (replicate) => replicate + shift);
  const [low, high] = [Math.max(least, spread.low + shift), Math.min(most, spread.high + shift)];
  return keeping({ ...spread, low, high }, moved);
}

/** The mean of one value per pair, with its interval. @param counts `[resamples, n]` */
export function meanEstimate(values: ArrayLike<number>, counts: Float32Array): Estimate {
  return estimate(mean(values), resampledMeans(values, counts));
}

function resampledMeans(values: ArrayLike<number>, counts: Float32Array): Float64Array {
  const n = values.length;
  const [sums, drawn] = [new Float64Array(counts.length / n), new Float64Array(counts.length / n)];
  for (let i = 0; i < counts.length; i++) {
    const [resample, count] = [Math.floor(i / n), counts[i] ?? 0];
    sums[resample] = (sums[resample] ?? 0) + count * (values[i % n] ?? 0);
    drawn[resample] = (drawn[resample] ?? 0) + count;
  }
  return sums.map((sum, r) => sum / (drawn[r] ?? 0)); // divided once, so that a mean of ones is exactly 1
}

/** The median of one value per pair, with its interval. */
export function medianEstimate(values: ArrayLike<number>, counts: Float32Array): Estimate {
  const n = values.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const medians = new Float64Array(counts.length / n);
  for (let r = 0; r < medians.length; r++) {
    const drawn = new Float64Array(totalOf(counts.subarray(r * n, (r + 1) * n))); // its values in order
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

/** Baselines come from cosines in f32, so the real pairing drawn at random may differ by this much. */
const ROUNDING = 1e-6;

/** @param better whether the statistic grows or shrinks as pairs fit better */
export function withBaseline(
  of: Estimate,
  permuted: ArrayLike<number>,
  better: 'larger' | 'smaller',
): PairedEstimate {
  const sorted = Float64Array.from(permuted).filter(Number.isFinite).sort();
  const sign = better === 'larger' ? 1 : -1;
  const asGood = sorted.filter((p) => sign * (p - of.value) >= -ROUNDING).length;
  const baseline = {
    mean: mean(sorted),
    low: quantile(sorted, LOW),
    high: quantile(sorted, HIGH),
    pValue: Number.isFinite(of.value) ? (1 + asGood) / (1 + sorted.length) : Number.NaN,
    permutations: sorted.length,
  };
  return keeping({ ...of, baseline }, replicatesOf(of));
}

/** How many pairs a resample has: n, unless whole items of several pairs are drawn. */
export function totalOf(counts: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < counts.length; i++) sum += counts[i] ?? 0;
  return sum;
}

/** p as text: `= 0.021`, or `<= 0.001` if no random pairing did as well, since more pairings could only lower it. */
export function pValueText({ pValue, permutations }: Pick<Baseline, 'pValue' | 'permutations'>): string {
  const isLeast = pValue <= 1 / (1 + permutations);
  return `${isLeast ? '<=' : '='} ${Number(pValue.toPrecision(2))}`;
}

/** As numpy.quantile: linear between neighbours. @param sorted ascending */
function quantile(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return below + (at - Math.floor(at)) * (above - below);
}
