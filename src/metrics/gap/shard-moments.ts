import { weightedScatter } from '../linear-algebra.ts';
import { matchedCosines, type SampleSums, sumsOf } from './centroids.ts';
import { CosineCounts } from './cosine-counts.ts';
import type { Pairs } from './pairing.ts';

/** What a shard adds to the statistics of sums and of the spectrum. In double precision. */
export interface ShardMoments extends SampleSums {
  readonly items: number;
  readonly images: Float64Array;
  readonly texts: Float64Array;
  /** sum of x_i x_i^T, not centred: `[dim, dim]` */
  readonly imageScatter: Float64Array;
  readonly textScatter: Float64Array;
  readonly matchedCounts: CosineCounts;
}

export function momentsOf(pairs: Pairs): ShardMoments {
  const { n, dim } = pairs;
  const ones = new Float64Array(n).fill(1);
  const sums = sumsOf(pairs);
  const matchedCounts = new CosineCounts();
  for (const cosine of matchedCosines(pairs)) matchedCounts.add(cosine);
  return {
    ...sums,
    items: pairs.itemCount,
    images: Float64Array.from(sums.images),
    texts: Float64Array.from(sums.texts),
    imageScatter: weightedScatter(pairs.images, dim, ones),
    textScatter: weightedScatter(pairs.texts, dim, ones),
    matchedCounts,
  };
}

export function mergeMoments(a: ShardMoments, b: ShardMoments): ShardMoments {
  return {
    n: a.n + b.n,
    items: a.items + b.items,
    squares: a.squares + b.squares,
    images: sumOf(a.images, b.images),
    texts: sumOf(a.texts, b.texts),
    matched: a.matched + b.matched,
    matchedSquares: a.matchedSquares + b.matchedSquares,
    imageScatter: sumOf(a.imageScatter, b.imageScatter),
    textScatter: sumOf(a.textScatter, b.textScatter),
    matchedCounts: a.matchedCounts.plus(b.matchedCounts),
  };
}

function sumOf(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + (b[i] ?? 0));
}

/** sum of (x_i - mean)(x_i - mean)^T */
export function centred(scatter: Float64Array, sums: Float64Array, n: number): Float64Array {
  const dim = sums.length;
  return scatter.map((value, at) => value - ((sums[Math.floor(at / dim)] ?? 0) * (sums[at % dim] ?? 0)) / n);
}
