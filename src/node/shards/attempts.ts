import { isAlive } from '../processes.ts';
import { withoutHome } from '../provenance.ts';
import type { ResultStore } from './result-store.ts';
import { MACHINE } from './write-if-absent.ts';

/** What the files of a try say. */
interface Try {
  /** `MACHINE` of its process. */
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly started: string;
  /** After how many the worker parks a shard. */
  readonly tries: number;
  /** Why it failed; undefined where nothing was said, as of a worker that was killed. */
  readonly error?: string;
}

/** A try at a shard that did not end in a commit. */
export interface Attempt extends Try {
  /** Whether its process is seen to work on it. Those of other machines cannot be seen, and may be gone. */
  readonly isRunning: boolean;
}

/** A try that this process has begun. Where neither is called, it counts as that of a worker that died. */
export interface BegunAttempt {
  /** The shard is committed, or the worker was asked to stop. */
  end(): Promise<void>;
  fail(error: unknown): Promise<void>;
}

const [BEGUN, FAILED] = ['.try.json', '.failed.json'];

/** Those of this process: one of its number that is not among them is of an earlier process, as in a container begun anew. */
const own = new Set<string>();

/** The tries at shards, files that stay unless a try is ended. */
export class Attempts {
  constructor(private readonly store: ResultStore) {}

  /** All tries at a shard, in order. */
  async of(shard: string): Promise<Attempt[]> {
    const names = await this.#names(shard);
    const attempts: Attempt[] = [];
    for (const name of names.filter((one) => one.endsWith(BEGUN))) {
      const stem = name.slice(0, -BEGUN.length);
      const about = (await this.#read(stem + FAILED)) ?? (await this.#read(stem + BEGUN));
      if (about) attempts.push({ ...about, isRunning: isRunning(this.store.at(stem), about) });
    }
    return attempts;
  }

  /** @returns undefined where so many tries have failed already */
  async begin(shard: string, tries: number): Promise<BegunAttempt | undefined> {
    const about = { host: MACHINE, pid: process.pid, started: new Date().toISOString(), tries };
    for (;;) {
      const ended = (await this.of(shard)).filter(({ isRunning }) => !isRunning);
      if (ended.length >= tries) return undefined;
      const numbers = (await this.#names(shard)).map((name) => Number(name.split('.')[1]));
      const stem = `${shard}.${Math.max(0, ...numbers) + 1}`;
      if (!(await this.#write(stem + BEGUN, about))) continue; // another worker was faster
      own.add(this.store.at(stem));
      return {
        end: async () => {
          own.delete(this.store.at(stem));
          await this.store.remove(stem + BEGUN).catch(() => {}); // of a shard that is done it counts for nothing
        },
        fail: async (error) => {
          own.delete(this.store.at(stem));
          const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
          await this.#write(stem + FAILED, { ...about, error: withoutHome(text) });
        },
      };
    }
  }

  /** Forgets all tries at a shard, so that it is tried again. */
  async forget(shard: string): Promise<void> {
    for (const name of await this.#names(shard)) await this.store.remove(name);
  }

  #names(shard: string): Promise<string[]> {
    return this.store.list(`${shard}.`);
  }

  #write(file: string, about: Try): Promise<boolean> {
    return this.store.putIfAbsent(file, Buffer.from(`${JSON.stringify(about)}\n`));
  }

  /** Undefined for a file that is gone, or is none of a try. */
  async #read(file: string): Promise<Try | undefined> {
    const bytes = await this.store.get(file);
    try {
      return bytes && (JSON.parse(Buffer.from(bytes).toString()) as Try);
    } catch {
      return undefined;
    }
  }
}

function isRunning(stem: string, { host, pid, error }: Try): boolean {
  if (error !== undefined || host !== MACHINE) return false;
  return pid === process.pid ? own.has(stem) : isAlive(pid);
}
