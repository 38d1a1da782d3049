/** Sleep between two polls of the GPU, in milliseconds. */
const NAP_MS = 0.25;

/** Never notified: a wait on it ends by its timeout alone. Undefined where threads cannot share memory. */
const sleepCell =
  typeof SharedArrayBuffer === 'undefined' ? undefined : new Int32Array(new SharedArrayBuffer(4));
let waiting = 0;
let napping = false;

/**
 * Waits for GPU work on a software adapter without taking a core from it: Dawn in Node asks for the end of the work
 * in every turn of the event loop, without a pause, and the adapter computes on the same cores. Here the turns are
 * spaced by short sleeps. Browsers wait in another process and have no `setImmediate`; there it does nothing.
 */
export async function napUntil<T>(pending: Promise<T>): Promise<T> {
  if (!sleepCell || typeof setImmediate !== 'function') return pending;
  waiting += 1;
  if (!napping) {
    napping = true;
    setImmediate(nap, sleepCell);
  }
  try {
    return await pending;
  } finally {
    waiting -= 1;
  }
}

function nap(cell: Int32Array<SharedArrayBuffer>): void {
  napping = waiting > 0;
  if (!napping) return;
  Atomics.wait(cell, 0, 0, NAP_MS);
  setImmediate(nap, cell);
}
