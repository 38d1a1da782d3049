import type { Progress } from './guided.ts';
import type { Family } from './targets/index.ts';

/** What a process is to try. */
export interface WorkerTask {
  readonly family: Family;
  readonly name: string;
  readonly cases: number;
  readonly seed: number;
  /** A file: how many cases were begun and the length of the last, of 32 bits each, and its bytes. */
  readonly journal: string;
}

export type FromWorker =
  | ({ readonly kind: 'progress' } & Progress)
  | { readonly kind: 'finding'; readonly bytes: Uint8Array; readonly message: string; readonly stack: string }
  | { readonly kind: 'done'; readonly corpus: readonly Uint8Array[] };
