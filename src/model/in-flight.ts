import { IN_FLIGHT } from '../device/program.ts';
import { throwIfAborted } from '../errors.ts';

/**
 * Batches between submission and result. A batch's result is awaited only after the next batch is submitted, so that
 * the GPU does not wait for the host.
 */
export class InFlight {
  readonly #collect: (() => Promise<void>)[] = [];

  constructor(private readonly signal: AbortSignal | undefined) {}

  /** @param collect waits for the batch's output and keeps it; batches are collected in the order of the calls */
  async add(collect: () => Promise<void>): Promise<void> {
    this.#collect.push(collect);
    if (this.#collect.length >= IN_FLIGHT) await this.#next();
  }

  /** Collects what is left. */
  async finish(): Promise<void> {
    while (this.#collect.length > 0) await this.#next();
  }

  async #next(): Promise<void> {
    throwIfAborted(this.signal);
    await this.#collect.shift()?.();
  }
}
