import { grouped } from '../data/grouped.ts';

/** The largest class first; within a class, and classes of one size, as they are given. */
export function classesTogether(pairs: readonly number[], labelOf: (pair: number) => string): number[] {
  return [...grouped(pairs, labelOf).values()].sort((a, b) => b.length - a.length).flat();
}
