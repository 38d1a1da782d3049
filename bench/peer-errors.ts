import { BiomedClipError } from '../src/errors.ts';

/** A peer's package is missing; everything but its column can be measured. */
export class PeerMissingError extends BiomedClipError {
  constructor(
    readonly peer: string,
    readonly install: string,
    cause: unknown,
  ) {
    super(`${peer} cannot be loaded; install it with: ${install}`, { cause });
  }
}

/** A kernel computes something else than its judge: a time of it would mean nothing. */
export class ParityError extends BiomedClipError {
  constructor(
    readonly kernel: string,
    /** The largest difference over the size of what was expected. */
    readonly error: number,
    readonly tolerance: number,
  ) {
    super(`${kernel}: differs from double precision by ${error}, of at most ${tolerance}; it is not timed`);
  }
}

/** A tower computes something else than its judge, or could not be checked: its times would mean nothing. */
export class TowerParityError extends BiomedClipError {
  static override readonly name: string = 'TowerParityError';

  constructor(readonly problems: readonly string[]) {
    super(`${problems.join('; ')}; what is wrong or was not checked is not timed`);
  }
}
