import { BiomedClipError } from '../../errors.ts';

/** A directory of embeddings that cannot be studied as pairs. */
export class StudyManifestError extends BiomedClipError {
  static override readonly name: string = 'StudyManifestError';

  constructor(
    readonly file: string,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${reason}; a study needs what \`embed\` writes for images and their captions`, options);
  }
}

/** Fewer pairs than can be compared. */
export class TooFewPairsError extends BiomedClipError {
  static override readonly name: string = 'TooFewPairsError';

  constructor(
    readonly source: string,
    readonly pairs: number,
    /** Pairs left out because their image could not be read. */
    readonly skipped: number,
  ) {
    const lost = skipped > 0 ? `; ${skipped} were left out, see the warnings above` : '';
    super(`${source}: a study compares pairs with each other and needs at least 2, got ${pairs}${lost}`);
  }
}

/** What a lock says of the study that holds it. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly started: string;
}

/** Another study writes into the folder. Two would overwrite each other's files. */
export class StudyRunningError extends BiomedClipError {
  static override readonly name: string = 'StudyRunningError';

  constructor(
    /** The lock. */
    readonly file: string,
    /** Undefined where the lock does not say. */
    readonly holder: LockHolder | undefined,
  ) {
    const who = holder
      ? `process ${holder.pid} on ${holder.host} has been writing a study there since ${holder.started}`
      : 'another study has just begun there';
    super(`${file}: ${who}; wait for it, name another --out, or delete this file if it runs no more`);
  }
}
