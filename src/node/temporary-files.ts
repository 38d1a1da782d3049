import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './processes.ts';

const ENDING = '.part';
/** Those of this process: one of its number that is not among them is of an earlier process, as in a container begun anew. */
const own = new Set<string>();

/** A name for a file until it is whole: hidden, with the machine and process that write it, and no other's. */
export function temporaryName(name: string): string {
  const made = `${startOf(name)}${process.pid}.${randomBytes(4).toString('hex')}${ENDING}`;
  own.add(made);
  return made;
}

/** Whether it is a name that `temporaryName` makes, on this machine. */
export function isTemporaryOf(temporary: string, name: string): boolean {
  const isOurs = temporary.startsWith(startOf(name)) && temporary.endsWith(ENDING);
  return isOurs && name !== '' && !['.', '..'].includes(name);
}

/** By which a file that is replaced can be brought back. */
export function nameBefore(temporary: string): string {
  const made = temporary.replace(/\.part$/, `old${ENDING}`);
  own.add(made);
  return made;
}

/** Of the file by which it is tried whether a folder can be written; its own name is temporary, too. @param names to be written */
export function probeOf([first = '']: readonly string[]): string {
  return `probe-${first}`;
}

/** Tidies up: what cannot be removed is swept later. */
export async function removed(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}

/** Removes temporary files that killed processes of this machine left of these files, but not those of running processes. */
export async function sweep(directory: string, names: readonly string[]): Promise<void> {
  const starts = names.map(startOf);
  for (const entry of await readdir(directory).catch(() => [])) {
    const start = starts.find((one) => entry.startsWith(one));
    if (start === undefined || !entry.endsWith(ENDING)) continue;
    const [number = ''] = entry.slice(start.length, -ENDING.length).split('.');
    if (/^\d+$/.test(number) && isLeft(Number(number), entry)) await removed(join(directory, entry));
  }
}

function isLeft(pid: number, entry: string): boolean {
  return pid === process.pid ? !own.has(entry) : !isAlive(pid);
}

function startOf(name: string): string {
  return `.${name}.${hostname()}.`;
}
