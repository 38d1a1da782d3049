/** Often enough for a page to stay responsive; a turn costs a millisecond or more. */
const MOST_MS = 20;

/** Gives a function to call between steps of long work on the host: it lets the event loop run where 20 ms have passed. */
export function eventLoopTurns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < MOST_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
}
