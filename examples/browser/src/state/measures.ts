import { signal } from '@preact/signals';
import { proxy } from 'comlink';
import { engine } from '../engine/client.ts';
import type { Figures, GapReport } from '../engine/types.ts';
import { session } from './session.ts';
import { Trouble } from './trouble.ts';

const RESAMPLES = 1000;

/** The gap as the model embedded the pairs, with intervals. */
export const gap = session.ofPairs.answer<GapReport>();
/** The gap as the pairs are shown, without intervals; none while they are as embedded. */
export const shownGap = session.ofShown.answer<GapReport>();
/** 0 to 1, while the gap with intervals is pending. */
export const gapProgress = signal(0);

export const gapTrouble = new Trouble(session.ofPairs);
export const shownGapTrouble = new Trouble(session.ofShown);
/** As the model embedded the pairs, and as they are shown. */
export const figuresTrouble = new Trouble(session.ofPairs);
export const shownFiguresTrouble = new Trouble(session.ofShown);

/** As the model embedded the pairs. */
export const figuresBefore = session.ofPairs.answer<Figures>();
/** As the pairs are shown; none while they are as embedded, and until they are measured. */
export const figuresNow = session.ofShown.answer<Figures>();

/** Measures what the model embedded, and has not been measured. */
export async function measureEmbedded(): Promise<void> {
  await Promise.all([
    figuresBefore.value ??
      figuresTrouble.attempt(() => figuresBefore.ask(() => engine().figures('embedded'))),
    gap.value ?? measureGap(),
  ]);
}

export async function measureGap(): Promise<void> {
  gapProgress.value = 0;
  await gapTrouble.attempt(() =>
    gap.ask((isLatest) =>
      engine().gap(
        'embedded',
        session.space.value?.logitScale,
        RESAMPLES,
        proxy(({ stage, done, total }) => {
          if (isLatest()) gapProgress.value = (stage === 'spectrum' ? 0.5 : 0) + done / total / 2;
        }),
      ),
    ),
  );
}

/** Measures what is shown. */
export async function measureShown(): Promise<void> {
  if (session.shown.value.kind === 'raw') return;
  const logitScale = session.space.value?.logitScale;
  await Promise.all([
    shownFiguresTrouble.attempt(() => figuresNow.ask(() => engine().figures('shown'))),
    shownGapTrouble.attempt(() =>
      shownGap.ask(() =>
        engine().gap(
          'shown',
          logitScale,
          0,
          proxy(() => {}),
        ),
      ),
    ),
  ]);
}
