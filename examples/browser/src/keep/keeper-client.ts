import { type Remote, wrap } from 'comlink';
import type { Keeper } from './keeper.ts';

let remote: Remote<Keeper> | undefined;

/** What keeps sessions, in its worker, started at first use. */
export function keeper(): Remote<Keeper> {
  remote ??= wrap<Keeper>(
    new Worker(new URL('./keeper-worker.ts', import.meta.url), { type: 'module', name: 'keeper' }),
  );
  return remote;
}
