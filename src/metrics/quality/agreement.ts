/** How well clusters agree with classes; 1 if they are the same but for their names. */
export interface Agreement {
  /** Adjusted Rand index (Hubert and Arabie 1985): 0 in the mean of random clusters. */
  readonly adjustedRand: number;
  /** V-measure (Rosenberg and Hirschberg 2007), beta = 1: not adjusted for chance, so many small clusters raise it. */
  readonly vMeasure: number;
}

/**
 * As sklearn.metrics.adjusted_rand_score and v_measure_score, of rows that count several times: copies of a row are no
 * pair of different rows, else a resample would agree better than its sample.
 * @param classes `[n]`, from 0 on @param clusters `[n]`, from 0 on @param weights `[n]`: how often each row counts
 */
export function agreement(
  classes: ArrayLike<number>,
  clusters: ArrayLike<number>,
  weights: ArrayLike<number>,
): Agreement {
  const [rows, cols] = [1 + largest(classes), 1 + largest(clusters)];
  const cells = new Cells(rows * cols);
  const [byClass, byCluster, all] = [new Cells(rows), new Cells(cols), new Cells(1)];
  for (let i = 0; i < classes.length; i++) {
    const [row, col, weight] = [classes[i] ?? 0, clusters[i] ?? 0, weights[i] ?? 0];
    if (weight === 0) continue;
    cells.add(row * cols + col, weight);
    byClass.add(row, weight);
    byCluster.add(col, weight);
    all.add(0, weight);
  }
  if (all.total(0) === 0) return { adjustedRand: Number.NaN, vMeasure: Number.NaN };
  return {
    adjustedRand: adjustedRand(cells.pairs(), byClass.pairs(), byCluster.pairs(), all.pairs()),
    vMeasure: vMeasure(cells.entropy(), byClass.entropy(), byCluster.entropy()),
  };
}

function adjustedRand(both: number, ofClasses: number, ofClusters: number, all: number): number {
  if (both === ofClasses && both === ofClusters) return 1; // the same partition, such as a single row
  const expected = (ofClasses * ofClusters) / all;
  return (both - expected) / ((ofClasses + ofClusters) / 2 - expected);
}

/** From the entropies of the cells, classes and clusters. */
function vMeasure(joint: number, ofClasses: number, ofClusters: number): number {
  const shared = Math.max(0, ofClasses + ofClusters - joint);
  const homogeneity = ofClasses === 0 ? 1 : shared / ofClasses;
  const completeness = ofClusters === 0 ? 1 : shared / ofClusters;
  const sum = homogeneity + completeness;
  return sum === 0 ? 0 : (2 * homogeneity * completeness) / sum;
}

/** Weights of rows, summed by cell. */
class Cells {
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;

  constructor(size: number) {
    this.#sums = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  add(cell: number, weight: number): void {
    this.#sums[cell] = (this.#sums[cell] ?? 0) + weight;
    this.#squares[cell] = (this.#squares[cell] ?? 0) + weight * weight;
  }

  total(cell: number): number {
    return this.#sums[cell] ?? 0;
  }

  /** Pairs of different rows in one cell. */
  pairs(): number {
    return this.#sums.reduce((pairs, sum, cell) => pairs + (sum * sum - (this.#squares[cell] ?? 0)) / 2, 0);
  }

  /** In nats. */
  entropy(): number {
    const total = this.#sums.reduce((a, b) => a + b, 0);
    return this.#sums.reduce(
      (h, sum) => (sum === 0 || sum === total ? h : h - (sum / total) * Math.log(sum / total)),
      0,
    );
  }
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] ?? 0);
  return most;
}
