import { constants } from 'node:fs';
import { access, link, lstat, open, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSink } from '../../weights/sinks.ts';
import { OutputWriteError } from '../platform/errors.ts';
import { aloneIn, settle, underLock } from './alone-in.ts';
import { OutputExistsError, systemCode } from './errors.ts';
import { exists, system, withDirectory } from './made-directories.ts';
import { nameBefore, probeOf, removed, sweep, temporaryName } from './temporary-files.ts';

/** Writes one file of a set through a sink. */
export type WriteFile = (name: string, fill: (sink: ByteSink) => Promise<void>) => Promise<void>;

export interface WriteOptions {
  /** False keeps a file that another program wrote meanwhile. Default: true. */
  readonly overwrite?: boolean;
  /** The folder is the command's output: no other that writes several files writes there meanwhile. Default: false. */
  readonly alone?: boolean;
}

/**
 * Writes several files into a directory so that all of them appear, or none: each is written under another name, and
 * renamed once `fill` is done. After a failure or abort, temporary files and a newly made directory are removed, and
 * existing files stay unchanged; after a kill, the next command that writes there finishes it, see `Commit`. The directory
 * is made first, so that an unwritable output fails before the work. Devices and pipes are written directly, since a
 * rename would replace them by a file.
 * @returns what `fill` returns
 * @throws {OutputExistsError} without `overwrite`, for a file that is there by then
 * @throws {OutputInUseError} with `alone`, or for several files, while another command writes there
 * @throws {OutputWriteError} for whatever the system refuses, and what `fill` throws
 */
export async function writeTogether<T>(
  directory: string,
  fill: (write: WriteFile) => Promise<T>,
  { overwrite = true, alone = false }: WriteOptions = {},
): Promise<T> {
  const write = () => stageAndPlace(directory, fill, overwrite);
  return alone ? aloneIn(directory, write) : withDirectory(directory, write);
}

/** Temporary files that are whole, and their names to be. */
type Staged = Map<string, string>;

async function stageAndPlace<T>(
  directory: string,
  fill: (write: WriteFile) => Promise<T>,
  overwrite: boolean,
): Promise<T> {
  const staged: Staged = new Map();
  try {
    const result = await fill(async (name, fillFile) => {
      const path = join(directory, name);
      if (await isSpecial(path)) return writeThrough(path, path, fillFile);
      await sweep(directory, [name]);
      const temporary = temporaryName(name);
      staged.set(temporary, name);
      await writeThrough(join(directory, temporary), path, fillFile);
    });
    await place(directory, staged, overwrite);
    return result;
  } catch (error) {
    for (const temporary of staged.keys()) await removed(join(directory, temporary));
    throw error;
  }
}

/** Gives files their names. One is there at once; of several, the lock says what is about to be done, for whoever comes after a kill. */
async function place(directory: string, staged: Staged, overwrite: boolean): Promise<void> {
  const paths = new Map(
    [...staged].map((names) => names.map((name) => join(directory, name)) as [string, string]),
  );
  const put = overwrite ? replaceTogether : appearTogether;
  if (staged.size < 2) return put(paths, async () => {});
  await underLock(directory, async (lock) => {
    await lock.commit({ overwrite, files: [...staged] });
    await put(paths, () => lock.commit(undefined));
  });
}

/** In the place of those of before: where one is refused, all are as they were. */
async function replaceTogether(staged: Staged, onDone: () => Promise<void>): Promise<void> {
  const before = new Map<string, string | undefined>();
  try {
    for (const [temporary, path] of staged) {
      const old = staged.size > 1 ? await secondName(path, temporary) : undefined;
      await system(path, () => rename(temporary, path)).catch(async (error: unknown) => {
        if (old !== undefined) await removed(old);
        throw error;
      });
      before.set(path, old);
    }
    await onDone();
  } catch (error) {
    for (const [path, old] of before)
      await (old === undefined ? removed(path) : rename(old, path).catch(() => {}));
    throw error;
  }
  for (const old of before.values()) if (old !== undefined) await removed(old);
}

/** By which a file that is replaced can be brought back. Undefined where there is none, or the file system has no hard links. */
async function secondName(path: string, temporary: string): Promise<string | undefined> {
  const old = nameBefore(temporary);
  return link(path, old).then(
    () => old,
    () => undefined,
  );
}

/**
 * New files; a rename would replace what another command has written since this one looked.
 * @throws {OutputExistsError} for the first that is there, and those before it are gone again
 */
async function appearTogether(staged: Staged, onDone: () => Promise<void>): Promise<void> {
  const made: string[] = [];
  try {
    for (const [temporary, path] of staged) {
      await system(path, () => appear(temporary, path));
      made.push(path);
    }
    await onDone();
  } catch (error) {
    for (const path of made) await removed(path);
    if (!(error instanceof OutputWriteError && error.reason === 'EEXIST')) throw error;
    throw new OutputExistsError(error.path, 'was not there when this command began', { cause: error });
  }
  for (const temporary of staged.keys()) await removed(temporary);
}

/** Gives a file its name, beside or in place of the temporary one, unless the name is taken, which fails with EEXIST. */
async function appear(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (systemCode(error) === 'EEXIST' || !(await exists(temporary))) throw error;
    // A file system without hard links, such as FAT: an empty file takes the name first.
    await (await open(path, 'wx')).close();
    await rename(temporary, path).catch(async (failure: unknown) => {
      await removed(path);
      throw failure;
    });
  }
}

/**
 * Checks before a long job that its files can be written: that the directory exists or can be made, is writable, and
 * has no directory of a file's name. Leaves nothing behind, not even of a killed command.
 * @throws {OutputWriteError} naming the file or the directory
 * @throws {OutputInUseError} for several files, while another command writes there
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
  await (names.length === 1 ? sweep(directory, [...names, probeOf(names)]) : settle(directory, names));
  await withDirectory(directory, async () => {
    const probe = join(directory, temporaryName(probeOf(names)));
    try {
      await system(join(directory, names[0] ?? ''), () => writeFile(probe, ''));
    } finally {
      await removed(probe);
    }
  });
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
