import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { OutputWriteError } from '../../platform/errors.ts';
import { systemCode } from '../errors.ts';
import { isAlive, withDirectory } from '../staged-files.ts';
import { type LockHolder, StudyRunningError } from './errors.ts';

/** Hidden, and there only while a study runs, or after one that was killed. */
export const LOCK_FILE = '.study.lock';

/** Locks of this process: one of its number that is not among them is of an earlier process, as in a container begun anew. */
const held = new Set<string>();

/**
 * Runs `work` as the only study of a folder, which is made for it. A lock of a process that is gone is taken over.
 * @throws {StudyRunningError} while another study writes there
 * @throws {OutputWriteError} where the lock cannot be written
 */
export async function aloneIn<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const path = join(resolve(directory), LOCK_FILE);
  return withDirectory(directory, async () => {
    await lock(path);
    held.add(path);
    try {
      return await work();
    } finally {
      held.delete(path);
      await rm(path, { force: true });
    }
  });
}

async function lock(path: string): Promise<void> {
  const own: LockHolder = { pid: process.pid, host: hostname(), started: new Date().toISOString() };
  for (;;) {
    if (await create(path, `${JSON.stringify(own)}\n`)) return;
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue; // its study has just ended
    const holder = holderOf(text);
    if (!isGone(path, holder)) throw new StudyRunningError(path, holder);
    await removeStale(path, text);
  }
}

/** @returns false if it is there already */
async function create(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(text).finally(() => file.close());
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') return false;
    throw new OutputWriteError(path, systemCode(cause), { cause });
  }
}

/** Undefined for one that is being written at this moment, or that is no lock. */
function holderOf(text: string): LockHolder | undefined {
  try {
    const { pid, host, started } = JSON.parse(text) as Partial<LockHolder>;
    return typeof pid === 'number' && typeof host === 'string' && typeof started === 'string'
      ? { pid, host, started }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Processes of other machines cannot be seen: their locks hold. */
function isGone(path: string, holder: LockHolder | undefined): boolean {
  if (holder?.host !== hostname()) return false;
  return holder.pid === process.pid ? !held.has(path) : !isAlive(holder.pid);
}

/** Renamed first, so that of several that find it only one removes it; what turns out to be another's goes back. */
async function removeStale(path: string, stale: string): Promise<void> {
  const taken = `${path}.${process.pid}`;
  const renamed = await rename(path, taken).then(
    () => true,
    () => false,
  );
  if (!renamed) return;
  if ((await readFile(taken, 'utf8')) !== stale) await link(taken, path).catch(() => {});
  await rm(taken, { force: true });
}
