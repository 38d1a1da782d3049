import { signal } from '@preact/signals';
import { dropEngine, engine } from '../engine/client.ts';
import { isTraining, training } from './head.ts';
import { judging } from './held-out.ts';
import { keptClosing } from './kept-closing.ts';
import { type MapStatus, mapStatus, mapStep } from './map.ts';
import { lost, report } from './messages.ts';
import { loadModel, modelInfo } from './model.ts';
import { pairs, vectors } from './pairs.ts';
import { shown } from './shown.ts';
import { task } from './task.ts';

/** Counts up with each recovery, so that what draws on the GPU is made anew. */
export const generation = signal(0);

/** How long a system takes to have a GPU again. */
const RESTART_MS = 1000;

/** What draws on the GPU lost it: the model may have lost it too. */
export function checkGpuSoon(): void {
  setTimeout(() => {
    generation.value += 1;
    if (modelInfo.value) engine().check().catch(report);
  }, RESTART_MS);
}

/** A new engine after the GPU was lost, with the same model and the same embeddings. */
export async function recover(): Promise<void> {
  dropEngine();
  lost.value = task.value = undefined;
  if (isTraining.value) training.value = undefined;
  judging.value = undefined;
  if (isUnderWay(mapStatus.value)) mapStatus.value = mapStep.value ? 'stopped' : 'empty';
  try {
    await loadModel();
    if (vectors.value) await engine().restore(vectors.value, shown.value, keptClosing.value?.bytes);
    pairs.value = [...pairs.value]; // whatever depends on them is asked for again
    generation.value += 1;
  } catch (error) {
    report(error);
  }
}

function isUnderWay(status: MapStatus): boolean {
  return status === 'running' || status === 'paused';
}
