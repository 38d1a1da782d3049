// A queue in a thread of its own, so that the lock of a taken shard is renewed however busy the main thread is.
import { parentPort, workerData } from 'node:worker_threads';
import { type Job, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { FromQueue, QueuedShard, QueueSettings, ToQueue } from './messages.ts';

/** Jobs that one command adds. */
const BULK = 1000;
/** A job whose workers were killed is taken over, however often: how often is the ledger's business. */
const STALLED = 1_000_000;

interface Taken {
  readonly job: Job<QueuedShard>;
  readonly token: string | undefined;
  end(): void;
}

const { url, name, lock } = workerData as QueueSettings;
const taken = new Map<string, Taken>();
const connect = () => {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', trouble); // it connects again by itself
  return redis;
};
const connections = [connect(), connect()] as const;
const queue = new Queue<QueuedShard>(name, { connection: connections[0] });
const worker = new Worker<QueuedShard>(name, take, {
  connection: connections[1],
  lockDuration: lock,
  stalledInterval: lock / 2,
  maxStalledCount: STALLED,
  removeOnComplete: { count: 0 }, // so that a shard without a commit can be offered again
  removeOnFail: { count: 0 },
});

function tell(message: FromQueue): void {
  parentPort?.postMessage(message);
}

function trouble(error: Error): void {
  tell({ kind: 'trouble', message: error.message || error.name });
}

/** Until the main thread is done with it. */
function take(job: Job<QueuedShard>, token?: string): Promise<void> {
  return new Promise((end) => {
    taken.set(job.data.id, { job, token, end });
    tell({ kind: 'shard', shard: job.data });
  });
}

async function offer(shards: readonly QueuedShard[]): Promise<void> {
  for (let at = 0; at < shards.length; at += BULK) {
    const jobs = shards.slice(at, at + BULK);
    await queue.addBulk(
      jobs.map((data) => ({ name: 'shard', data, opts: { jobId: data.id } })), // one of that id stays as it is
    );
  }
}

async function renew(id: string): Promise<void> {
  const { job, token } = taken.get(id) ?? {};
  const isHeld = await (job?.extendLock(token ?? '', lock) ?? Promise.resolve(0)).catch(() => 0);
  tell({ kind: 'renewed', id, isHeld: isHeld === 1 });
}

async function close(): Promise<void> {
  for (const { end } of taken.values()) end();
  const closing = Promise.all([worker.close(), queue.close()]);
  await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, 2000))]).catch(trouble);
  for (const redis of connections) redis.disconnect();
  process.exit(); // ends this thread, whatever still waits for the server
}

queue.on('error', trouble);
worker.on('error', trouble);
parentPort?.on('message', (message: ToQueue) => {
  if (message.kind === 'offer') offer(message.shards).catch(trouble);
  else if (message.kind === 'renew') void renew(message.id);
  else if (message.kind === 'close') void close();
  else {
    taken.get(message.id)?.end();
    taken.delete(message.id);
  }
});
await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
tell({ kind: 'ready' });
