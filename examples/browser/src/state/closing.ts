import { computed, signal } from '@preact/signals';
import { engine } from '../engine/client.ts';
import type { Shown } from '../engine/types.ts';
import { keptClosing } from './kept-closing.ts';
import { mapStep, runMap } from './map.ts';
import { measureShown, measuring } from './measures.ts';
import { report } from './messages.ts';
import { distances, pairCount } from './pairs.ts';
import { RAW, shown } from './shown.ts';

/** Fewer have no mean and no shape. */
export const FEWEST_PAIRS = 2;

/** What people chose to see, and where the sliders are; the engine follows as fast as it can. */
export const chosenView = signal<Shown['kind']>('raw');
export const means = signal(0);
export const shapes = signal(0);
/** While the engine is behind. */
export const following = signal(false);

export const enoughPairs = computed(() => pairCount.value >= FEWEST_PAIRS);

const wanted = computed<Shown>(() => {
  const kept = keptClosing.value;
  if (chosenView.value === 'kept' && kept) return { kind: 'kept', name: kept.name, version: kept.version };
  const isMoved = means.value > 0 || shapes.value > 0;
  if (chosenView.value !== 'sliders' || !isMoved) return RAW;
  return { kind: 'sliders', means: means.value, shapes: shapes.value };
});

export function choose(view: Shown['kind']): void {
  chosenView.value = view;
  void follow();
}

export function moveSlider(slider: 'means' | 'shapes', value: number): void {
  (slider === 'means' ? means : shapes).value = value;
  choose('sliders');
}

/** Of new pairs, which are shown as they were embedded. */
export function resetClosing(): void {
  shown.value = RAW;
  chosenView.value = 'raw';
  means.value = shapes.value = 0;
}

async function follow(): Promise<void> {
  if (following.value) return;
  following.value = true;
  const before = shown.value;
  try {
    while (!isSame(wanted.value, shown.value)) {
      const next = wanted.value;
      distances.value = await engine().show(next);
      shown.value = next; // the heatmap and the neighbours follow
    }
    if (shown.value !== before) settleSoon();
  } catch (error) {
    goBack();
    report(error);
  } finally {
    following.value = false;
  }
}

/** Puts the controls where the engine is: what was wanted could not be fitted. */
function goBack(): void {
  const now = shown.value;
  chosenView.value = now.kind;
  if (now.kind === 'kept') return;
  const { means: m, shapes: s } = now.kind === 'sliders' ? now : { means: 0, shapes: 0 };
  means.value = m;
  shapes.value = s;
}

function isSame(a: Shown, b: Shown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Measures and a map for each place on a slider's way would keep the next from being shown. */
const STILL_MS = 200;
let timer: ReturnType<typeof setTimeout> | undefined;

function settleSoon(): void {
  clearTimeout(timer);
  measuring.value = shown.value.kind !== 'raw';
  timer = setTimeout(() => {
    if (mapStep.value) void runMap('settle');
    void measureShown();
  }, STILL_MS);
}
