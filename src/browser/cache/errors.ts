import { BiomedClipError } from '../../errors.ts';

/** A warning: what was downloaded is not kept, so that the next load downloads it again. `cause` is the browser's error. */
export class NotCachedError extends BiomedClipError {
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`the checkpoint is not kept for the next load: ${reason}`, options);
  }
}

/** The cache could not be removed, for instance while another tab writes to it. `cause` is the browser's error. */
export class CacheNotClearedError extends BiomedClipError {
  constructor(cause: unknown) {
    super(`the cache could not be cleared: ${cause instanceof Error ? cause.message : cause}; try again`, {
      cause,
    });
  }
}
