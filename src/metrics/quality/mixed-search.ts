import type { Gpu } from '../../device/gpu.ts';
import { ndcgOfRank } from '../gap/retrieval.ts';
import { similarityMatrix } from '../similarity/similarity.ts';
import { take, type Vectors } from '../vectors.ts';
import { type Judged, originals, unionOf } from './judged-rows.ts';

/** Results looked at. */
const CUTOFF = 10;

/**
 * Searches all images and texts with each query: NDCG@10 (Järvelin and Kekäläinen 2002) with image and text of its item
 * as the relevant results, and the share of images among the first ten. The ideal ranking has all relevant rows first,
 * found or not. Copies of a row within an item are one result; of equal cosines images come first, then the lower index.
 */
export async function mixedSearch(
  gpu: Gpu,
  judged: Judged,
  queries: Vectors,
  signal?: AbortSignal,
): Promise<{ ndcg: Float64Array; imageShare: Float64Array }> {
  const { n, items } = judged;
  const rows = [...originals(judged).entries()].filter(([row, first]) => row === first).map(([row]) => row);
  const corpus = take(unionOf(judged), rows);
  const relevant = new Uint32Array(judged.itemCount);
  for (const row of rows) addOne(relevant, items[row % n] ?? 0);
  const k = Math.min(CUTOFF, rows.length);
  const { indices } = await similarityMatrix(gpu, queries, corpus, { metric: 'dot', topK: k, signal });
  const [ndcg, imageShare] = [new Float64Array(n), new Float64Array(n)];
  for (let query = 0; query < n; query++) {
    const found = Array.from(indices.subarray(query * k, (query + 1) * k), (at) => rows[at] ?? 0);
    const item = items[query] ?? query;
    const gain = found.reduce((sum, row, i) => sum + (items[row % n] === item ? ndcgOfRank(i + 1) : 0), 0);
    ndcg[query] = gain / idealGain(relevant[item] ?? 0);
    imageShare[query] = found.filter((row) => row < n).length / k;
  }
  return { ndcg, imageShare };
}

/** Of so many relevant rows, all first. */
function idealGain(relevant: number): number {
  let gain = 0;
  for (let rank = 1; rank <= Math.min(CUTOFF, relevant); rank++) gain += ndcgOfRank(rank);
  return gain;
}

function addOne(counts: Uint32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}
