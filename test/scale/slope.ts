/** A straight line through what was measured. */
export interface Slope {
  readonly start: number;
  readonly end: number;
  /** Per unit of x, with its interval of 95 %. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

/** Neighbouring samples are alike, so the line is of means of so many blocks, whose errors are nearly independent. */
const BLOCKS = 20;
/** Student's t, 97.5 % at 18 degrees of freedom. */
const STUDENT = 2.101;

/**
 * Least squares, as `scipy.stats.linregress` of the means of 20 equal blocks.
 * @throws RangeError for fewer than 20 samples
 */
export function slopeOf(x: readonly number[], y: readonly number[]): Slope {
  if (x.length < BLOCKS || x.length !== y.length) throw new RangeError(`${x.length} and ${y.length} samples`);
  const [xs, ys] = [blockMeans(x), blockMeans(y)];
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const squares = sum(xs.map((value) => (value - meanX) ** 2));
  const slope = sum(xs.map((value, i) => (value - meanX) * ((ys[i] ?? 0) - meanY))) / squares;
  const residuals = ys.map((value, i) => value - meanY - slope * ((xs[i] ?? 0) - meanX));
  const error = Math.sqrt(sum(residuals.map((r) => r * r)) / (BLOCKS - 2) / squares);
  const [low, high] = [slope - STUDENT * error, slope + STUDENT * error];
  return { start: ys[0] ?? 0, end: ys.at(-1) ?? 0, slope, low, high };
}

function blockMeans(values: readonly number[]): number[] {
  return Array.from({ length: BLOCKS }, (_, i) => {
    const [from, to] = [i, i + 1].map((k) => Math.floor((k * values.length) / BLOCKS));
    return mean(values.slice(from, to));
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
