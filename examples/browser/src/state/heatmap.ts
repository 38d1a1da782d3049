import { effect } from '@preact/signals';
import { engine } from '../engine/client.ts';
import type { CosineMatrix } from '../engine/types.ts';
import { engines } from './engines.ts';
import { report } from './messages.ts';
import { selectedElsewhere } from './selection.ts';
import { session, shownName } from './session.ts';

/** More pairs than this have cells too small to see. */
const MAX_PAIRS = 500;

/** A matrix with what it is of. */
interface HeatmapMatrix extends CosineMatrix {
  /** How many pairs it is of, of which it may be a sample. */
  readonly among: number;
  readonly isSelection: boolean;
  /** How the pairs were shown; undefined for as embedded. */
  readonly shownName: string | undefined;
}

export const cosines = session.ofPairs.answer<HeatmapMatrix>();
/** The cell that is looked at: a row and a column of the matrix as it is shown. */
export const heatmapCell = session.ofPairs.choice<readonly [row: number, column: number] | undefined>(
  undefined,
);

/** Keeps the matrix that of the pairs to show, as they are shown. */
export function followPairs(): void {
  effect(() => {
    const { length } = session.pairs.value;
    void [session.shown.value, engines.value];
    const chosen = selectedElsewhere('heatmap');
    if (length === 0) return;
    const of = chosen ?? Array.from({ length }, (_, i) => i);
    const about = { among: of.length, isSelection: chosen !== undefined, shownName: shownName.value };
    const ask = async () => ({ ...(await engine().cosines(evenSample(of, MAX_PAIRS))), ...about });
    cosines.ask(ask, true).catch(report);
  });
}

function evenSample(of: readonly number[], limit: number): readonly number[] {
  if (of.length <= limit) return of;
  return Array.from({ length: limit }, (_, i) => of[Math.floor(((i + 0.5) * of.length) / limit)] ?? 0);
}
