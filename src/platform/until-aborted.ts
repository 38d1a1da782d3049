import { AbortedError } from '../errors.ts';

/**
 * Awaits the value that a caller's function returned, unless the signal fires first.
 * @throws {AbortedError}
 */
export async function untilAborted(given: unknown, signal: AbortSignal | undefined): Promise<void> {
  if (given === undefined || !signal) return void (await given);
  const settled = new AbortController(); // removes the listener from a signal that outlives the wait
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
