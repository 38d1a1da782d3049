import type { Family } from './targets/index.ts';

/** What a process is to try. */
export interface WorkerTask {
  readonly family: Family;
  readonly name: string;
  readonly cases: number;
  readonly seed: number;
  /**
   * A file: how many cases were begun and the length of the last, of 32 bits each, and its bytes. It takes a third of a quick
   * target's time, so that only a run that ended Node is run again with it.
   */
  readonly journal?: string;
}

export type FromWorker =
  /** Each second, from within a case's beginning. */
  | { readonly kind: 'progress'; readonly cases: number }
  | { readonly kind: 'finding'; readonly bytes: Uint8Array; readonly message: string; readonly stack: string }
  | { readonly kind: 'done'; readonly places: number; readonly corpus: readonly Uint8Array[] };
