import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Call, type CallKind, calls } from './calls.ts';

/** Files below these folders count; modules and the system's do not. */
const watched = new Set<string>();

export function watchFiles(folder: string): void {
  watched.add(folder);
}

export function unwatchFiles(folder: string): void {
  watched.delete(folder);
}

/** What the system answers, by the kind of call; `short` is less than was asked for. */
const ANSWERS: Partial<Record<CallKind, readonly string[]>> = {
  open: ['EIO', 'EMFILE', 'EACCES'],
  read: ['EIO', 'EMFILE'],
  write: ['ENOSPC', 'EIO'],
  'rename, link, mkdir': ['EIO', 'ENOSPC', 'EACCES'],
  fsync: ['EIO', 'ENOSPC'],
  close: ['EIO'],
  'stat, list': ['EIO', 'EACCES'],
  remove: ['EIO', 'EACCES'],
};

/** The functions of node:fs/promises, and which argument names the file. */
const FUNCTIONS: Readonly<Record<string, readonly [kind: CallKind, path: number]>> = {
  readFile: ['read', 0],
  writeFile: ['write', 0],
  stat: ['stat, list', 0],
  lstat: ['stat, list', 0],
  access: ['stat, list', 0],
  readdir: ['stat, list', 0],
  realpath: ['stat, list', 0],
  readlink: ['stat, list', 0],
  mkdir: ['rename, link, mkdir', 0],
  mkdtemp: ['rename, link, mkdir', 0],
  rename: ['rename, link, mkdir', 1],
  link: ['rename, link, mkdir', 1],
  symlink: ['rename, link, mkdir', 1],
  copyFile: ['write', 1],
  rm: ['remove', 0],
  rmdir: ['remove', 0],
  unlink: ['remove', 0],
};

type AnyFunction = (...args: unknown[]) => unknown;

/** Patches Node's functions, once; those that are imported afterwards are the patched ones too. */
export function countFileCalls(): void {
  const promises = fs.promises as unknown as Record<string, AnyFunction>;
  for (const [name, [kind, at]] of Object.entries(FUNCTIONS)) {
    const original = promises[name];
    if (!original) throw new Error(`node:fs/promises has no ${name}`);
    promises[name] = async (...args) => {
      await meet(name, kind, args[at], (fault) => halfWritten(name, args, fault, original));
      return original(...args);
    };
  }
  const { open } = fs.promises;
  fs.promises.open = async (path, flags, mode) => {
    await meet('open', 'open', path, async () => {});
    return counted(await open(path, flags, mode), pathOf(path));
  };
  patchStreams();
  syncBuiltinESMExports();
}

/** The errors of `createReadStream` and of readers of folders that use callbacks. */
function patchStreams(): void {
  const paths = new Map<unknown, string>();
  const patch = (name: 'open' | 'read' | 'close' | 'readdir', kind: CallKind) => {
    const original = fs[name] as unknown as AnyFunction;
    const patched = (...args: unknown[]) => {
      const path = name === 'read' || name === 'close' ? paths.get(args[0]) : args[0];
      const done = args.at(-1) as AnyFunction;
      const error = refusal(`fs.${name}`, kind, path);
      if (name === 'close') paths.delete(args[0]);
      if (error && name !== 'close') return void setImmediate(done, error);
      const answer = (failure: unknown, ...rest: unknown[]) => {
        if (name === 'open' && !failure && isWatched(path)) paths.set(rest[0], pathOf(path));
        done(error ?? failure, ...rest);
      };
      return original(...args.slice(0, -1), answer);
    };
    Object.assign(fs, { [name]: patched });
  };
  patch('open', 'open');
  patch('read', 'read');
  patch('close', 'close');
  patch('readdir', 'stat, list');
}

/** A handle whose methods are counted. */
function counted(handle: FileHandle, path: string): FileHandle {
  if (!isWatched(path)) return handle;
  const methods = handle as unknown as Record<string, AnyFunction>;
  const wrap = (name: string, kind: CallKind, short = false, after = false) => {
    const original = methods[name]?.bind(handle);
    if (!original) throw new Error(`FileHandle has no ${name}`);
    const faults = short ? [...(ANSWERS[kind] ?? []), 'short'] : undefined;
    const method = async (...args: unknown[]) => {
      const fault = calls.meet(callOf(`FileHandle.${name}`, kind, path, faults));
      if (fault === 'short') return original(...shortened(args));
      if (fault && after) await original(...args); // a descriptor is gone even where close fails
      if (fault && name === 'writeFile') await original(half(args[0]));
      if (fault) throw systemError(fault, name, path);
      return original(...args);
    };
    Object.defineProperty(handle, name, { value: method });
  };
  wrap('read', 'read', true);
  wrap('readFile', 'read');
  wrap('write', 'write', true);
  wrap('writeFile', 'write');
  wrap('stat', 'stat, list');
  wrap('sync', 'fsync');
  wrap('datasync', 'fsync');
  wrap('close', 'close', false, true);
  return handle;
}

/** The arguments of a read or write of half as many bytes. */
function shortened([buffer, offset, length, position]: unknown[]): unknown[] {
  const start = typeof offset === 'number' ? offset : 0;
  const all = typeof length === 'number' ? length : (buffer as Uint8Array).byteLength - start;
  return [buffer, start, Math.max(1, all >> 1), position];
}

/** A full disk takes the first bytes. */
async function halfWritten(name: string, args: unknown[], fault: string, write: AnyFunction): Promise<void> {
  if (name === 'writeFile' && fault !== 'EACCES') await write(args[0], half(args[1]), args[2]);
}

function half(data: unknown): unknown {
  return typeof data === 'string'
    ? data.slice(0, data.length >> 1)
    : (data as Uint8Array).subarray(0, (data as Uint8Array).length >> 1);
}

/** @throws the fault that the call meets */
async function meet(name: string, kind: CallKind, path: unknown, before: (fault: string) => Promise<void>) {
  if (!isWatched(path)) return;
  const fault = calls.meet(callOf(name, kind, pathOf(path)));
  if (fault === undefined) return;
  await before(fault);
  throw systemError(fault, name, pathOf(path));
}

function refusal(name: string, kind: CallKind, path: unknown): Error | undefined {
  if (!isWatched(path)) return undefined;
  const fault = calls.meet(callOf(name, kind, pathOf(path)));
  return fault === undefined ? undefined : systemError(fault, name, pathOf(path));
}

function callOf(name: string, kind: CallKind, target: string, faults = ANSWERS[kind] ?? []): Call {
  return { kind, name, target, faults };
}

function isWatched(path: unknown): boolean {
  const whole = calls.counting ? pathOf(path) : '';
  return whole !== '' && [...watched].some((folder) => whole.startsWith(folder));
}

function pathOf(path: unknown): string {
  if (typeof path === 'string') return resolve(path);
  return path instanceof URL && path.protocol === 'file:' ? fileURLToPath(path) : '';
}

/** As Node makes them. */
function systemError(code: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: refused by the harness, ${syscall} '${path}'`), {
    ...{ code, syscall, path, errno: -1 },
  });
}

/** The name that a message should have: a temporary file's is that of the file that it becomes. */
export function finalName(path: string): string {
  const name = basename(path);
  return /^\.(?:probe-)?(.+?)\.[^.]+\.\d+(\.[\da-z]+)?\.part$/.exec(name)?.[1] ?? name;
}
