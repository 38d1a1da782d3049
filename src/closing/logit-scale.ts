/** Held-out pairs after a closing, all of length 1. */
export interface ClosedPairs {
  /** `[rows, D']` */
  readonly images: Float32Array;
  /** `[rows, D']`: text i belongs to image i. */
  readonly texts: Float32Array;
  readonly rows: number;
}

/**
 * The logit scale of least cross-entropy (CLIP's loss, Radford et al. 2021) over the held-out pairs of all folds, by
 * golden-section search on its logarithm: the loss is convex in the scale, so it has one minimum.
 * @param most pairs of a fold that count, from the first on
 */
export function fittedLogitScale(folds: readonly ClosedPairs[], most: number): number {
  const cosines = folds.map(({ images, texts, rows }) =>
    cosinesOf(images, texts, Math.min(rows, most), rows),
  );
  const loss = (log: number) => cosines.reduce((sum, part) => sum + clipLoss(part, Math.exp(log)), 0);
  let [low, high] = [Math.log(0.1), Math.log(1000)];
  for (let i = 0; i < 40; i++) {
    const [a, b] = [high - (high - low) / GOLDEN, low + (high - low) / GOLDEN];
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

const GOLDEN = (1 + Math.sqrt(5)) / 2;

/** Of the first `count` pairs: `[count, count]` */
function cosinesOf(images: Float32Array, texts: Float32Array, count: number, rows: number): Float64Array {
  const dim = images.length / rows;
  return Float64Array.from({ length: count * count }, (_, at) => {
    const [i, j] = [Math.floor(at / count) * dim, (at % count) * dim];
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += (images[i + d] as number) * (texts[j + d] as number);
    return sum;
  });
}

/** The sum over both directions of -log of the probability of the own pair. */
function clipLoss(cosines: Float64Array, scale: number): number {
  const n = Math.sqrt(cosines.length);
  const [rows, cols] = [new Float64Array(n), new Float64Array(n)];
  let matched = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const weight = Math.exp(scale * ((cosines[i * n + j] as number) - 1)); // at most 1
      rows[i] = (rows[i] as number) + weight;
      cols[j] = (cols[j] as number) + weight;
    }
    matched += scale * ((cosines[i * n + i] as number) - 1);
  }
  return rows.reduce((sum, row, i) => sum + Math.log(row) + Math.log(cols[i] as number), -2 * matched);
}
