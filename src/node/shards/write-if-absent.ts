import { readlinkSync } from 'node:fs';
import { type FileHandle, link, open, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { OutputWriteError } from '../../platform/errors.ts';
import { systemCode } from '../errors.ts';
import { isAlive } from '../processes.ts';

/** The calls by which results are written. Tests let them fail. */
export interface FileCalls {
  readonly open: (
    path: string,
    flags: 'wx' | 'r',
  ) => Promise<Pick<FileHandle, 'writeFile' | 'sync' | 'close'>>;
  readonly link: (existing: string, path: string) => Promise<void>;
  readonly rm: (path: string) => Promise<void>;
}

export const FILE_CALLS: FileCalls = { open, link, rm: (path) => rm(path, { force: true }) };

let written = 0;

/**
 * Where process numbers mean the same processes: a host and, on Linux, a namespace of them, since containers may share the
 * host's name.
 */
export const MACHINE = `${hostname()}${processNamespace()}`;

function processNamespace(): string {
  try {
    return `-${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''}`;
  } catch {
    return ''; // not on Linux
  }
}

/**
 * Writes a file unless there is one of that name: whole, or not at all, whatever fails meanwhile. It is written under a
 * hidden name and fsynced, then gets its name by link(2), which replaces nothing.
 * @returns whether it was absent
 * @throws {OutputWriteError}
 */
export async function writeIfAbsent(
  path: string,
  bytes: Uint8Array,
  calls: FileCalls = FILE_CALLS,
): Promise<boolean> {
  written += 1;
  const partial = join(dirname(path), `.${basename(path)}.${MACHINE}.${process.pid}.${unique()}.part`);
  try {
    await writeDurably(partial, bytes, calls);
    if (!(await linked(partial, path, calls))) return false;
    await syncFolder(dirname(path), calls);
    return true;
  } catch (cause) {
    if (cause instanceof OutputWriteError) throw cause;
    throw new OutputWriteError(path, systemCode(cause), { cause });
  } finally {
    await calls.rm(partial).catch(() => {}); // hidden, and swept later
  }
}

const NO_LINKS = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM']);

/** @returns false where the name is taken */
async function linked(partial: string, path: string, { link }: FileCalls): Promise<boolean> {
  try {
    await link(partial, path);
    return true;
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'EEXIST') return false;
    if (!NO_LINKS.has(code)) throw cause;
    const reason = `${code}: this file system has no hard links, by which a result appears whole or not at all; use another`;
    throw new OutputWriteError(path, reason, { cause });
  }
}

/** Two containers may have one host name and process number. */
function unique(): string {
  return `${Date.now().toString(36)}${written}${Math.random().toString(36).slice(2, 8)}`;
}

async function writeDurably(path: string, bytes: Uint8Array, { open }: FileCalls): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** So that the name survives a loss of power too. */
async function syncFolder(folder: string, { open }: FileCalls): Promise<void> {
  if (process.platform === 'win32') return; // which opens no folders
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const PARTIAL = /^\..*\.(\d+)\.[\da-z]+\.part$/;

/** Whether a name is that of a file that was never finished, by a process of this machine that is gone. */
export function isLeftOver(name: string): boolean {
  const pid = Number(PARTIAL.exec(name)?.[1] ?? Number.NaN);
  return name.includes(`.${MACHINE}.`) && pid !== process.pid && !isAlive(pid);
}
