import type { Compared } from './compare.ts';

/** What changed for a pair from A to B. */
export interface PairDifference {
  /** Its index among the open pairs. */
  readonly pair: number;
  readonly cosineA: number;
  readonly cosineB: number;
  readonly cosineChange: number;
  /** Of its own caption among all captions, for its image. */
  readonly rankA: number;
  readonly rankB: number;
  readonly rankChange: number;
}

export function differencesOf({ pairs, a, b }: Pick<Compared, 'pairs' | 'a' | 'b'>): PairDifference[] {
  return pairs.map((pair, i) => {
    const [cosineA = Number.NaN, cosineB = Number.NaN] = [a.cosine[i], b.cosine[i]];
    const [rankA = Number.NaN, rankB = Number.NaN] = [a.captionRank[i], b.captionRank[i]];
    return {
      ...{ pair, cosineA, cosineB, cosineChange: cosineB - cosineA },
      ...{ rankA, rankB, rankChange: rankB - rankA },
    };
  });
}
