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

/** The thread that has the queue ended of itself. */
export class QueueEndedError extends BiomedClipError {
  static override readonly name: string = 'QueueEndedError';

  constructor(
    readonly url: string,
    options?: ErrorOptions,
  ) {
    const cause = options?.cause;
    const reason = cause instanceof Error ? cause.message : 'without a word';
    super(
      `${url}: the connection to the queue ended: ${reason}; what is committed stays, start the worker again`,
      options,
    );
  }
}
