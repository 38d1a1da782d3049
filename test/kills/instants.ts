import type { Instant } from './command-process.ts';
import type { Reference } from './try-kills.ts';

/** Numbers from 0 to 1, the same for a seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' generator
    return state / 2 ** 32;
  };
}

const WHEN = ['before', 'half', 'after'] as const;

/** Half of them spread evenly over the whole run, the others over its calls that change files, each before, in the middle or after. */
export function instantsOf({ milliseconds, calls }: Reference, count: number, seed: number): Instant[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => {
    if (i % 2 === 0) return { after: random() * milliseconds };
    const call = Math.floor(random() * calls.length);
    return { call, when: WHEN[Math.floor(random() * WHEN.length)] ?? 'after' };
  });
}
