/** The share of cosines at either end that colours need not tell apart: few outliers would leave the rest one hue. */
const BEYOND = 0.005;

/** Limits of a colour scale: all but the outermost cosines of a `[side, side]` matrix, without those of points with themselves. */
export function cosineLimits(values: Float32Array, side: number): readonly [number, number] {
  const others = values.filter((_, i) => i % (side + 1) !== 0).sort();
  const last = others.length - 1;
  const cut = Math.floor(BEYOND * last);
  const [low, high] = [others[cut] ?? 0, others[last - cut] ?? 1];
  return low < high ? [low, high] : [low, 1]; // one pair has one cosine
}
