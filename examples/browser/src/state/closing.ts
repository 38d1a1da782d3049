import { computed } from '@preact/signals';
import { engine } from '../engine/client.ts';
import type { Shown } from '../engine/types.ts';
import { isSameShown, RAW } from '../session/session.ts';
import { keptClosing } from './kept-closing.ts';
import { map, mapStatus, runMap } from './map.ts';
import { figuresNow, measureShown, shownGap } from './measures.ts';
import { measurePairs } from './pair-figures.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

/** Fewer have no mean and no shape. */
export const FEWEST_PAIRS = 2;

/** What people chose to see, and where the sliders are; the engine follows as fast as it can. */
export const chosenView = session.ofSet.choice<Shown['kind']>('raw');
export const means = session.ofSet.choice(0);
export const shapes = session.ofSet.choice(0);
const move = session.ofPairs.answer<void>();
export const closingTrouble = new Trouble(session.ofPairs);
/** What is shown is to be measured as soon as it stays. */
const isUnmeasured = session.ofShown.choice(false);

/** While the engine is behind. */
export const following = computed(() => move.pending);
/** While the measures are behind what is shown. */
export const measuring = computed(() => isUnmeasured.value || figuresNow.pending || shownGap.pending);

export const enoughPairs = computed(() => session.pairCount.value >= FEWEST_PAIRS);

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

/** The sliders, as links say them: undefined while they move nothing. */
export const shift = {
  get value(): readonly [means: number, shapes: number] | undefined {
    const { value } = wanted;
    return value.kind === 'sliders' ? [value.means, value.shapes] : undefined;
  },
  set value(to) {
    [means.value, shapes.value] = to ?? [0, 0];
    choose(to ? 'sliders' : 'raw');
  },
};

/** One step at a time, each to what is wanted by then: a fit takes longer than a slider's next place. */
export async function follow(): Promise<void> {
  if (move.pending) return;
  const before = session.shown.value;
  const isWell = await closingTrouble.attempt(() =>
    move.ask(async (isLatest) => {
      while (isLatest() && !isSameShown(wanted.value, session.shown.value)) {
        const next = wanted.value;
        const distances = await engine().show(next);
        if (isLatest()) session.show(next, distances); // whatever was asked about the last place is forgotten
      }
    }),
  );
  if (!isWell) goBack();
  else if (session.shown.value !== before) settleSoon();
}

/** Puts the controls where the engine is: what was wanted could not be fitted. */
function goBack(): void {
  const now = session.shown.value;
  chosenView.value = now.kind;
  if (now.kind === 'kept') return;
  const { means: m, shapes: s } = now.kind === 'sliders' ? now : { means: 0, shapes: 0 };
  means.value = m;
  shapes.value = s;
}

/** Measures and a map for each place on a slider's way would keep the next from being shown. */
const STILL_MS = 200;
let timer: ReturnType<typeof setTimeout> | undefined;

function settleSoon(): void {
  clearTimeout(timer);
  const settled = session.shown.value;
  isUnmeasured.value = settled.kind !== 'raw';
  timer = setTimeout(() => {
    if (session.shown.value !== settled) return; // other pairs, or a slider on its way
    isUnmeasured.value = false;
    if (mapStatus.value !== 'empty' && !isSameShown(map.value.shown, settled)) void runMap('settle');
    void measureShown();
    void measurePairs();
  }, STILL_MS);
}
