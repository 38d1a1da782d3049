import { BiomedClipError } from '../errors.ts';

/** The host's memory and threads. */
export interface Host {
  /** Threads that decode images; four where it is not told. */
  decodingThreads?(): number;
  /** Bytes that can still be allocated, if known. */
  availableMemory?(): number | undefined;
}

/** A job that needs more memory than the host has. It is refused before its first step. */
export class HostMemoryError extends BiomedClipError {
  static override readonly name: string = 'HostMemoryError';

  constructor(
    readonly what: string,
    /** Bytes. */
    readonly needed: number,
    /** Bytes; undefined if an allocation failed without telling. */
    readonly available: number | undefined,
    advice: string,
    options?: ErrorOptions,
  ) {
    const reason =
      available === undefined ? 'which cannot be allocated' : `and ${gigabytes(available)} are free`;
    super(`${what} takes ${gigabytes(needed)}, ${reason}; ${advice}`, options);
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} GB`;
}

/** Makes the error, given the bytes that are free. */
export type Refusal = (available: number | undefined, options?: ErrorOptions) => HostMemoryError;

/** Operating systems overcommit memory and kill the process that uses it, so the free memory is checked first. */
export function expectHostMemory({ availableMemory }: Host, bytes: number, refusal: Refusal): void {
  const available = availableMemory?.();
  if (available !== undefined && bytes > available) throw refusal(available);
}

/** Runs `make`, which allocates so many bytes. @throws {HostMemoryError} */
export function allocateOnHost<T>(host: Host, bytes: number, make: () => T, refusal: Refusal): T {
  expectHostMemory(host, bytes, refusal);
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw refusal(undefined, { cause });
  }
}
