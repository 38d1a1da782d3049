import type { Comparable } from './tree.ts';

/** What a run is given. */
export interface Run {
  /** The folder that it writes into, which is not there yet. */
  readonly out: string;
  readonly signal: AbortSignal;
}

/** Something that is run with each of its calls refused. */
export interface Job {
  readonly name: string;
  /** What a run that fails leaves of new files: none at all, or only whole ones. */
  readonly leaves: 'nothing' | 'whole files';
  /** @returns digests of its results @throws what the package throws, or `CommandFailed` */
  readonly run: (run: Run) => Promise<Readonly<Record<string, string>>>;
  /** What lies in the folder already. */
  readonly before?: (out: string) => Promise<void>;
  readonly comparable?: Comparable;
  /** Of a whole run: all errors of all calls; or one of each call in turn, of the GPU's by label or by method alone. */
  readonly whole: 'every' | 'by label' | 'by method';
  /** How many are tried in the tests. */
  readonly sample: number;
  readonly end?: () => Promise<void>;
}

/** A command that ended with another code than 0. */
export class CommandFailed extends Error {
  constructor(
    /** The class of the error that it printed. */
    readonly printed: string,
    message: string,
    readonly code: number,
  ) {
    super(message);
  }
}
