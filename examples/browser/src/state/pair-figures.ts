import { engine } from '../engine/client.ts';
import type { PairFigures } from '../engine/types.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

/** What each pair is among the others, as the pairs are shown. */
export const pairFigures = session.ofShown.answer<PairFigures>();
export const pairFiguresTrouble = new Trouble(session.ofShown);

export async function measurePairs(): Promise<void> {
  if (session.pairCount.value === 0) return;
  await pairFiguresTrouble.attempt(() => pairFigures.ask(() => engine().pairFigures()));
}
