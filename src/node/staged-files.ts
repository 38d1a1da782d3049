import { constants } from 'node:fs';
import {
  access,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ByteSink } from '../../weights/sinks.ts';
import { OutputWriteError } from '../platform/errors.ts';
import { OutputExistsError, systemCode } from './errors.ts';

/** Writes one file of a set through a sink. */
export type WriteFile = (name: string, fill: (sink: ByteSink) => Promise<void>) => Promise<void>;

export interface WriteOptions {
  /** False keeps a file that another program wrote meanwhile. Default: true. */
  readonly overwrite?: boolean;
}

/**
 * Writes several files into a directory so that all of them appear, or none: each is written under another name, and
 * renamed once `fill` is done. After a failure or abort, temporary files and a newly made directory are removed, and
 * existing files stay unchanged. The directory is made first, so that an unwritable output fails before the work.
 * Devices and pipes are written directly, since a rename would replace them by a file.
 * @returns what `fill` returns
 * @throws {OutputExistsError} without `overwrite`, for a file that is there by then
 * @throws {OutputWriteError} for whatever the system refuses, and what `fill` throws
 */
export async function writeTogether<T>(
  directory: string,
  fill: (write: WriteFile) => Promise<T>,
  { overwrite = true }: WriteOptions = {},
): Promise<T> {
  const firstMade = await system(directory, () => makeDirectory(directory));
  const staged = new Map<string, string>();
  try {
    const result = await fill(async (name, fillFile) => {
      const path = join(directory, name);
      if (await isSpecial(path)) return writeThrough(path, path, fillFile);
      await sweep(directory, name);
      const partial = join(directory, partialName(name, process.pid));
      staged.set(partial, path);
      await writeThrough(partial, path, fillFile);
    });
    await (overwrite ? replaceTogether(staged) : appearTogether(staged));
    return result;
  } catch (error) {
    for (const partial of staged.keys()) await removed(partial);
    if (firstMade !== undefined) await removeEmpty(resolve(directory), resolve(firstMade));
    throw error;
  }
}

/** Gives files their names, in the place of those of before: where one is refused, all are as they were. */
async function replaceTogether(staged: ReadonlyMap<string, string>): Promise<void> {
  const before = new Map<string, string | undefined>();
  try {
    for (const [partial, path] of staged) {
      const old = staged.size > 1 ? await secondName(path, partial) : undefined;
      await system(path, () => rename(partial, path)).catch(async (error: unknown) => {
        if (old !== undefined) await removed(old);
        throw error;
      });
      before.set(path, old);
    }
  } catch (error) {
    for (const [path, old] of before)
      await (old === undefined ? removed(path) : rename(old, path).catch(() => {}));
    throw error;
  }
  for (const old of before.values()) if (old !== undefined) await removed(old);
}

/** By which a file that is replaced can be brought back. Undefined where there is none, or the file system has no hard links. */
async function secondName(path: string, partial: string): Promise<string | undefined> {
  const old = partial.replace(/\.part$/, '.old.part');
  return link(path, old).then(
    () => old,
    () => undefined,
  );
}

/** Tidies up: what cannot be removed is swept later. */
async function removed(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}

/**
 * Gives new files their names; a rename would replace what another command has written since this one looked.
 * @throws {OutputExistsError} for the first that is there, and those before it are gone again
 */
async function appearTogether(staged: ReadonlyMap<string, string>): Promise<void> {
  const made: string[] = [];
  try {
    for (const [partial, path] of staged) {
      await system(path, () => appear(partial, path));
      made.push(path);
    }
  } catch (error) {
    for (const path of made) await removed(path);
    if (!(error instanceof OutputWriteError && error.reason === 'EEXIST')) throw error;
    throw new OutputExistsError(error.path, 'was not there when this command began', { cause: error });
  }
}

/** Renames a file unless the name is taken, which fails with EEXIST. */
async function appear(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' || !(await exists(partial))) throw error;
    // A file system without hard links, such as FAT: an empty file takes the name first.
    await (await open(path, 'wx')).close();
    return rename(partial, path).catch(async (failure: unknown) => {
      await removed(path);
      throw failure;
    });
  }
  await removed(partial);
}

/**
 * Checks before a long job that its files can be written: that the directory exists or can be made, is writable, and
 * has no directory of a file's name. Leaves nothing behind.
 * @throws {OutputWriteError} naming the file or the directory
 */
export async function expectWritable(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) throw new OutputWriteError(path, 'a directory has that name');
    if (!found || found.isFile()) continue;
    await system(path, () => access(path, constants.W_OK));
    return; // devices and pipes are written directly
  }
  const [first = ''] = names;
  const probe = `probe-${first}`;
  const firstMade = await system(directory, () => makeDirectory(directory));
  const partial = join(directory, partialName(probe, process.pid));
  try {
    await system(join(directory, first), () => writeFile(partial, ''));
  } finally {
    await removed(partial);
    if (firstMade !== undefined) await removeEmpty(resolve(directory), resolve(firstMade));
  }
}

/** The path of the first of these files that is there. Devices and pipes do not count: writing loses nothing. */
export async function firstExisting(
  directory: string,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => lstat(path).catch(() => undefined));
    if (found?.isFile() || found?.isSymbolicLink()) return path; // a link that leads nowhere takes the name, too
  }
  return undefined;
}

/** The temporary name of a file: hidden, with the machine and process that write it. */
function partialName(name: string, pid: number): string {
  return `.${name}.${hostname()}.${pid}.part`;
}

/** Removes temporary files left by killed processes of this machine, but not those of running processes. */
async function sweep(directory: string, name: string): Promise<void> {
  const [before, after] = [`.${name}.${hostname()}.`, '.part'];
  for (const entry of await readdir(directory).catch(() => [])) {
    if (!entry.startsWith(before) || !entry.endsWith(after)) continue;
    const pid = Number(entry.slice(before.length, -after.length).replace(/\.old$/, ''));
    if (Number.isSafeInteger(pid) && !isAlive(pid)) await removed(join(directory, entry));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only checks that the process exists
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Runs `work` in a directory that is made for it, and removed if it is new and nothing was left there. */
export async function withDirectory<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const firstMade = await system(directory, () => makeDirectory(directory));
  try {
    return await work();
  } finally {
    if (firstMade !== undefined) await removeEmpty(resolve(directory), resolve(firstMade));
  }
}

async function isSpecial(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** @param name the file's final name, for messages */
async function writeThrough(
  path: string,
  name: string,
  fill: (sink: ByteSink) => Promise<void>,
): Promise<void> {
  const handle = await system(name, () => open(path, 'w'));
  try {
    await fill({ write: (bytes) => system(name, () => handle.writeFile(bytes)) });
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
  await system(name, () => handle.close()); // where a network's file system says that it is full
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

async function exists(path: string): Promise<boolean> {
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

async function system<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    throw new OutputWriteError(path, systemCode(cause), { cause });
  }
}
