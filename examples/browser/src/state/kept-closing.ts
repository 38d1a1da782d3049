import type { KeptClosing } from '../engine/types.ts';
import type { Pair } from '../session/session.ts';
import { session } from './session.ts';

/** The closing that was trained here or loaded from a file. */
export interface NamedClosing extends KeptClosing {
  readonly name: string;
  /** Another for each, so that one of the same name is shown anew. */
  readonly version: number;
  /** The pairs that it was trained on; undefined if it comes from a file. */
  readonly trainedOn: readonly Pair[] | undefined;
}

let versions = 0;

/** Stays with the model: other pairs of the same space are moved by it, too. */
export const keptClosing = session.ofModel.choice<NamedClosing | undefined>(undefined);

export function keep(closing: KeptClosing, name: string, trainedOn: readonly Pair[] | undefined): void {
  versions += 1;
  keptClosing.value = { ...closing, name, version: versions, trainedOn };
}
