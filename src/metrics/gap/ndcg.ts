const CUTOFF = 10;

/**
 * NDCG@10 (Järvelin and Kekäläinen 2002) of a search with one relevant result, at `rank` from 1 on:
 * 1 / log2(1 + rank), or 0 beyond the tenth. The ideal ranking, with it first, has 1.
 */
export function ndcgOfRank(rank: number): number {
  return rank <= CUTOFF ? 1 / Math.log2(1 + rank) : 0;
}
