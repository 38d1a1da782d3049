import { BiomedClipError } from '../errors.ts';

/** What a lock says of the command that holds it. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly started: string;
}

/** Another command writes into the folder. Two would mix their files. */
export class OutputInUseError extends BiomedClipError {
  static override readonly name: string = 'OutputInUseError';

  constructor(
    /** The lock. */
    readonly file: string,
    /** Undefined where the lock does not say. */
    readonly holder: LockHolder | undefined,
  ) {
    const who = holder
      ? `process ${holder.pid} on ${holder.host} has been writing there since ${holder.started}`
      : 'another command has just begun to write there';
    super(`${file}: ${who}; wait for it, name another --out, or delete this file if it runs no more`);
  }
}

/** A command was killed while it gave its files their names, so those in the folder may be of two outputs. */
export class OutputUnfinishedError extends BiomedClipError {
  static override readonly name: string = 'OutputUnfinishedError';

  constructor(
    readonly directory: string,
    readonly holder: LockHolder,
  ) {
    super(
      `${directory}: process ${holder.pid} on ${holder.host} was killed, or is at work, while it gave its files their names, and ` +
        'some are of another output than others; run its command again, which finishes that',
    );
  }
}
