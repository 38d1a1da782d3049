import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutHome } from '../provenance.ts';
import { isAlive } from '../staged-files.ts';
import { type FileCalls, MACHINE, writeIfAbsent } from './store.ts';

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
  constructor(
    private readonly folder: string,
    private readonly calls: FileCalls,
  ) {}

  /** All tries at a shard, in order. */
  async of(shard: string): Promise<Attempt[]> {
    const names = await this.#names(shard);
    const attempts: Attempt[] = [];
    for (const name of names.filter((one) => one.endsWith(BEGUN))) {
      const stem = join(this.folder, name.slice(0, -BEGUN.length));
      const about = (await readTry(stem + FAILED)) ?? (await readTry(stem + BEGUN));
      if (about) attempts.push({ ...about, isRunning: isRunning(stem, about) });
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
      const stem = join(this.folder, `${shard}.${Math.max(0, ...numbers) + 1}`);
      if (!(await this.#write(stem + BEGUN, about))) continue; // another worker was faster
      own.add(stem);
      return {
        end: async () => {
          own.delete(stem);
          await this.calls.rm(stem + BEGUN).catch(() => {}); // of a shard that is done it counts for nothing
        },
        fail: async (error) => {
          own.delete(stem);
          const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
          await this.#write(stem + FAILED, { ...about, error: withoutHome(text) });
        },
      };
    }
  }

  /** Forgets all tries at a shard, so that it is tried again. */
  async forget(shard: string): Promise<void> {
    for (const name of await this.#names(shard)) await rm(join(this.folder, name), { force: true });
  }

  async #names(shard: string): Promise<string[]> {
    const all = await readdir(this.folder).catch(() => []);
    return all.filter((name) => name.startsWith(`${shard}.`)).sort();
  }

  #write(path: string, about: Try): Promise<boolean> {
    return writeIfAbsent(path, Buffer.from(`${JSON.stringify(about)}\n`), this.calls);
  }
}

function isRunning(stem: string, { host, pid, error }: Try): boolean {
  if (error !== undefined || host !== MACHINE) return false;
  return pid === process.pid ? own.has(stem) : isAlive(pid);
}

/** Undefined for a file that is gone. */
async function readTry(path: string): Promise<Try | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Try;
  } catch {
    return undefined;
  }
}
