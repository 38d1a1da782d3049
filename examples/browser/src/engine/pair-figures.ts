import { duplicates, similarityMatrix } from 'biomedclip-webgpu';
import { NEIGHBOURS, SAME_IMAGE } from './pair-limits.ts';
import { selectRows } from './rows.ts';
import type { PairFigures, PairVectors, Vectors } from './types.ts';

/** Rows that are compared with all others at a time. */
const BLOCK = 512;

/** What every pair is among the others: its cosine, its ranks, what beats it, how far off it lies, and what is nearly the same. */
export async function pairFigures(pairs: PairVectors, signal: AbortSignal): Promise<PairFigures> {
  const { images, texts } = pairs;
  const captions = await ranksOf(images, texts, signal);
  const pictures = await ranksOf(texts, images, signal);
  return {
    cosine: captions.cosine,
    captionRank: captions.rank,
    imageRank: pictures.rank,
    beatingCaption: captions.beating,
    imageDistance: await remoteness(images, signal),
    captionDistance: await remoteness(texts, signal),
    twins: await twinsAmong(images, signal),
  };
}

interface Ranks {
  /** With its partner. */
  readonly cosine: Float32Array<ArrayBuffer>;
  /** Of the partner, from 1: equal ones do not beat it. */
  readonly rank: Uint32Array<ArrayBuffer>;
  /** The nearest of all if it is nearer than the partner, else -1. */
  readonly beating: Int32Array<ArrayBuffer>;
}

/** Of row i of the queries among all candidates, of which i is its partner. A block of the cosines is in memory at a time. */
async function ranksOf(queries: Vectors, candidates: Vectors, signal: AbortSignal): Promise<Ranks> {
  const n = queries.rows;
  const out = { cosine: new Float32Array(n), rank: new Uint32Array(n), beating: new Int32Array(n) };
  for (let first = 0; first < n; first += BLOCK) {
    const rows = Array.from({ length: Math.min(BLOCK, n - first) }, (_, i) => first + i);
    const { data } = await similarityMatrix(selectRows(queries, rows), candidates, { signal });
    for (const [i, row] of rows.entries()) {
      const cosines = data.subarray(i * n, (i + 1) * n);
      const own = cosines[row] ?? Number.NaN;
      let [rank, best, beating] = [1, own, -1];
      for (let other = 0; other < n; other++) {
        const cosine = cosines[other] ?? Number.NaN;
        if (cosine > own) rank += 1;
        if (cosine > best) [best, beating] = [cosine, other];
      }
      [out.cosine[row], out.rank[row], out.beating[row]] = [own, rank, beating];
    }
  }
  return out;
}

/** 1 - cosine to the nearest others of the same modality in the mean: the outlier score of Angiulli and Pizzuti (2002). `[n]` */
async function remoteness(rows: Vectors, signal: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
  const k = Math.min(NEIGHBOURS, rows.rows - 1);
  const far = new Float32Array(rows.rows);
  if (k === 0) return far;
  const { indices, values } = await similarityMatrix(rows, rows, { topK: k + 1, signal });
  for (let row = 0; row < rows.rows; row++) {
    let sum = 0;
    let left = k;
    for (let at = row * (k + 1); at < (row + 1) * (k + 1) && left > 0; at++) {
      if (indices[at] === row) continue;
      sum += 1 - (values[at] ?? 0);
      left -= 1;
    }
    far[row] = sum / k;
  }
  return far;
}

/** For each image another that is nearly the same, or -1. */
async function twinsAmong(images: Vectors, signal: AbortSignal): Promise<Int32Array<ArrayBuffer>> {
  const twins = new Int32Array(images.rows).fill(-1);
  if (images.rows < 2) return twins;
  for (const { a, b } of await duplicates(images, { threshold: SAME_IMAGE, signal })) {
    if (twins[a] === -1) twins[a] = b;
    if (twins[b] === -1) twins[b] = a;
  }
  return twins;
}
