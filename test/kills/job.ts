import type { Comparable } from '../faults/tree.ts';

/** A command that is killed. */
export interface KillJob {
  readonly name: string;
  /** @param out a folder that is not there yet, or has what `older` wrote */
  readonly argv: (out: string) => readonly string[];
  /** The command that wrote what lies there when the command is run. */
  readonly older?: (out: string) => readonly string[];
  /** Reads the output as one, and fails where it is not: whatever is mixed must be refused. */
  readonly read: (out: string) => Promise<unknown>;
  /** Of which output a file is, where a command writes several one after the other; undefined for what it only works with. */
  readonly outputOf?: (file: string) => string | undefined;
  readonly comparable?: Comparable;
}
