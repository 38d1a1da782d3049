import { effect, signal } from '@preact/signals';
import { engine } from '../engine/client.ts';
import { evenSample } from '../engine/even-sample.ts';
import type { CosineMatrix } from '../engine/types.ts';
import { engines } from './engines.ts';
import { classesTogether } from './label-order.ts';
import { selectedElsewhere } from './selection.ts';
import { session, shownName } from './session.ts';
import { Trouble } from './trouble.ts';

/** More pairs than this have cells too small to see. */
const MAX_PAIRS = 500;

/** How images and texts follow each other; `similarity` is that within each pair, the highest first. */
export type HeatmapOrder = 'file' | 'label' | 'cluster' | 'similarity';

/** What the ends of the colours stand for: limits of the open pairs, which stay, or those of what is shown. */
export type HeatmapScale = 'fixed' | 'shown';

/** A matrix with what it is of. */
interface HeatmapMatrix extends CosineMatrix {
  readonly order: HeatmapOrder;
  /** How many pairs it is of, of which it may be a sample. */
  readonly among: number;
  readonly isSelection: boolean;
  /** How the pairs were shown; undefined for as embedded. */
  readonly shownName: string | undefined;
}

export const heatmapOrder = signal<HeatmapOrder>('file');
export const heatmapScale = signal<HeatmapScale>('fixed');

export const cosines = session.ofPairs.answer<HeatmapMatrix>();
export const heatmapTrouble = new Trouble(session.ofPairs);
/** The cell that is looked at: a row and a column of the matrix as it is shown. */
export const heatmapCell = session.ofPairs.choice<readonly [row: number, column: number] | undefined>(
  undefined,
);

/** Whether keys led to it, so that it is said; what a pointer passes over is not. */
export const isCellHeard = session.ofPairs.choice(false);

/** Keeps the matrix that of the pairs to show, as they are shown, in the order that is chosen. */
export function followPairs(): void {
  effect(() => {
    const pairs = session.pairs.value;
    void [session.shown.value, engines.value];
    const chosen = selectedElsewhere('heatmap');
    const order = heatmapOrder.value;
    if (pairs.length === 0) return;
    const of = chosen ?? pairs.map((_, i) => i);
    const about = {
      order,
      among: of.length,
      isSelection: chosen !== undefined,
      shownName: shownName.value,
    };
    const sample = order === 'label' ? byLabel(of) : evenSample(of, MAX_PAIRS);
    const inEngine = order === 'cluster' || order === 'similarity' ? order : 'given';
    const ask = async () => ({ ...(await engine().cosines(sample, inEngine)), ...about });
    void heatmapTrouble.attempt(() => cosines.ask(ask, true));
  });
}

/** Sorted before they are sampled, so that each class keeps its share; and after, since the sample has sizes of its own. */
function byLabel(of: readonly number[]): readonly number[] {
  const labelOf = (pair: number) => session.pairs.value[pair]?.label ?? '';
  return classesTogether(evenSample(classesTogether(of, labelOf), MAX_PAIRS), labelOf);
}
