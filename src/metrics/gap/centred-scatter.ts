import { choleskyFactor } from './cholesky.ts';
import { timesTransposed, transpose, weightedScatter } from './matrix-products.ts';
import type { Pairs } from './pairs.ts';

/** The spread of a sample's centred rows X and Y, in whichever form is smaller. */
export interface CentredScatter {
  /** n or dim: the side of the matrices. */
  readonly size: number;
  /** X X^T `[n, n]`, or X^T X `[dim, dim]`: their eigenvalues other than 0 are the same. */
  readonly images: Float64Array;
  readonly texts: Float64Array;
  /** A matrix with the singular values of X Y^T. */
  readonly cross: Float64Array;
  /** Pairs, copies included. */
  readonly n: number;
}

/** Gives the scatter of a sample: of pair i, `weights[i]` copies. What all samples share is computed once. */
export function scatterOf(pairs: Pairs): (weights: ArrayLike<number>) => CentredScatter {
  return pairs.n <= pairs.dim ? byRows(pairs) : byColumns(pairs);
}

/** Few pairs: inner products of all rows, centred for each sample. */
function byRows({ images, texts, n, dim }: Pairs): (weights: ArrayLike<number>) => CentredScatter {
  const products = {
    images: timesTransposed(images, images, dim),
    texts: timesTransposed(texts, texts, dim),
    cross: timesTransposed(images, texts, dim),
  };
  return (weights) => ({
    ...{ size: n, n },
    images: centredProducts(products.images, n, weights),
    texts: centredProducts(products.texts, n, weights),
    cross: centredProducts(products.cross, n, weights),
  });
}

/**
 * sqrt(w_i w_j) (x_i - mean) . (y_j - mean): as many copies of a row as its weight have the singular values of the row
 * once, scaled by the root of the weight.
 */
function centredProducts(products: Float64Array, n: number, weights: ArrayLike<number>): Float64Array {
  const [rowMeans, colMeans] = [new Float64Array(n), new Float64Array(n)];
  let all = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const value = products[i * n + j] as number;
      rowMeans[i] = (rowMeans[i] as number) + (value * (weights[j] ?? 0)) / n;
      colMeans[j] = (colMeans[j] as number) + (value * (weights[i] ?? 0)) / n;
    }
    all += ((rowMeans[i] as number) * (weights[i] ?? 0)) / n;
  }
  return products.map((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    const centred = value - (rowMeans[i] as number) - (colMeans[j] as number) + all;
    return Math.sqrt((weights[i] ?? 0) * (weights[j] ?? 0)) * centred;
  });
}

/** Many pairs: sums of outer products. With L L^T = X^T X of each, L_x^T L_y has the singular values of X Y^T. */
function byColumns({ images, texts, n, dim }: Pairs): (weights: ArrayLike<number>) => CentredScatter {
  return (weights) => {
    const [x, y] = [centredScatter(images, dim, weights, n), centredScatter(texts, dim, weights, n)];
    const [left, right] = [choleskyFactor(x, dim), choleskyFactor(y, dim)];
    const cross = timesTransposed(transpose(left, dim, dim), transpose(right, dim, dim), dim);
    return { size: dim, n, images: x, texts: y, cross };
  };
}

/** Sum of w (x - mean)(x - mean)^T. */
export function centredScatter(
  rows: Float64Array,
  dim: number,
  weights: ArrayLike<number>,
  total: number,
): Float64Array {
  const means = new Float64Array(dim);
  for (let i = 0; i < rows.length; i++) {
    means[i % dim] =
      (means[i % dim] as number) + ((rows[i] as number) * (weights[Math.floor(i / dim)] ?? 0)) / total;
  }
  const scatter = weightedScatter(rows, dim, weights);
  return scatter.map((value, at) => {
    return value - total * (means[Math.floor(at / dim)] as number) * (means[at % dim] as number);
  });
}
