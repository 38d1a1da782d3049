import { computed } from '@preact/signals';
import type { LegendPart } from '../draw/point-colours.ts';
import { type Modality, type Point, pointOfRow } from '../session/points.ts';
import { picturedPairs } from './map-layout.ts';
import { session } from './session.ts';

/** What people took out of the map by its legend. */
export interface Hidden {
  readonly modalities: readonly Modality[];
  readonly labels: readonly string[];
}

const NOTHING: Hidden = { modalities: [], labels: [] };
const MODALITIES = ['image', 'text'] as const;

/** Bound to links; views ask the functions below. */
export const hidden = session.ofSet.choice<Hidden>(NOTHING);

/** Rows of the map that are shown, in order; undefined for all. */
export const visibleRows = computed<readonly number[] | undefined>(() => {
  const { modalities, labels } = hidden.value;
  if (modalities.length === 0 && labels.length === 0) return undefined;
  const n = picturedPairs.value;
  const rows = Array.from({ length: 2 * n }, (_, row) => row);
  return rows.filter((row) => isVisible(pointOfRow(row, n)));
});

export const hiddenCount = computed(() =>
  visibleRows.value ? 2 * picturedPairs.value - visibleRows.value.length : 0,
);

/** What is hidden, in words; undefined for nothing. */
export const hiddenNote = computed(() => {
  const { modalities, labels } = hidden.value;
  const names = [
    ...modalities.map((modality) => `${modality}s`),
    ...labels.map((label) => label || '(no label)'),
  ];
  const more = names.length > 4 ? ` and ${names.length - 4} more` : '';
  return hiddenCount.value > 0
    ? `${hiddenCount.value.toLocaleString('en')} points hidden: ${names.slice(0, 4).join(', ')}${more}`
    : undefined;
});

export function isVisible({ modality, pair }: Point): boolean {
  const { modalities, labels } = hidden.value;
  return !modalities.includes(modality) && !labels.includes(session.pairs.value[pair]?.label ?? '');
}

export function isPartHidden(part: LegendPart): boolean {
  const { modalities, labels } = hidden.value;
  return part.kind === 'modality'
    ? modalities.includes(part.modality)
    : part.labels.every((label) => labels.includes(label));
}

/** Takes a part of the legend out of the map, or puts it in again. */
export function togglePart(part: LegendPart): void {
  const { modalities, labels } = hidden.value;
  const was = isPartHidden(part);
  hidden.value =
    part.kind === 'modality'
      ? { labels, modalities: without(modalities, [part.modality], was) }
      : { modalities, labels: without(labels, part.labels, was) };
}

/** Shows nothing of its kind but this part; all of its kind again, where that is so already. */
export function showOnly(part: LegendPart): void {
  const { modalities, labels } = hidden.value;
  const all = part.kind === 'modality' ? MODALITIES : new Set(session.pairs.value.map(({ label }) => label));
  const own: readonly string[] = part.kind === 'modality' ? [part.modality] : part.labels;
  const others = [...all].filter((one) => !own.includes(one));
  const now: readonly string[] = part.kind === 'modality' ? modalities : labels;
  const isSo = now.length === others.length && others.every((one) => now.includes(one));
  const next = isSo ? [] : others;
  hidden.value =
    part.kind === 'modality'
      ? { labels, modalities: MODALITIES.filter((modality) => next.includes(modality)) }
      : { modalities, labels: next };
}

export function showAll(): void {
  hidden.value = NOTHING;
}

function without<T>(hiddenNow: readonly T[], part: readonly T[], show: boolean): readonly T[] {
  const others = hiddenNow.filter((one) => !part.includes(one));
  return show ? others : [...others, ...part];
}
