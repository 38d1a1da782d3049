/** What the page makes of an error that came from the engine: classes do not survive the way, names do. */
export type Failure =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'no-gpu' | 'lost' | 'other'; readonly message: string };

export function failureOf(error: unknown): Failure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === 'AbortedError' || name === 'AbortError') return { kind: 'cancelled' };
  if (name === 'NoAdapterError') return { kind: 'no-gpu', message };
  if (name === 'DeviceLostError') return { kind: 'lost', message };
  return { kind: 'other', message };
}
