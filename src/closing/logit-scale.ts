import { sampleOf } from '../metrics/random.ts';

/** Held-out pairs after a closing, all of length 1. */
export interface ClosedPairs {
  /** `[rows, D']` */
  readonly images: Float32Array;
  /** `[rows, D']`: text i belongs to image i. */
  readonly texts: Float32Array;
  /** `[rows]`: an image with several captions is one item. */
  readonly items: readonly number[];
  readonly rows: number;
}

/**
 * The logit scale of least cross-entropy (CLIP's loss, Radford et al. 2021) over the held-out pairs of all folds, by
 * golden-section search on its logarithm. Pairs of one item or of the same text are no misses of each other.
 * @param most pairs of a fold that count, drawn at random
 * @returns undefined where no fold has a miss
 */
export function fittedLogitScale(
  folds: readonly ClosedPairs[],
  most: number,
  seed: number,
): number | undefined {
  const parts = folds.map((fold) => logitsOf(fold, sampleOf(seed, most, fold.rows)));
  if (!parts.some(({ kinds }) => new Set(kinds).size > 1)) return undefined;
  const loss = (log: number) => parts.reduce((sum, part) => sum + clipLoss(part, Math.exp(log)), 0);
  let [low, high] = [Math.log(0.1), Math.log(LARGEST_SCALE)];
  for (let i = 0; i < 40; i++) {
    const [a, b] = [high - (high - low) / GOLDEN, low + (high - low) / GOLDEN];
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

/** CLIP's own limit: where every own pair is nearer than all others, the loss alone would have no end. */
const LARGEST_SCALE = 100;
const GOLDEN = (1 + Math.sqrt(5)) / 2;

interface Logits {
  /** `[n, n]`, images by texts */
  readonly cosines: Float64Array;
  /** `[n]`: pairs of the same kind are no misses of each other. */
  readonly kinds: readonly number[];
}

function logitsOf({ images, texts, items, rows }: ClosedPairs, chosen: Uint32Array): Logits {
  const dim = images.length / rows;
  const n = chosen.length;
  const cosines = new Float64Array(n * n);
  for (const [i, image] of chosen.entries()) {
    for (const [j, text] of chosen.entries()) {
      let sum = 0;
      for (let d = 0; d < dim; d++)
        sum += (images[image * dim + d] as number) * (texts[text * dim + d] as number);
      cosines[i * n + j] = sum;
    }
  }
  const seen = new Map<string | number, number>();
  const kinds = Array.from(chosen, (row, i) => {
    const [item, text] = [items[row] as number, texts.subarray(row * dim, (row + 1) * dim).join()];
    const kind = seen.get(item) ?? seen.get(text) ?? i;
    seen.set(item, kind).set(text, kind);
    return kind;
  });
  return { cosines, kinds };
}

/** The sum over both directions of -log of the probability of the own pair, or another of its kind. */
function clipLoss({ cosines, kinds }: Logits, scale: number): number {
  const n = kinds.length;
  const [rows, cols, ownRows, ownCols] = [0, 1, 2, 3].map(() => new Float64Array(n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const add = (sums: Float64Array, at: number, value: number) => {
    sums[at] = (sums[at] as number) + value;
  };
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const weight = Math.exp(scale * ((cosines[i * n + j] as number) - 1)); // at most 1
      add(rows, i, weight);
      add(cols, j, weight);
      if (kinds[i] !== kinds[j]) continue;
      add(ownRows, i, weight);
      add(ownCols, j, weight);
    }
  }
  const lost = (all: Float64Array, own: Float64Array) =>
    all.reduce((sum, value, i) => sum + Math.log(value / (own[i] as number)), 0);
  return lost(rows, ownRows) + lost(cols, ownCols);
}
