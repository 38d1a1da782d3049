import { signal } from '@preact/signals';
import { engine } from '../engine/client.ts';
import type { Figures } from '../engine/types.ts';
import { measureShownGap, shownGap } from './gap.ts';
import { report } from './messages.ts';
import { shown } from './shown.ts';

/** As the model embedded the pairs. */
export const figuresBefore = signal<Figures | undefined>(undefined);
/** As the pairs are shown; undefined while they are as embedded, and until they are measured. */
export const figuresNow = signal<Figures | undefined>(undefined);
/** While the measures are behind what is shown. */
export const measuring = signal(false);

export async function measureEmbedded(): Promise<void> {
  figuresBefore.value = undefined;
  try {
    figuresBefore.value = await engine().figures('embedded');
  } catch (error) {
    report(error);
  }
}

/** Measures what is shown, instead of what was shown before. */
export async function measureShown(): Promise<void> {
  const measured = shown.value;
  if (measured.kind === 'raw') {
    forgetShownMeasures();
    return;
  }
  measuring.value = true;
  try {
    const figures = await engine().figures('shown');
    if (shown.value === measured) figuresNow.value = figures;
    await measureShownGap();
  } catch (error) {
    report(error);
  } finally {
    if (shown.value === measured) measuring.value = false;
  }
}

export function forgetShownMeasures(): void {
  figuresNow.value = shownGap.value = undefined;
  measuring.value = false;
}
