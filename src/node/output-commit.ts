import { rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exists, system } from './made-directories.ts';
import { isTemporaryOf, removed, sweep } from './temporary-files.ts';

/** What a command is about to do, so that another can finish it where it is killed: give files that are whole their names. */
export interface Commit {
  /** Whether those of before are replaced. */
  readonly overwrite: boolean;
  /** The temporary name and the one to be had, within the folder. */
  readonly files: readonly (readonly [temporary: string, name: string])[];
}

/**
 * Finishes what a killed process left. Files that replace others get their names, as all of them are whole; of new ones it is all or none,
 * so that the same command can run again without `--force`.
 * @throws {OutputWriteError}
 */
export async function finish(directory: string, { overwrite, files }: Commit): Promise<void> {
  const paths = files.map(
    ([temporary, name]) => [join(directory, temporary), join(directory, name)] as const,
  );
  if (overwrite) {
    for (const [temporary, path] of paths)
      if (await exists(temporary)) await system(path, () => rename(temporary, path));
  } else if (!(await areAllThere(paths))) {
    for (const [temporary, path] of paths) if (await isOurs(temporary, path)) await removed(path);
  }
  for (const [temporary] of paths) await removed(temporary);
  await sweep(
    directory,
    files.map(([, name]) => name),
  );
}

/** A lock may lie in a folder from anywhere: what it names is a file of this folder and its own temporary one, or it is no lock. */
export function isCommit(value: unknown): value is Commit {
  const { overwrite, files } = (value ?? {}) as Partial<Commit>;
  return typeof overwrite === 'boolean' && Array.isArray(files) && files.every(isStaged);
}

function isStaged(pair: unknown): boolean {
  const [temporary, name] = Array.isArray(pair) ? (pair as unknown[]) : [];
  if (typeof temporary !== 'string' || typeof name !== 'string') return false;
  return [temporary, name].every((one) => one === basename(one)) && isTemporaryOf(temporary, name);
}

type Paths = readonly (readonly [temporary: string, path: string])[];

async function areAllThere(paths: Paths): Promise<boolean> {
  for (const [temporary, path] of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found || found.size === 0 || !(await isOurs(temporary, path))) return false;
  }
  return true;
}

/** A name that was given has the temporary file's inode, or that is gone; an empty file took the name before a rename. */
async function isOurs(temporary: string, path: string): Promise<boolean> {
  const [whole, found] = await Promise.all(
    [temporary, path].map((one) => stat(one, { bigint: true }).catch(() => undefined)),
  );
  return whole === undefined || found?.size === 0n || (found?.ino === whole.ino && found.dev === whole.dev);
}
