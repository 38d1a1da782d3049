import { computed, signal } from '@preact/signals';
import type { ColourMode } from '../draw/point-colours.ts';
import { worstFirst } from './pairs.ts';
import { selectedPairs } from './selection.ts';
import { session } from './session.ts';

export type LinkMode = 'all' | 'selected' | 'worst' | 'none';

export const colourMode = signal<ColourMode>('modality');
export const linkMode = signal<LinkMode>('all');
/** How many of the pairs that lie farthest apart are linked under `worst`. */
export const worstCount = signal(10);
export const lassoing = signal(false);

/** The pairs to draw a line for. */
export const linkedPairs = computed<readonly number[]>(() => {
  if (linkMode.value === 'none') return [];
  if (linkMode.value === 'selected') return selectedPairs.value;
  if (linkMode.value === 'worst') return worstFirst.value.slice(0, worstCount.value);
  return session.pairs.value.map((_, i) => i);
});
