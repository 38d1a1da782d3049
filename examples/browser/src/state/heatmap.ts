import { effect, signal } from '@preact/signals';
import { engine } from '../engine/client.ts';
import type { CosineMatrix } from '../engine/types.ts';
import { report } from './messages.ts';
import { pairs } from './pairs.ts';
import { shownPairs } from './selection.ts';
import { shown } from './shown.ts';

/** More pairs than this have cells too small to see. */
const MAX_PAIRS = 500;

export const cosines = signal<CosineMatrix | undefined>(undefined);

let asked = 0;

/** Keeps the matrix that of the pairs to show, as they are shown. */
export function followPairs(): void {
  effect(() => {
    const count = pairs.value.length;
    void shown.value;
    if (count === 0) cosines.value = undefined;
    else void findCosines(shownPairs('heatmap') ?? Array.from({ length: count }, (_, i) => i));
  });
}

async function findCosines(of: readonly number[]): Promise<void> {
  asked += 1;
  const mine = asked;
  try {
    const found = await engine().cosines(evenSample(of, MAX_PAIRS));
    if (mine === asked) cosines.value = found;
  } catch (error) {
    report(error);
  }
}

function evenSample(of: readonly number[], limit: number): readonly number[] {
  if (of.length <= limit) return of;
  return Array.from({ length: limit }, (_, i) => of[Math.floor(((i + 0.5) * of.length) / limit)] ?? 0);
}
