import { grouped } from '../data/grouped.ts';
import type { PairFacts } from '../engine/types.ts';

/** What a pair is known by in two sets: the image's name, and of several captions of one image the caption. */
export type PairKey = Pick<PairFacts, 'id' | 'caption'>;

export function keyOf({ id, caption }: PairKey): PairKey {
  return { id, caption };
}

/**
 * The places of what both lists have, in the order of the first. Pairs of the same image and caption belong together; where
 * captions are others, or not known, pairs of one image do if they are the only ones of it, or the list has no captions.
 */
export function matched(first: readonly PairKey[], second: readonly PairKey[]) {
  const exact = join(first, second, ({ id, caption }) => `${id}\n${caption}`);
  const left = (list: readonly PairKey[], taken: Iterable<number>) => {
    const gone = new Set(taken);
    return grouped(
      list.map((pair, at) => ({ ...pair, at })).filter(({ at }) => !gone.has(at)),
      ({ id }) => id,
    );
  };
  const [ours, theirs] = [left(first, exact.keys()), left(second, exact.values())];
  const both = new Map(exact);
  for (const [id, mine] of ours) {
    const others = theirs.get(id) ?? [];
    const isClear = (mine.length === 1 && others.length === 1) || isMute(mine) || isMute(others);
    for (const [k, { at }] of mine.entries()) {
      const other = isClear ? others[k] : undefined;
      if (other) both.set(at, other.at);
    }
  }
  const here = [...both.keys()].sort((a, b) => a - b);
  return { here, there: here.map((at) => both.get(at) ?? 0) };
}

function isMute(pairs: readonly PairKey[]): boolean {
  return pairs.every(({ caption }) => caption === '');
}

/** Places in the first list with those of the same key in the second, the how-manieth with the how-manieth. */
function join(first: readonly PairKey[], second: readonly PairKey[], keyed: (pair: PairKey) => string) {
  const places = grouped(second.keys(), (at) => keyed(second[at] as PairKey));
  const taken = new Map<string, number>();
  const both = new Map<number, number>();
  for (const [at, pair] of first.entries()) {
    const key = keyed(pair);
    const k = taken.get(key) ?? 0;
    taken.set(key, k + 1);
    const place = places.get(key)?.[k];
    if (place !== undefined) both.set(at, place);
  }
  return both;
}
