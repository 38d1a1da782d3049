import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { OutputWriteError } from '../platform/errors.ts';
import { systemCode } from './errors.ts';

/** Runs `work` in a directory that is made for it, and removed if it is new and nothing was left there. */
export async function withDirectory<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const firstMade = await system(directory, () => makeDirectory(directory));
  try {
    return await work();
  } finally {
    if (firstMade !== undefined) await removeEmpty(resolve(directory), resolve(firstMade));
  }
}

/**
 * Makes a directory and its parents, one by one: Node's recursive mkdir never returns in places such as /proc.
 * @returns the first that was made
 */
async function makeDirectory(directory: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = resolve(directory); !(await exists(at)); at = dirname(at)) missing.unshift(at);
  const made: string[] = [];
  try {
    for (const path of missing) if (await makeOne(path)) made.push(path);
    if (missing.length === 0) await mkdir(directory, { recursive: true }); // an error where it is a file
  } catch (error) {
    for (const path of made.reverse()) await rmdir(path).catch(() => {});
    throw error;
  }
  return made[0];
}

/** @returns false where it is there, as another process made it */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
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

/** @throws {OutputWriteError} for what the system refuses, naming the path */
export async function system<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    throw new OutputWriteError(path, systemCode(cause), { cause });
  }
}
