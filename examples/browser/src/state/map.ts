import { computed, signal } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import type { MapOptions, MapStep } from '../engine/types.ts';
import { report } from './messages.ts';
import { pairCount } from './pairs.ts';

export type MapStatus = 'empty' | 'running' | 'paused' | 'done' | 'stopped';

export const mapStatus = signal<MapStatus>('empty');
export const mapStep = signal<MapStep | undefined>(undefined);
/** What the person set, if anything. */
export const chosenPerplexity = signal<number | undefined>(undefined);

/** A fifth of the other points, at most scikit-learn's default: 3 for nine pairs. */
export const perplexity = computed(() => {
  const points = 2 * pairCount.value;
  const usual = Math.min(30, Math.max(1, Math.floor((points - 1) / 5)));
  return Math.min(chosenPerplexity.value ?? usual, Math.max(1, points - 1.5));
});

let runs = 0;

/** Starts t-SNE anew, or with `settle` from the places that the points have. */
export async function runMap(how: 'anew' | 'settle' = 'anew'): Promise<void> {
  runs += 1;
  const mine = runs;
  const init = how === 'settle' ? mapStep.value?.embedding : undefined;
  const options: MapOptions = { perplexity: perplexity.value, ...(init ? { init } : {}) };
  mapStatus.value = 'running';
  try {
    await engine().map(
      options,
      proxy((step: MapStep) => (mine === runs ? show(step) : undefined)),
    );
    if (mine === runs) mapStatus.value = 'done';
  } catch (error) {
    if (mine === runs) mapStatus.value = mapStep.value ? 'stopped' : 'empty';
    report(error);
  }
}

/** Resolves with the next picture on the screen, for which the descent waits; at once in a hidden tab. */
function show(step: MapStep): Promise<void> {
  mapStep.value = step;
  return new Promise((resolve) => {
    if (document.hidden) resolve();
    else requestAnimationFrame(() => resolve());
  });
}

export function pauseMap(): void {
  if (mapStatus.value !== 'running') return;
  mapStatus.value = 'paused';
  void engine().pauseMap();
}

export function resumeMap(): void {
  if (mapStatus.value !== 'paused') return;
  mapStatus.value = 'running';
  void engine().resumeMap();
}

export function stopMap(): void {
  void engine().cancel('map');
}

export function forgetMap(): void {
  runs += 1;
  mapStep.value = undefined;
  mapStatus.value = 'empty';
}
