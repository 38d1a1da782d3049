import { AbortedError } from '../../errors.ts';
import { QueueFullError, RequestTimeoutError, ShuttingDownError } from './errors.ts';

export interface QueueLimits {
  /** Requests that are worked on at once; their images and texts share calls of the model. */
  readonly running: number;
  /** Requests that wait besides. */
  readonly waiting: number;
  /** From a request's arrival to its answer, in seconds. */
  readonly timeout: number;
}

/** Runs so many requests at once, lets some wait, and refuses the rest at once. */
export class RequestQueue {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #stop = new AbortController();
  #closing = false;
  /** Milliseconds that a request took lately, for `Retry-After`. */
  #usual = 1_000;

  constructor(private readonly limits: QueueLimits) {}

  get state() {
    return { running: this.#running, waiting: this.#waiting.length, limits: this.limits };
  }

  /**
   * Runs `work` when there is room. Its signal fires when the client goes, with a `RequestTimeoutError` when the time is
   * over, and with a `ShuttingDownError` when the server ends.
   * @throws {QueueFullError} @throws {ShuttingDownError} @throws {AbortedError} of which the cause is the signal's reason
   */
  async run<T>(client: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#expectRoom();
    const late = new AbortController();
    const { timeout } = this.limits;
    const timer = setTimeout(() => late.abort(new RequestTimeoutError(timeout)), 1000 * timeout);
    const signal = AbortSignal.any([client, late.signal, this.#stop.signal]);
    try {
      await this.#room(signal);
      const start = performance.now();
      try {
        return await work(signal);
      } finally {
        this.#usual = 0.8 * this.#usual + 0.2 * (performance.now() - start);
        this.#leave();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #expectRoom(): void {
    if (this.#closing) throw new ShuttingDownError();
    const { length } = this.#waiting;
    if (this.#running >= this.limits.running && length >= this.limits.waiting) {
      const rounds = (length + 1) / this.limits.running;
      throw new QueueFullError(length, Math.max(1, Math.ceil((rounds * this.#usual) / 1000)));
    }
  }

  /** Takes no more requests. */
  close(): void {
    this.#closing = true;
  }

  /** Ends the requests that are under way. */
  stop(): void {
    this.close();
    this.#stop.abort(new ShuttingDownError());
  }

  async #room(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new AbortedError(signal.reason);
    if (this.#running < this.limits.running) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(new AbortedError(signal.reason));
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }

  /** The next one takes the place over. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }
}
