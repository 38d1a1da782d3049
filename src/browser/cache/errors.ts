import { BiomedClipError } from '../../errors.ts';

/** The cache could not be removed, for instance while another tab writes to it. `cause` is the browser's error. */
export class CacheNotClearedError extends BiomedClipError {
  constructor(cause: unknown) {
    super(`the cache could not be cleared: ${cause instanceof Error ? cause.message : cause}; try again`, {
      cause,
    });
  }
}
