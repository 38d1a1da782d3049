import { cut, excerpt, shapeExcerpt } from './excerpt.ts';

/** The longest message, in characters: what it quotes may be of any length. */
const LONGEST = 4000;
/** Characters kept of the end of a longer message, which says what to do. */
const KEPT_END = 400;

/**
 * The root of every error that this library throws on purpose. Each cause has its own class, and each message
 * says where, what was expected, what came, and what to do when that is not plain.
 */
export class BiomedClipError extends Error {
  /** Written out in every class: minifiers give classes other names. */
  static override readonly name: string = 'BiomedClipError';

  constructor(message?: string, options?: ErrorOptions) {
    super(message && shortened(message), options);
  }

  override get name(): string {
    return this.constructor.name;
  }
}

function shortened(message: string): string {
  if (message.length <= LONGEST) return message;
  return `${cut(message, LONGEST - KEPT_END)} … ${message.slice(-KEPT_END)}`;
}

/** A tensor whose shape does not fit the operation. */
export class ShapeError extends BiomedClipError {
  static override readonly name: string = 'ShapeError';

  constructor(
    readonly operation: string,
    readonly tensor: string,
    readonly expected: string,
    readonly actual: readonly number[],
  ) {
    super(`${operation}: ${tensor} must be ${expected}, got ${shapeExcerpt(actual)}`);
  }
}

/** An option or argument outside what the function takes. */
export class InvalidOptionError extends BiomedClipError {
  static override readonly name: string = 'InvalidOptionError';

  constructor(
    readonly option: string,
    readonly expected: string,
    readonly actual: unknown,
  ) {
    super(`${option} must be ${expected}, got ${describe(actual)}`);
  }
}

/** A key that a call does not take. Silently ignored, a misspelt option would have no effect. */
export class UnknownOptionError extends BiomedClipError {
  static override readonly name: string = 'UnknownOptionError';

  constructor(
    readonly call: string,
    /** The argument that has the key. */
    readonly argument: string,
    readonly option: string,
    /** The known key that was probably meant. */
    readonly nearest: string | undefined,
    readonly known: readonly string[],
  ) {
    const meant = nearest === undefined ? '' : ` did you mean ${nearest}?`;
    super(`${call}: ${argument} does not take ${excerpt(option)};${meant} it takes ${known.join(', ')}`);
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return excerpt(value);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'object'}`;
  return String(value);
}

/** The caller's `AbortSignal` fired. `cause` is the signal's reason. */
export class AbortedError extends BiomedClipError {
  static override readonly name: string = 'AbortedError';

  constructor(reason?: unknown) {
    super('aborted by the caller', { cause: reason });
  }
}

/** @throws {AbortedError} if the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError(signal.reason);
}

/** Something that was destroyed is used again. */
export class DestroyedError extends BiomedClipError {
  static override readonly name: string = 'DestroyedError';

  constructor(readonly what: string) {
    super(`${what} was destroyed and cannot be used again; load it anew`);
  }
}
