import { signal } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import type { ClosingReport, Progress } from '../engine/types.ts';
import { report } from './messages.ts';
import { pairs } from './pairs.ts';
import { shown } from './shown.ts';

/** What closings are worth on pairs that they were not fitted on. */
export const judged = signal<ClosingReport | undefined>(undefined);
/** While folds are judged. */
export const judging = signal<Progress | undefined>(undefined);

export async function judge(): Promise<void> {
  const asked = pairs.value;
  judging.value = { stage: 'fitting', done: 0, total: 0 };
  judged.value = undefined;
  try {
    const found = await engine().judge(
      shown.value,
      proxy((progress) => {
        if (judging.value && progress.stage === 'judging') judging.value = progress;
      }),
    );
    if (asked === pairs.value) judged.value = found;
  } catch (error) {
    report(error);
  } finally {
    judging.value = undefined;
  }
}

export function stopJudging(): void {
  void engine().cancel('judge');
}
