import { BiomedClipError } from '../../errors.ts';

/** A Redis or Valkey that does not answer. */
export class QueueUnreachableError extends BiomedClipError {
  static override readonly name: string = 'QueueUnreachableError';

  constructor(
    /** Without a password. */
    readonly url: string,
    readonly reason: string,
  ) {
    super(
      `${url}: the queue cannot be reached: ${reason}; start Redis (7 or later) or Valkey there, or say by --redis where it is`,
    );
  }
}
