// Loaded before the program in a child process, by `command-process.ts`: kills it at its k-th call that changes files below a folder,
// or writes down how many it made.
import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

type AnyFunction = (...args: unknown[]) => Promise<unknown>;

const { KILL_FOLDER: folder = '/none', KILL_AT = '-1', KILL_WHEN: when, KILL_LOG: log } = process.env;
const at = Number(KILL_AT);
const made: string[] = [];
const paths = new WeakMap<object, string>();

/** The functions of node:fs/promises that change files, and which argument names what they change. */
const CHANGES: Readonly<Record<string, number>> = {
  ...{ writeFile: 0, mkdir: 0, rename: 1, link: 1, symlink: 1, copyFile: 1, rm: 0, rmdir: 0, unlink: 0 },
};

const promises = fs.promises as unknown as Record<string, AnyFunction>;
for (const [name, place] of Object.entries(CHANGES)) {
  const original = named(promises, name);
  promises[name] = (...args) =>
    changing(
      `${name} ${args[place]}`,
      isWatched(args[place]),
      () => original(...args),
      name === 'writeFile' ? () => original(args[0], half(args[1])) : undefined,
    );
}

const { open } = fs.promises;
fs.promises.open = async (path, flags, mode) => {
  const makes = /[wax+]/.test(String(flags ?? 'r'));
  const handle = await changing(
    `open ${String(path)}`,
    makes && isWatched(path),
    () => open(path, flags, mode),
    undefined,
  );
  if (makes && isWatched(path)) paths.set(handle, String(path));
  return handle;
};

const probe = await open('/dev/null', 'r');
const handles = Object.getPrototypeOf(probe) as Record<string, AnyFunction>;
await probe.close();
for (const name of ['write', 'writeFile', 'appendFile', 'truncate', 'sync']) {
  const original = named(handles, name);
  handles[name] = function (this: FileHandle, ...args) {
    const path = paths.get(this);
    const write = () => original.apply(this, args);
    const some = () => original.call(this, half(args[0]));
    return changing(
      `${name} ${path}`,
      path !== undefined,
      write,
      name.startsWith('write') ? some : undefined,
    );
  };
}
syncBuiltinESMExports();
if (log !== undefined) process.on('exit', () => fs.writeFileSync(log, made.join('\n')));

/** @param some does half of a write */
async function changing<T>(
  what: string,
  counts: boolean,
  whole: () => Promise<T>,
  some: (() => Promise<unknown>) | undefined,
): Promise<T> {
  if (!counts) return whole();
  made.push(what);
  const dies = made.length - 1 === at;
  if (dies && when === 'half') await some?.();
  if (dies && when !== 'after') process.kill(process.pid, 'SIGKILL');
  const result = await whole();
  if (dies) process.kill(process.pid, 'SIGKILL');
  return result;
}

function named(of: Readonly<Record<string, AnyFunction>>, name: string): AnyFunction {
  const found = of[name];
  if (!found) throw new Error(`Node has no ${name}`);
  return found;
}

function isWatched(path: unknown): boolean {
  return typeof path === 'string' && resolve(path).startsWith(folder);
}

function half(data: unknown): unknown {
  const { length } = data as string | Uint8Array;
  return typeof data === 'string'
    ? data.slice(0, length >> 1)
    : (data as Uint8Array).subarray(0, length >> 1);
}
