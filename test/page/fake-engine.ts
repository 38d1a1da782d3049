/** A call of the page to its engine, which a test answers when it likes. */
interface Call {
  readonly name: string;
  readonly given: readonly unknown[];
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Stands in for the engine's worker: every call waits for its answer. */
export class FakeEngine {
  /** Those that wait. */
  calls: Call[] = [];
  /** Names of all. */
  readonly asked: string[] = [];

  /** What the page calls. */
  readonly remote = new Proxy({} as Record<string, (...given: unknown[]) => Promise<unknown>>, {
    get:
      (_, name) =>
      (...given: unknown[]) => {
        this.asked.push(String(name));
        return new Promise((resolve, reject) => {
          this.calls.push({ name: String(name), given, resolve, reject });
        });
      },
  });

  /** The first call of that name that waits. */
  async next(name: string): Promise<Call> {
    for (let turn = 0; turn < 200; turn++) {
      const call = this.calls.find((waiting) => waiting.name === name);
      if (call) {
        this.calls = this.calls.filter((waiting) => waiting !== call);
        return call;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`the page did not call ${name}; it called ${this.asked.join(', ')}`);
  }

  async answer(name: string, answer: unknown): Promise<Call> {
    const call = await this.next(name);
    call.resolve(answer);
    await settled();
    return call;
  }

  async refuse(name: string, kind: string, message: string): Promise<void> {
    const error = new Error(message);
    error.name = kind;
    (await this.next(name)).reject(error);
    await settled();
  }

  waits(name: string): boolean {
    return this.calls.some((call) => call.name === name);
  }
}

/** What follows at once has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
