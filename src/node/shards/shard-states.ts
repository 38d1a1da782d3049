import type { Attempt } from './attempts.ts';
import type { Ledger, ShardCommit } from './ledger.ts';
import type { PlannedShard } from './plan.ts';

/**
 * What has become of a shard. `begun`: by a worker of another machine, which works on it still or is gone. `failed`: it is
 * tried again by the next worker. `parked`: it is not.
 */
export type ShardState = 'done' | 'running' | 'begun' | 'failed' | 'parked' | 'missing';

export interface KnownShard {
  readonly index: number;
  readonly shard: PlannedShard;
  readonly state: ShardState;
  readonly commit?: ShardCommit;
  readonly attempts: readonly Attempt[];
}

/** The states of all shards, by the folder alone. @throws {LedgerError} */
export async function shardStates(ledger: Ledger): Promise<KnownShard[]> {
  const known: KnownShard[] = [];
  for (const [index, shard] of ledger.plan.shards.entries()) {
    const commit = await ledger.commitOf(shard);
    const attempts = commit ? [] : await ledger.attempts.of(shard.id);
    known.push({ index, shard, state: commit ? 'done' : stateOf(attempts), commit, attempts });
  }
  return known;
}

function stateOf(attempts: readonly Attempt[]): ShardState {
  if (attempts.length === 0) return 'missing';
  const ended = attempts.filter(({ isRunning }) => !isRunning);
  if (ended.length < attempts.length) return 'running';
  if (ended.length >= (ended.at(-1)?.tries ?? 0)) return 'parked';
  return ended.at(-1)?.error === undefined ? 'begun' : 'failed';
}

/** Why a shard is not done, where a try said it. */
export function lastError({ attempts }: KnownShard): string | undefined {
  const said = attempts.findLast(({ error }) => error !== undefined)?.error;
  const died = attempts.some(({ error, isRunning }) => error === undefined && !isRunning);
  return said ?? (died ? 'its worker ended without a word, as one that was killed' : undefined);
}

export interface Pace {
  /** Images and texts a second, of all workers together, from the first to the last commit. */
  readonly rowsPerSecond: number;
  /** At that rate. */
  readonly secondsLeft: number;
}

/** Undefined before a shard is done. */
export function paceOf(shards: readonly KnownShard[]): Pace | undefined {
  const done = shards.flatMap(({ commit }) => (commit ? [commit] : []));
  const ends = done.map(({ finished }) => Date.parse(finished));
  const starts = done.map(({ seconds }, i) => (ends[i] ?? 0) - 1000 * seconds);
  const seconds =
    (ends.reduce((a, b) => Math.max(a, b), 0) - starts.reduce((a, b) => Math.min(a, b), Infinity)) / 1000;
  if (!(seconds > 0)) return undefined;
  const rows = (some: readonly KnownShard[]) =>
    some.reduce((sum, { shard }) => sum + shard.images + shard.texts, 0);
  const rowsPerSecond = rows(shards.filter(({ state }) => state === 'done')) / seconds;
  return { rowsPerSecond, secondsLeft: rows(shards.filter(({ state }) => state !== 'done')) / rowsPerSecond };
}
