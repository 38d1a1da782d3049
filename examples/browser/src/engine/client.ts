import { type Remote, wrap } from 'comlink';
import type { Engine } from './engine.ts';

let worker: Worker | undefined;
let remote: Remote<Engine> | undefined;

/** Answers from a recording, in the place of the engine, until that is dropped. */
export function useRecorded(recorded: object): void {
  dropEngine();
  remote = recorded as Remote<Engine>; // which refuses what it has not
}

/** The engine in its worker, started at first use. */
export function engine(): Remote<Engine> {
  if (remote) return remote;
  worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module', name: 'engine' });
  remote = wrap<Engine>(worker);
  return remote;
}

/** Ends the worker with all it holds. The next call starts a new one; calls under way never come back. */
export function dropEngine(): void {
  worker?.terminate();
  worker = undefined;
  remote = undefined;
}
