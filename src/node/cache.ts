import { existsSync, rmSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { CacheFolderError } from '../platform/errors.ts';

/**
 * The cache folder: `$XDG_CACHE_HOME/biomedclip-webgpu`. An empty or relative path counts as unset, as the XDG
 * specification says.
 */
export function cacheDirectory(): string {
  const named = process.env.XDG_CACHE_HOME ?? '';
  return join(isAbsolute(named) ? named : join(homeFolder(), '.cache'), 'biomedclip-webgpu');
}

/**
 * A user without an entry in the user database, as in a container, may have no home: gives a path that cannot exist.
 */
function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return '/nonexistent';
  }
}

/**
 * A folder of the cache, filled on first use and again if it is not `intact`. If the cache is not writable, or writable
 * by others, the folder is in a private temporary one that is removed with the process.
 * @throws {CacheFolderError} if neither can be written, and what `fill` throws
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

/** Filled under a temporary name and then renamed, so that no other process sees it incomplete. */
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

/** Refuses a folder that others can write, since code is loaded from it. @throws {CacheFolderError} */
async function ownFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await isOwn(folder))) throw new CacheFolderError([folder]);
  return folder;
}

/**
 * Whether it belongs to this user or root and nobody else can write it. Not checked on Windows, whose permissions Node
 * does not show.
 */
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
  const folder = await mkdtemp(join(tmpdir(), 'biomedclip-webgpu-')); // mkdtemp makes it accessible to its owner only
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const REFUSALS = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'EEXIST', 'ENOENT'];

function isRefused(error: unknown): boolean {
  if (error instanceof CacheFolderError) return true;
  return error instanceof Error && 'code' in error && REFUSALS.includes(String(error.code));
}
