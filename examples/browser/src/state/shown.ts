import { computed, signal } from '@preact/signals';
import type { Shown } from '../engine/types.ts';

export const RAW: Shown = { kind: 'raw' };

/** How the embeddings are shown, as the engine has it. */
export const shown = signal<Shown>(RAW);

/** For headings; undefined while everything is as the model embedded it. */
export const shownName = computed(() => nameOf(shown.value));

function nameOf(how: Shown): string | undefined {
  if (how.kind === 'raw') return undefined;
  if (how.kind === 'kept') return how.name;
  return `means ${how.means.toFixed(2)}, shapes ${how.shapes.toFixed(2)}`;
}
