import { engine } from '../engine/client.ts';
import type { PairFigures } from '../engine/types.ts';
import { report } from './messages.ts';
import { session } from './session.ts';

/** What each pair is among the others, as the pairs are shown. */
export const pairFigures = session.ofShown.answer<PairFigures>();

export async function measurePairs(): Promise<void> {
  if (session.pairCount.value === 0) return;
  await pairFigures.ask(() => engine().pairFigures()).catch(report);
}
