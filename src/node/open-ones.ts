/** What must be closed after use. */
interface Closeable {
  close(): Promise<void>;
}

interface Entry<T> {
  readonly opened: Promise<T>;
  uses: number;
  /** To be closed as soon as nothing uses it. */
  leaving: boolean;
}

/** Keeps the last few things open that were used, since they are likely to be asked for again. */
export class OpenOnes<T extends Closeable> {
  /** The one used last at the end. */
  readonly #entries = new Map<string, Entry<T>>();

  /** @param most how many stay open; more only while they are used */
  constructor(private readonly most: number) {}

  /** Opens what is not open yet. @throws what `open` and `work` throw */
  async use<R>(key: string, open: () => Promise<T>, work: (opened: T) => Promise<R>): Promise<R> {
    const entry = this.#entries.get(key) ?? { opened: open(), uses: 0, leaving: false };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.uses += 1;
    this.#letGo();
    try {
      return await work(await entry.opened);
    } catch (error) {
      await entry.opened.catch(() => this.#entries.delete(key)); // what could not be opened is tried again
      throw error;
    } finally {
      entry.uses -= 1;
      await closeIfDone(entry);
    }
  }

  #letGo(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.most) return;
      this.#entries.delete(key);
      entry.leaving = true;
      void closeIfDone(entry);
    }
  }
}

async function closeIfDone<T extends Closeable>({ opened, uses, leaving }: Entry<T>): Promise<void> {
  if (leaving && uses === 0) await opened.then((one) => one.close()).catch(() => undefined); // it was only read
}
