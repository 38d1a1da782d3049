import { computed } from '@preact/signals';
import type { HeatmapView } from '../draw/heatmap-view.ts';
import { pointColours, type Rgb } from '../draw/point-colours.ts';
import { cosines } from '../state/heatmap.ts';
import { session } from '../state/session.ts';
import { dark } from '../state/theme.ts';
import { pointOfCell } from './heatmap-points.ts';

/** The colours of labels, as in the map; undefined where labels say nothing: one class, or each pair its own. */
export const labelBands = computed(() => {
  const pairs = session.pairs.value;
  const classes = new Set(pairs.map(({ label }) => label)).size;
  if (classes < 2 || classes === pairs.length) return undefined;
  return pointColours('label', pairs, session.distances.value, dark.value);
});

export function labelOfPair(pair: number): string {
  return session.pairs.value[pair]?.label || '(no label)';
}

/** Neighbouring rows, or columns, of one label and one modality. */
export interface LabelRun {
  readonly label: string;
  readonly colour: Rgb;
  readonly start: number;
  readonly end: number;
}

/** Of the shown matrix, all along its side. */
export const labelRuns = computed<readonly LabelRun[]>(() => {
  const { rgb } = labelBands.value ?? {};
  const side = 2 * (cosines.value?.pairs.length ?? 0);
  if (!rgb) return [];
  const runs: LabelRun[] = [];
  for (let at = 0; at < side; at++) {
    const { pair } = pointOfCell(at);
    const label = labelOfPair(pair);
    const last = runs.at(-1);
    if (last?.label === label && at !== side / 2) runs[runs.length - 1] = { ...last, end: at + 1 };
    else {
      const [r = 0, g = 0, b = 0] = rgb.subarray(3 * pair, 3 * pair + 3);
      runs.push({ label, colour: [r, g, b], start: at, end: at + 1 });
    }
  }
  return runs;
});

/** The part of a run that is seen, as shares of the canvas; undefined for none. */
export function seenOf({ start, end }: LabelRun, from: number, { cells }: HeatmapView) {
  const clamp = (at: number) => Math.min(1, Math.max(0, (at - from) / cells));
  const [first, last] = [clamp(start), clamp(end)];
  return last > first ? { from: first, length: last - first } : undefined;
}
