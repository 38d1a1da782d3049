import { AsyncLocalStorage } from 'node:async_hooks';
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { system, withDirectory } from './made-directories.ts';
import { OutputInUseError, OutputUnfinishedError } from './output-errors.ts';
import { holderIn, isGone, lockAt, OutputLock } from './output-lock.ts';
import { probeOf, sweep } from './temporary-files.ts';

/** Hidden, and there only while a command writes into a folder, or after one that was killed. */
export const LOCK_FILE = '.biomedclip.lock';

/** Milliseconds between looks, and how many: giving files their names takes no longer. */
const [LOOK_EACH, LOOKS] = [50, 40];

/** The locks of the command at hand, under which what it calls writes. */
const holding = new AsyncLocalStorage<readonly OutputLock[]>();

/**
 * Runs `work` as the only command that writes several files into a folder, which is made for it. A lock of a process that is gone is taken
 * over.
 * @throws {OutputInUseError} while another command writes there
 * @throws {OutputWriteError} where the lock cannot be written
 */
export function aloneIn<T>(directory: string, work: (lock: OutputLock) => Promise<T>): Promise<T> {
  return locked(directory, 0, work);
}

/** As `aloneIn`, under the lock that the command has, if it has; else what another does in a moment is waited for. */
export async function underLock<T>(directory: string, work: (lock: OutputLock) => Promise<T>): Promise<T> {
  const own = await ownLock(directory);
  return own ? work(own) : locked(directory, LOOKS, work);
}

function locked<T>(directory: string, looks: number, work: (lock: OutputLock) => Promise<T>): Promise<T> {
  return withDirectory(directory, async () => {
    const lock = await take(await lockPath(directory), looks);
    try {
      return await holding.run([...(holding.getStore() ?? []), lock], () => work(lock));
    } finally {
      await lock.release();
    }
  });
}

/** @param looks how often to look again */
async function take(path: string, looks: number): Promise<OutputLock> {
  for (let looked = 0; ; looked++) {
    try {
      return await OutputLock.take(path);
    } catch (error) {
      if (!(error instanceof OutputInUseError) || looked === looks) throw error;
    }
    await wait(LOOK_EACH);
  }
}

async function ownLock(directory: string): Promise<OutputLock | undefined> {
  const locks = holding.getStore() ?? [];
  if (locks.length === 0) return undefined;
  const path = await lockPath(directory).catch(() => undefined);
  return locks.find((lock) => lock.path === path);
}

async function lockPath(directory: string): Promise<string> {
  return join(await system(directory, () => realpath(directory)), LOCK_FILE);
}

/**
 * Before a command looks at what is there: finishes or takes back what a killed one has left in a folder.
 * @param names the files that the command will write
 * @throws {OutputInUseError} while another command writes there
 */
export async function settle(directory: string, names: readonly string[]): Promise<void> {
  const isLocked = (await lockAt(join(directory, LOCK_FILE))) !== undefined;
  if (isLocked && !(await ownLock(directory))) await aloneIn(directory, async () => {});
  for (const entry of await readdir(directory).catch(() => [])) {
    if (CLAIM.test(entry)) await freed(join(directory, entry));
  }
  await sweep(directory, [...names, probeOf(names), LOCK_FILE]);
}

/** By which one of several takes a lock over, left by one that was killed at that. */
const CLAIM = /^\.biomedclip\.lock(\.[\da-f]{8})+$/;

async function freed(claim: string): Promise<void> {
  await OutputLock.take(claim).then(
    (lock) => lock.release(),
    () => {}, // another is at it
  );
}

/**
 * Before several files of a folder are read as one output.
 * @throws {OutputUnfinishedError} where a killed command has given names to some of its files alone
 */
export async function expectFinished(directory: string): Promise<void> {
  for (let looks = 0; ; looks++) {
    const lock = await lockAt(join(directory, LOCK_FILE)).catch(() => undefined);
    if (lock === undefined || lock === 'none' || !lock.commit) return;
    if (isGone(lock) || looks === LOOKS) throw new OutputUnfinishedError(directory, holderIn(lock));
    await wait(LOOK_EACH);
  }
}
