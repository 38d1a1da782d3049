import { computed } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import { usualPerplexity } from '../engine/tsne-settings.ts';
import type { MapOptions, MapStep, Shown } from '../engine/types.ts';
import { RAW } from '../session/session.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

export type MapStatus = 'empty' | 'running' | 'paused' | 'done' | 'stopped';

interface MapState {
  readonly status: MapStatus;
  /** Of the descent under way, or the last one. */
  readonly perplexity: number;
  readonly step: MapStep | undefined;
  /** How the pairs are shown in it. */
  readonly shown: Shown;
  /** Whether a whole descent lies behind the places, so that a short one settles them after a shift. */
  readonly isWhole: boolean;
}

/** Iterations between pictures for people who want no motion. */
const CALM_STEPS = 100;
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

/** A picture that was not shown; the end of a descent shows it. */
let held: MapStep | undefined;

const EMPTY: MapState = { status: 'empty', perplexity: 0, step: undefined, shown: RAW, isWhole: false };

const state = session.ofPairs.choice<MapState>(EMPTY);
const descent = session.ofPairs.answer<void>();
export const descentTrouble = new Trouble(session.ofPairs);

export const map = computed(() => state.value);
export const mapStep = computed(() => state.value.step);
export const mapStatus = computed(() => state.value.status);
/** What the person set, if anything. */
export const chosenPerplexity = session.ofSet.choice<number | undefined>(undefined);

/** That t-SNE takes for so many points, from scikit-learn: less than their number. */
export const perplexityRange = computed(() => ({
  min: 1,
  max: Math.max(1, 2 * session.pairCount.value - 1),
}));

/** Of the next descent. */
export const perplexity = computed(
  () => chosenPerplexity.value ?? usualPerplexity(2 * session.pairCount.value),
);

/**
 * Starts t-SNE anew, or with `settle` from the places that the points have, if a whole descent led there.
 * @param around a map of the first of these pairs, about which it starts anew
 */
export async function runMap(how: 'anew' | 'settle' = 'anew', around?: Float32Array): Promise<void> {
  const before = state.value;
  const init = how === 'settle' && before.isWhole ? before.step?.embedding : undefined;
  const options: MapOptions = {
    perplexity: perplexity.value,
    ...(init && { init }),
    ...(around && { around }),
  };
  const { value: shown } = session.shown;
  held = undefined;
  change({ status: 'running', perplexity: options.perplexity, shown, isWhole: init !== undefined });
  const isWell = await descentTrouble.attempt(() =>
    descent.ask(async (isLatest) => {
      await engine().map(
        options,
        proxy((step: MapStep) => (isLatest() ? show(step) : undefined)),
      );
      if (isLatest()) change({ ...unshown(), status: 'done', isWhole: true });
    }),
  );
  if (!isWell) endDescent();
}

/** A map that was made before, of the pairs as they are to be shown. */
export function placeMap(
  places: Pick<MapState, 'perplexity' | 'shown' | 'isWhole'> & { step: MapStep },
): void {
  descent.forget();
  change({ ...places, status: places.isWhole ? 'done' : 'stopped' });
}

/** It was stopped, or failed. */
export function endDescent(): void {
  if (!isUnderWay()) return;
  const last = unshown();
  change({ ...last, status: (last.step ?? state.value.step) ? 'stopped' : 'empty' });
}

function unshown(): Partial<MapState> {
  return held ? { step: held } : {};
}

/** Resolves with the next picture on the screen, for which the descent waits; at once in a hidden tab. */
function show(step: MapStep): Promise<void> {
  held = reducedMotion.matches && step.iteration % CALM_STEPS !== 0 ? step : undefined;
  if (held) return Promise.resolve();
  change({ step });
  return new Promise((resolve) => {
    if (document.hidden) resolve();
    else requestAnimationFrame(() => resolve());
  });
}

function change(changes: Partial<MapState>): void {
  state.value = { ...state.value, ...changes };
}

function isUnderWay(): boolean {
  return state.value.status === 'running' || state.value.status === 'paused';
}

export function pauseMap(): void {
  if (state.value.status !== 'running') return;
  change({ status: 'paused' });
  void engine().pauseMap();
}

export function resumeMap(): void {
  if (state.value.status !== 'paused') return;
  change({ status: 'running' });
  void engine().resumeMap();
}

export function stopMap(): void {
  void engine().cancel('map');
}
