import { existsSync, rmSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { CacheFolderError } from './errors.ts';

/**
 * Where this library keeps what it unpacks, makes and measures: `$XDG_CACHE_HOME/biomedclip-webgpu`. As the XDG
 * specification has it, a path that is empty or relative counts as none.
 */
export function cacheDirectory(): string {
  const named = process.env.XDG_CACHE_HOME ?? '';
  return join(isAbsolute(named) ? named : join(homeFolder(), '.cache'), 'biomedclip-webgpu');
}

/** A user who is in no list of users, as in a container, may have no home: then one that cannot be. */
function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return '/nonexistent';
  }
}

/**
 * A folder of the cache, filled on first use, or again where it is not `intact`. Where the cache cannot be written,
 * or others could have written it, the folder is in a private one that lasts as long as the process.
 * @throws {CacheFolderError} where neither can be written, and what `fill` throws
 */
export async function cachedFolder(
  name: string,
  fill: (folder: string) => Promise<void>,
  intact: (folder: string) => Promise<boolean> = async () => true,
): Promise<string> {
  try {
    return await folderIn(await ownFolder(cacheDirectory()), name, fill, intact);
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
  try {
    return await folderIn(await privateFolder(), name, fill, intact);
  } catch (cause) {
    throw isRefused(cause) ? new CacheFolderError([cacheDirectory(), tmpdir()], cause) : cause;
  }
}

/** It is filled beside its place and then renamed, so that two processes at once cannot see half of it. */
async function folderIn(
  parent: string,
  name: string,
  fill: (folder: string) => Promise<void>,
  intact: (folder: string) => Promise<boolean>,
): Promise<string> {
  const folder = join(parent, name);
  if (existsSync(folder)) {
    if ((await isOwn(folder)) && (await intact(folder))) return folder;
    await rm(folder, { recursive: true, force: true });
  }
  const scratch = await mkdtemp(`${folder}.`);
  try {
    await fill(scratch);
    await rename(scratch, folder);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    if (!(existsSync(folder) && (await isOwn(folder)) && (await intact(folder)))) throw error;
  }
  return folder;
}

/** What others could write is not loaded into the process. @throws {CacheFolderError} */
async function ownFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await isOwn(folder))) throw new CacheFolderError([folder]);
  return folder;
}

/** Belongs to this user or root, and nobody else may write it. Windows has other rights, which Node does not show. */
async function isOwn(folder: string): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const { uid, mode } = await lstat(folder);
  return (uid === process.geteuid?.() || uid === 0) && (mode & 0o022) === 0;
}

let temporary: Promise<string> | undefined;

function privateFolder(): Promise<string> {
  temporary ??= makePrivateFolder().catch((error: unknown) => {
    temporary = undefined;
    throw error;
  });
  return temporary;
}

async function makePrivateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'biomedclip-webgpu-')); // for its owner alone, as mkdtemp has it
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const REFUSALS = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST', 'ENOENT'];

function isRefused(error: unknown): boolean {
  if (error instanceof CacheFolderError) return true;
  return error instanceof Error && 'code' in error && REFUSALS.includes(String(error.code));
}
