import { signal } from '@preact/signals';
import type { KeptClosing } from '../engine/types.ts';
import type { Pair } from './pairs.ts';

/** The closing that was trained here or loaded from a file. */
export interface NamedClosing extends KeptClosing {
  readonly name: string;
  /** Another for each, so that one of the same name is shown anew. */
  readonly version: number;
  /** The pairs that it was trained on; undefined if it comes from a file. */
  readonly trainedOn: readonly Pair[] | undefined;
}

export const keptClosing = signal<NamedClosing | undefined>(undefined);

export function keep(closing: KeptClosing, name: string, trainedOn: readonly Pair[] | undefined): void {
  keptClosing.value = { ...closing, name, version: (keptClosing.value?.version ?? 0) + 1, trainedOn };
}
