/** What the page makes of an error. */
export interface Failure {
  readonly kind: 'cancelled' | 'no-gpu' | 'lost' | 'other';
  readonly message: string;
}

const KINDS: readonly string[] = ['cancelled', 'no-gpu', 'lost'] satisfies Failure['kind'][];

/** Errors from the engine have their kind as name; a closed file picker throws an AbortError. */
export function failureOf(error: unknown): Failure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === 'AbortError') return { kind: 'cancelled', message };
  return { kind: KINDS.includes(name) ? (name as Failure['kind']) : 'other', message };
}
