import { mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ByteSink } from '../../weights/sinks.ts';
import { OutputWriteError } from './errors.ts';

/** Writes one file of a set through a sink. */
export type WriteFile = (name: string, fill: (sink: ByteSink) => Promise<void>) => Promise<void>;

/**
 * Writes several files into a directory so that all of them appear, or none: each is written under another name,
 * and renamed once `fill` is done. Where that fails or is aborted, what was begun is removed, a directory that was
 * made goes too, and files that were there before stay as they were. The directory is made first, so that a job
 * which could not be saved ends before its work. A device or a pipe is written to as it is: a rename would put a file
 * in its place.
 * @returns what `fill` returns
 * @throws {OutputWriteError} for whatever the system refuses, and what `fill` throws
 */
export async function writeTogether<T>(
  directory: string,
  fill: (write: WriteFile) => Promise<T>,
): Promise<T> {
  const firstMade = await system(directory, () => mkdir(directory, { recursive: true }));
  const staged = new Map<string, string>();
  try {
    const result = await fill(async (name, fillFile) => {
      if (await isSpecial(join(directory, name))) return writeStaged(join(directory, name), fillFile);
      const partial = join(directory, `.${name}.${process.pid}.part`);
      staged.set(partial, join(directory, name));
      await writeStaged(partial, fillFile);
    });
    for (const [partial, path] of staged) await system(path, () => rename(partial, path));
    return result;
  } catch (error) {
    for (const partial of staged.keys()) await rm(partial, { force: true });
    if (firstMade !== undefined) await removeEmpty(resolve(directory), resolve(firstMade));
    throw error;
  }
}

async function isSpecial(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

async function writeStaged(path: string, fill: (sink: ByteSink) => Promise<void>): Promise<void> {
  const handle = await system(path, () => open(path, 'w'));
  try {
    await fill({ write: (bytes) => system(path, () => handle.writeFile(bytes)) });
  } finally {
    await handle.close();
  }
}

/** Removes a directory and its parents up to `last`, as far as they are empty. */
async function removeEmpty(directory: string, last: string): Promise<void> {
  for (let at = directory; at.startsWith(last); at = dirname(at)) {
    const removed = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

async function system<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new OutputWriteError(path, reason, { cause });
  }
}
