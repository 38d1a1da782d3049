import { mean } from '../src/metrics/linear-algebra.ts';

/** A peer's times over the rounds of a run. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** The cosine of each row of a with the same row of b, both `[rows, dim]`. */
export function rowCosines(a: ArrayLike<number>, b: ArrayLike<number>, dim: number): number[] {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  return Array.from({ length: a.length / dim }, (_, row) => {
    let [dot, aa, bb] = [0, 0, 0];
    for (let i = row * dim; i < (row + 1) * dim; i++) {
      const [x, y] = [a[i] ?? Number.NaN, b[i] ?? Number.NaN];
      dot += x * y;
      aa += x * x;
      bb += y * y;
    }
    return dot / Math.sqrt(aa * bb);
  });
}

/** The lowest of them; NaN if one is. */
export function lowestCosine(a: Float32Array, b: Float32Array, dim: number): number {
  return rowCosines(a, b, dim).reduce((lowest, c) => (Number.isNaN(lowest) || c >= lowest ? lowest : c), 1);
}

/** The slope of log(time) over log(n) by least squares: the p of n^p; NaN for a single size. */
export function growthExponent(points: readonly (readonly [n: number, time: number])[]): number {
  const logs = points.map(([n, time]) => [Math.log(n), Math.log(time)] as const);
  const meanOf = (axis: 0 | 1) => mean(logs.map((point) => point[axis]));
  const [centreN, centreTime] = [meanOf(0), meanOf(1)];
  let [products, squares] = [0, 0];
  for (const [n, time] of logs) {
    products += (n - centreN) * (time - centreTime);
    squares += (n - centreN) ** 2;
  }
  return products / squares;
}
