import { AbortedError } from '../errors.ts';

/**
 * What a caller's function gave, awaited if it is a promise; a signal that fires ends the waiting for one that is
 * never kept.
 * @throws {AbortedError}
 */
export async function untilAborted(given: unknown, signal: AbortSignal | undefined): Promise<void> {
  if (given === undefined || !signal) return void (await given);
  const settled = new AbortController(); // takes the listener off a signal that outlives the waiting
  const aborted = new Promise<never>((_, reject) => {
    const end = () => reject(new AbortedError(signal.reason));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { signal: settled.signal });
  });
  try {
    await Promise.race([given, aborted]);
  } finally {
    settled.abort();
  }
}
