import type { PairFacts } from '../engine/types.ts';

/** What pairs are known by in two sets: the image's name, and of several captions of one image the how-manieth it is. */
export function keysOf(pairs: readonly Pick<PairFacts, 'id'>[]): string[] {
  const seen = new Map<string, number>();
  return pairs.map(({ id }) => {
    const before = seen.get(id) ?? 0;
    seen.set(id, before + 1);
    return before === 0 ? id : `${id}\n${before}`;
  });
}

/** The places of what both lists have, in the order of the first. */
export function matched(first: readonly string[], second: readonly string[]) {
  const places = new Map(second.map((key, i) => [key, i]));
  const both = first.flatMap((key, i) => {
    const at = places.get(key);
    return at === undefined ? [] : [[i, at] as const];
  });
  return { here: both.map(([i]) => i), there: both.map(([, at]) => at) };
}
