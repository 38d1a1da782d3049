import { Worker } from 'node:worker_threads';
import { QueueEndedError, QueueUnreachableError } from './errors.ts';
import type { FromQueue, QueuedShard, QueueSettings, ToQueue } from './messages.ts';

/** Milliseconds that a queue has to answer at first; later it may be away as long as it likes. */
const PATIENCE = 10_000;

/** Shards handed out by BullMQ, at least once each: what they are worth is decided by the ledger. */
export class ShardQueue {
  readonly #thread: Worker;
  readonly #shards: QueuedShard[] = [];
  readonly #renewing = new Map<string, (isHeld: boolean) => void>();
  /** When the thread is gone, which it should be after `close` alone. */
  readonly #gone: Promise<void>;
  #failure: QueueEndedError | undefined;
  #told = () => {};

  private constructor(
    private readonly settings: QueueSettings,
    onTrouble: (message: string) => void,
  ) {
    const isSource = import.meta.url.endsWith('.ts');
    const file = new URL(isSource ? './queue-thread.ts' : './queue-thread.js', import.meta.url);
    const fromSource = `import('tsx/esm/api').then(({ register }) => (register(), import('${file}')))`; // which a thread does not inherit
    this.#thread = new Worker(isSource ? fromSource : file, { workerData: settings, eval: isSource });
    this.#thread.on('message', (message: FromQueue) => this.#hear(message, onTrouble));
    this.#thread.on('error', (cause: unknown) => {
      this.#failure = new QueueEndedError(withoutPassword(settings.url), { cause });
    });
    this.#gone = new Promise((resolve) => this.#thread.once('exit', () => resolve()));
    void this.#gone.then(() => this.#end());
  }

  /** @throws {QueueUnreachableError} where nobody answers in ten seconds */
  static async open(settings: QueueSettings, onTrouble: (message: string) => void): Promise<ShardQueue> {
    let reason = 'no answer';
    const queue = new ShardQueue(settings, (message) => {
      reason = message;
      onTrouble(message);
    });
    const isReady = await queue.#answers();
    if (isReady) return queue;
    await queue.#thread.terminate();
    throw new QueueUnreachableError(withoutPassword(settings.url), reason);
  }

  /** Those that are in the queue already stay as they are. */
  offer(shards: readonly QueuedShard[]): void {
    this.#say({ kind: 'offer', shards });
  }

  /**
   * The next shard of this worker; undefined where there is none in so many milliseconds.
   * @throws {QueueEndedError} once the thread has failed
   */
  async next(patience: number, signal: AbortSignal): Promise<QueuedShard | undefined> {
    if (this.#shards.length === 0 && !signal.aborted && !this.#failure) {
      const waited = new AbortController();
      await new Promise<void>((resolve) => {
        this.#told = resolve;
        const timer = setTimeout(resolve, patience);
        waited.signal.addEventListener('abort', () => clearTimeout(timer));
        signal.addEventListener('abort', () => resolve(), { signal: waited.signal });
      });
      waited.abort();
    }
    if (this.#failure) throw this.#failure;
    return signal.aborted ? undefined : this.#shards.shift();
  }

  /** Whether a taken shard is still this worker's, which it then stays for another while. Not where nobody answers for as long. */
  isHeld(id: string): Promise<boolean> {
    if (this.#failure) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.settings.lock);
      this.#renewing.set(id, (isHeld) => {
        clearTimeout(timer);
        resolve(isHeld);
      });
      this.#say({ kind: 'renew', id });
    });
  }

  /** This worker is done with a shard, however it ended. */
  end(id: string): void {
    this.#say({ kind: 'end', id });
  }

  /** Gives back what was taken. */
  async close(): Promise<void> {
    this.#say({ kind: 'close' });
    await this.#gone;
  }

  /** No shard is this worker's any more. */
  #end(): void {
    this.#failure ??= new QueueEndedError(withoutPassword(this.settings.url));
    for (const tell of this.#renewing.values()) tell(false);
    this.#renewing.clear();
    this.#told();
  }

  async #answers(): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ready = new Promise<boolean>((resolve, reject) => {
      this.#thread.on('message', ({ kind }: FromQueue) => kind === 'ready' && resolve(true));
      this.#thread.once('error', reject);
      timer = setTimeout(() => resolve(false), PATIENCE);
    });
    return ready.finally(() => clearTimeout(timer));
  }

  #hear(message: FromQueue, onTrouble: (message: string) => void): void {
    if (message.kind === 'trouble') onTrouble(message.message);
    if (message.kind === 'renewed') {
      this.#renewing.get(message.id)?.(message.isHeld);
      this.#renewing.delete(message.id);
    }
    if (message.kind !== 'shard') return;
    this.#shards.push(message.shard);
    this.#told();
  }

  #say(message: ToQueue): void {
    this.#thread.postMessage(message);
  }
}

function withoutPassword(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
