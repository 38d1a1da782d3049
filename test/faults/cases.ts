import { ABORT, type Call } from './calls.ts';
import { finalName } from './file-calls.ts';
import type { Case } from './try-faults.ts';

/** Every call, with each error that can come to it, and the caller's abort. */
export function everyCase(calls: readonly Call[]): Case[] {
  return calls.flatMap((call, at) => [...call.faults, ABORT].map((fault) => ({ at, call, fault })));
}

/**
 * Each call once, with one error after the other in turn; of those alike, such as the reads of one file, the first and the
 * last.
 * @param byLabel whether the GPU's calls for another label are others; else those of a method are alike
 */
export function casesInTurn(calls: readonly Call[], byLabel: boolean): Case[] {
  const alike = new Map<string, number[]>();
  for (const [at, call] of calls.entries()) {
    const isGpu = call.kind.startsWith('GPU');
    const key = isGpu && !byLabel ? call.name : `${call.name} ${finalName(call.target)}`;
    alike.set(key, [...(alike.get(key) ?? []), at]);
  }
  const chosen = [...alike.values()].flatMap((places) => [...new Set([places[0], places.at(-1)])]);
  const turns = new Map<string, number>();
  return chosen
    .filter((at) => at !== undefined)
    .sort((a, b) => a - b)
    .flatMap((at) => {
      const call = calls[at];
      if (!call) return [];
      const faults = [...call.faults, ABORT];
      const turn = turns.get(call.name) ?? 0;
      turns.set(call.name, turn + 1);
      return [{ at, call, fault: faults[turn % faults.length] ?? ABORT }];
    });
}

/** Some of the cases, the same ones for a seed. */
export function sampled(cases: readonly Case[], count: number, seed: number): Case[] {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' generator
    return state;
  };
  return cases
    .map((one) => ({ one, key: random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ one }) => one)
    .sort((a, b) => a.at - b.at);
}
