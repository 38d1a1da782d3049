import { signal } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import type { GapReport } from '../engine/types.ts';
import { report } from './messages.ts';
import { modelInfo } from './model.ts';
import { shown } from './shown.ts';

const RESAMPLES = 1000;

/** As the model embedded the pairs, with intervals. */
export const gap = signal<GapReport | undefined>(undefined);
/** As the pairs are shown, without intervals; undefined while they are as embedded. */
export const shownGap = signal<GapReport | undefined>(undefined);
/** 0 to 1 while the first is computed. */
export const gapProgress = signal<number | undefined>(undefined);

export async function measureGap(): Promise<void> {
  gap.value = undefined;
  gapProgress.value = 0;
  try {
    gap.value = await engine().gap(
      'embedded',
      modelInfo.value?.logitScale,
      RESAMPLES,
      proxy(({ stage, done, total }) => {
        if (gapProgress.value === undefined) return; // it came after the result
        gapProgress.value = (stage === 'spectrum' ? 0.5 : 0) + done / total / 2;
      }),
    );
  } catch (error) {
    report(error);
  } finally {
    gapProgress.value = undefined;
  }
}

export async function measureShownGap(): Promise<void> {
  const measured = shown.value;
  const found = await engine().gap(
    'shown',
    modelInfo.value?.logitScale,
    0,
    proxy(() => {}),
  );
  if (shown.value === measured) shownGap.value = found;
}
