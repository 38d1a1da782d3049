import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import type { ClosingReport, Progress } from '../engine/types.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

const BEGIN: Progress = { stage: 'fitting', done: 0, total: 0 };

/** What a closing is worth on pairs that it was not fitted on; the report says which closing. */
export const judged = session.ofPairs.answer<ClosingReport>();
export const judgingTrouble = new Trouble(session.ofPairs);
export const judgingProgress = session.ofPairs.choice(BEGIN);

export async function judge(): Promise<void> {
  judgingProgress.value = BEGIN;
  await judgingTrouble.attempt(() =>
    judged.ask((isLatest) =>
      engine().judge(
        session.shown.value,
        proxy((progress) => {
          if (isLatest() && progress.stage === 'judging') judgingProgress.value = progress;
        }),
      ),
    ),
  );
}

export function stopJudging(): void {
  void engine().cancel('judge');
}
