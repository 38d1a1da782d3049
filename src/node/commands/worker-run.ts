import { setTimeout as after } from 'node:timers/promises';
import { AbortedError } from '../../errors.ts';
import type { ImageOptions } from '../cli/image-options.ts';
import type { Session } from '../cli/session.ts';
import type { ModelOptions } from '../cli/with-model.ts';
import { ShardQueue } from '../queue/shard-queue.ts';
import { WorkerLog } from '../queue/worker-log.ts';
import { WorkerMetrics } from '../queue/worker-metrics.ts';
import type { IndexedShard } from '../shards/asked-shards.ts';
import { Ledger } from '../shards/ledger.ts';
import { readPlan } from '../shards/plan.ts';
import type { BatchOptions } from './embed-batch.ts';
import type { ShardWork } from './embed-shard.ts';
import { ShardTally, withPlannedModel } from './embed-shards.ts';
import { tryShard } from './shard-tries.ts';

export interface WorkerOptions extends ModelOptions, ImageOptions, BatchOptions {
  readonly shards: string;
  readonly out: string;
  readonly tries: number;
  readonly redis: string;
  readonly queue?: string;
  /** Seconds. */
  readonly lock: number;
  /** Seconds. */
  readonly grace: number;
  readonly metricsPort?: number;
  readonly logFormat: 'text' | 'json';
}

/** Milliseconds without a shard, after which the folder is asked what is left. */
const LOOK_AGAIN = 2_000;

/**
 * Takes shards from a queue, and embeds them until the folder has all. The queue only hands them out: it may lose them, or
 * hand one out twice.
 * @throws {QueueUnreachableError} @throws {ShardsLeftError} where some are parked @throws {AbortedError} after a signal
 */
export async function runWorker(options: WorkerOptions, session: Session): Promise<void> {
  const plan = await readPlan(options.shards);
  const ledger = await Ledger.open(options.out, plan);
  const log = new WorkerLog(session.io, options, options.logFormat);
  const metrics = new WorkerMetrics();
  const settings = {
    ...{ url: options.redis, lock: 1000 * options.lock },
    name: options.queue ?? `biomedclip-${plan.id.slice(0, 16)}`,
  };
  let said = '';
  const queue = await ShardQueue.open(settings, (message) => {
    metrics.trouble();
    if (message !== said) log.warn(`the queue: ${message}`); // tried again and again, it is said once
    said = message;
  });
  const server = await metrics.listen(options.metricsPort ?? 0).catch(async (error: unknown) => {
    await queue.close();
    throw error;
  });
  try {
    log.event(`queue ${settings.name}, metrics and health at ${server.url}`, {
      queue: settings.name,
      url: server.url,
    });
    const [draining, end] = graceOf(options.grace, session.signal);
    const embedding = { ...session, signal: draining };
    const tally = new ShardTally();
    await withPlannedModel(ledger, options, embedding, (work) =>
      new QueueWorker(ledger, queue, metrics, log, tally, work).run(session.signal),
    ).finally(end);
    if (session.signal.aborted) throw new AbortedError(session.signal.reason);
    tally.expectNoneParked(options.out);
    log.result(
      { out: options.out, plan: plan.id, shards: plan.shards.length, ...tally.counts() },
      `${plan.shards.length} shards are done: ${tally.text()}\nresults ${options.out}`,
    );
  } finally {
    server.close();
    await queue.close();
  }
}

/** Fires so many seconds after a signal: until then the shard that is being embedded may end. */
function graceOf(seconds: number, signal: AbortSignal): [AbortSignal, () => void] {
  const over = new AbortController();
  const ended = new AbortController();
  const wait = () =>
    after(1000 * seconds, undefined, { signal: ended.signal }).then(
      () => over.abort(signal.reason),
      () => {},
    );
  if (signal.aborted) void wait();
  else signal.addEventListener('abort', wait, { once: true, signal: ended.signal });
  return [over.signal, () => ended.abort()];
}

class QueueWorker {
  readonly #parked = new Set<string>();

  constructor(
    private readonly ledger: Ledger,
    private readonly queue: ShardQueue,
    private readonly metrics: WorkerMetrics,
    private readonly log: WorkerLog,
    private readonly tally: ShardTally,
    private readonly work: ShardWork & { readonly options: WorkerOptions },
  ) {}

  /** Until all shards are committed or parked, or `stop` fires. */
  async run(stop: AbortSignal): Promise<void> {
    const shards = new Map(this.ledger.plan.shards.map((shard, index) => [shard.id, { ...shard, index }]));
    const drain = () => {
      this.metrics.health = { ...this.metrics.health, status: 'draining' };
      this.log.event('draining: the shard that is being embedded ends, and no other begins');
    };
    stop.addEventListener('abort', drain, { once: true });
    let isIdle = true;
    while (!stop.aborted) {
      if (isIdle && (await this.#offer(shards)) === 0) break;
      this.metrics.health = { status: 'waiting' };
      const taken = await this.queue.next(LOOK_AGAIN, stop);
      const shard = taken && shards.get(taken.id);
      if (shard) await this.#embed(shard).finally(() => this.queue.end(shard.id));
      isIdle = taken === undefined;
    }
    stop.removeEventListener('abort', drain);
  }

  /** Puts what is left into the queue, where it may be already. @returns how many */
  async #offer(shards: ReadonlyMap<string, IndexedShard>): Promise<number> {
    const done = await this.ledger.committed();
    const left = [...shards.values()].filter(({ id }) => !done.has(id) && !this.#parked.has(id));
    this.metrics.left(left.length);
    this.queue.offer(left.map(({ id, index }) => ({ id, index })));
    return left.length;
  }

  async #embed(shard: IndexedShard): Promise<void> {
    if (await this.ledger.commitOf(shard)) return;
    this.metrics.health = { status: 'embedding', shard: shard.index };
    const start = performance.now();
    const outcome = await tryShard(this.ledger, shard, {
      ...this.work,
      output: this.log,
      mayCommit: () => this.queue.isHeld(shard.id),
    });
    const seconds = (performance.now() - start) / 1000;
    this.metrics.tried(outcome.kind, seconds);
    await this.tally.add(shard, outcome);
    if (outcome.kind === 'parked') this.#parked.add(shard.id);
    const commit = outcome.kind === 'committed' ? await this.ledger.commitOf(shard) : undefined;
    if (commit) this.metrics.committed(commit);
    this.log.event(`shard ${shard.index}: ${outcome.kind}`, {
      ...{ shard: shard.index, id: shard.id, outcome: outcome.kind, seconds: Number(seconds.toFixed(3)) },
      ...(commit && { images: commit.images, texts: commit.texts }),
    });
  }
}
