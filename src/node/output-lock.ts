import { createHash, randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { OutputWriteError } from '../platform/errors.ts';
import { systemCode } from './errors.ts';
import { type Commit, finish, isCommit } from './output-commit.ts';
import { type LockHolder, OutputInUseError } from './output-errors.ts';
import { beginOf, isAlive } from './processes.ts';
import { removed, temporaryName } from './temporary-files.ts';

/** The content of a lock. */
interface LockText extends LockHolder {
  readonly id: string;
  /** By `beginOf`, where the system says it. */
  readonly begin?: string;
  readonly commit?: Commit;
}

/** The ids of this process's locks: one of its number that is not among them is of an earlier process. */
const held = new Set<string>();

/** A lock that this process holds. */
export class OutputLock {
  readonly #own: LockText = {
    ...{ pid: process.pid, host: hostname(), started: new Date().toISOString() },
    ...{ id: randomBytes(8).toString('hex'), begin: beginOf(process.pid) },
  };

  private constructor(readonly path: string) {}

  /**
   * Takes a lock, also over from a process that is gone, whose commit is finished.
   * @param shown the lock that messages name
   * @throws {OutputInUseError} while another holds it @throws {OutputWriteError} where it cannot be written
   */
  static async take(path: string, shown = path): Promise<OutputLock> {
    const lock = new OutputLock(path);
    while (!(await create(path, lock.#text()))) {
      const text = await textOf(path);
      if (text === undefined) continue; // its command has just ended
      const found = parsed(text);
      if (!found || !isGone(found)) throw new OutputInUseError(shown, found && holderIn(found));
      await takeOver(path, shown, text, found);
    }
    held.add(lock.#own.id);
    return lock;
  }

  /** Writes down what is about to be done, or that it is done. @throws {OutputWriteError} */
  async commit(commit: Commit | undefined): Promise<void> {
    const temporary = join(dirname(this.path), temporaryName(basename(this.path)));
    try {
      await writeFile(temporary, this.#text(commit), { flag: 'wx' });
      await rename(temporary, this.path);
    } catch (cause) {
      await removed(temporary);
      throw new OutputWriteError(this.path, systemCode(cause), { cause });
    }
  }

  async release(): Promise<void> {
    await removed(this.path);
    held.delete(this.#own.id);
  }

  #text(commit?: Commit): string {
    return `${JSON.stringify({ ...this.#own, commit })}\n`;
  }
}

/** What a lock says that is there; `none` of one that cannot be understood, which is being written or no lock. */
export async function lockAt(path: string): Promise<LockText | 'none' | undefined> {
  const text = await textOf(path);
  return text === undefined ? undefined : (parsed(text) ?? 'none');
}

/**
 * Removes a lock of a process that is gone, once its commit is finished. Of several that find it, one has the lock that is named by its
 * content; whoever comes late finds another content.
 */
async function takeOver(path: string, shown: string, stale: string, { commit }: LockText): Promise<void> {
  const claim = await OutputLock.take(
    `${path}.${createHash('sha256').update(stale).digest('hex').slice(0, 8)}`,
    shown,
  );
  try {
    if ((await textOf(path)) !== stale) return;
    if (commit) await finish(dirname(path), commit);
    await rm(path, { force: true });
  } finally {
    await claim.release();
  }
}

/** Whole at once, so that none is left empty by a process that is killed. @returns false if it is there already */
async function create(path: string, text: string): Promise<boolean> {
  const temporary = join(dirname(path), temporaryName(basename(path)));
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await link(temporary, path).catch((error: unknown) => withoutLinks(error, path, text));
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') return false;
    throw new OutputWriteError(path, systemCode(cause), { cause });
  } finally {
    await removed(temporary);
  }
}

/** On file systems such as FAT. */
async function withoutLinks(error: unknown, path: string, text: string): Promise<void> {
  if (systemCode(error) === 'EEXIST') throw error;
  const file = await open(path, 'wx');
  await file.writeFile(text).finally(() => file.close());
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR') return undefined;
    throw new OutputWriteError(path, systemCode(cause), { cause });
  });
}

function parsed(text: string): LockText | undefined {
  try {
    const lock = JSON.parse(text) as Partial<LockText>;
    const { pid, host, started, id = '', commit } = lock;
    if (commit !== undefined && !isCommit(commit)) return undefined;
    return typeof pid === 'number' && typeof host === 'string' && typeof started === 'string'
      ? { ...lock, pid, host, started, id }
      : undefined;
  } catch {
    return undefined;
  }
}

export function holderIn({ pid, host, started }: LockHolder): LockHolder {
  return { pid, host, started };
}

/** Processes of other machines cannot be seen: their locks hold. */
export function isGone({ pid, host, id, begin }: LockText): boolean {
  if (host !== hostname()) return false;
  if (pid === process.pid) return !held.has(id);
  const now = beginOf(pid);
  return !isAlive(pid) || (begin !== undefined && now !== undefined && begin !== now);
}
