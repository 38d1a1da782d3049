import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const lock = fileURLToPath(new URL('../../node_modules/.cache/dist-lock', import.meta.url));

/** Keeps test files that build `dist` and those that read all of it from doing so at once. */
export async function withDist<T>(use: () => Promise<T>): Promise<T> {
  await mkdir(join(lock, '..'), { recursive: true });
  while (!(await taken())) await setTimeout(200);
  try {
    return await use();
  } finally {
    await rm(lock);
  }
}

/** Takes over from a process that is gone. */
async function taken(): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
