import { signal } from '@preact/signals';
import { engine } from '../engine/client.ts';
import { measureShiftedGap, shiftedGap } from './gap.ts';
import { mapStep, runMap } from './map.ts';
import { report } from './messages.ts';
import { distances } from './pairs.ts';
import { shiftAmount } from './shift-amount.ts';

/** Where the slider is; the engine follows as fast as it can. */
export const wantedShift = signal(0);

let following = false;

export async function shiftTo(amount: number): Promise<void> {
  wantedShift.value = amount;
  if (following) return;
  following = true;
  try {
    while (shiftAmount.value !== wantedShift.value) await applyShift(wantedShift.value);
    if (mapStep.value) void runMap('settle');
  } catch (error) {
    report(error);
  } finally {
    following = false;
  }
}

async function applyShift(amount: number): Promise<void> {
  distances.value = await engine().shift(amount);
  shiftAmount.value = amount; // the heatmap and the neighbours follow
  if (amount === 0) shiftedGap.value = undefined;
  else await measureShiftedGap();
}
