/** One running call a kind, so that the page can end it by name: an `AbortSignal` cannot be sent to a worker. */
export class Tasks<Kind extends string> {
  readonly #running = new Map<Kind, AbortController>();

  /** Runs `work`, and ends what ran under that name before. */
  async run<T>(kind: Kind, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.cancel(kind);
    const controller = new AbortController();
    this.#running.set(kind, controller);
    try {
      return await work(controller.signal);
    } finally {
      if (this.#running.get(kind) === controller) this.#running.delete(kind);
    }
  }

  cancelAll({ but }: { readonly but?: Kind } = {}): void {
    for (const [kind, controller] of this.#running) if (kind !== but) controller.abort();
  }

  cancel(kind: Kind): void {
    this.#running.get(kind)?.abort();
  }
}
