import type { SampleSums } from './sums.ts';

/** Mean cosines of different rows, by quadrant of the matrix of all images and all texts. */
export interface Quadrants {
  readonly imageImage: number;
  readonly textText: number;
  /** Of each image with its own text. */
  readonly matched: number;
  /** Of each image with the others' texts. */
  readonly mismatched: number;
}

/** NaN for a quadrant without a pair of different rows. */
export function quadrantMeans({ n, squares, images, texts, matched, matchedSquares }: SampleSums): Quadrants {
  const pairs = n * n - squares || Number.NaN; // drawn of different rows
  return {
    imageImage: (dot(images, images) - squares) / pairs,
    textText: (dot(texts, texts) - squares) / pairs,
    matched: matched / n,
    mismatched: (dot(images, texts) - matchedSquares) / pairs,
  };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
