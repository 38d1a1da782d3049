import { BiomedClipError } from '../src/errors.ts';

/** A package that results are compared with is not there; everything but its column can be measured without it. */
export class PeerMissingError extends BiomedClipError {
  constructor(
    readonly peer: string,
    readonly install: string,
    cause: unknown,
  ) {
    super(`${peer} cannot be loaded; install it with: ${install}`, { cause });
  }
}
