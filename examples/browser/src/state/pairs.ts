import { computed } from '@preact/signals';
import type { Point } from '../session/points.ts';
import { session } from './session.ts';

/** Pairs by the distance between image and text, the farthest first. */
export const worstFirst = computed(() => {
  const far = session.distances.value;
  return Array.from(far, (_, i) => i).sort((a, b) => (far[b] ?? 0) - (far[a] ?? 0));
});

export function pointName({ modality, pair: index }: Point): string {
  const pair = session.pairs.value[index];
  return (modality === 'image' ? pair?.id : pair?.caption || '(empty caption)') ?? '';
}
