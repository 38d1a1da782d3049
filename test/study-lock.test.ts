import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { StudyRunningError } from '../src/node/study/errors.ts';
import { aloneIn, LOCK_FILE } from '../src/node/study/folder-lock.ts';

const root = await mkdtemp(join(tmpdir(), 'study-lock-'));
afterAll(() => rm(root, { recursive: true }));

let tests = 0;
let folder: string;
let file: string;
beforeEach(() => {
  folder = join(root, `${tests++}`, 'out');
  file = join(folder, LOCK_FILE);
});

const STARTED = '2024-02-03T04:05:06.000Z';

async function leaveLock(text: string | { pid: number; host?: string }): Promise<void> {
  await mkdir(folder, { recursive: true });
  const of = (lock: object) => JSON.stringify({ host: hostname(), started: STARTED, ...lock });
  await writeFile(file, typeof text === 'string' ? text : of(text));
}

/** How a study ends that wants the folder now. */
const attempt = () => aloneIn(folder, async () => 'done').catch((error: unknown) => error);

test('the folder is made, and gone again with the lock when nothing was left in it', async () => {
  const lock = await aloneIn(folder, async () => JSON.parse(await readFile(file, 'utf8')));
  expect(lock).toMatchObject({ pid: process.pid, host: hostname() });
  expect(existsSync(join(folder, '..'))).toBe(false);
});

test('work that fails gives the folder free', async () => {
  const failure = await aloneIn(folder, async () => Promise.reject(new Error('no disk'))).catch(String);
  expect(failure).toBe('Error: no disk');
  expect(await attempt()).toBe('done');
});

test('a second study is refused while the first runs, which keeps its lock', async () => {
  await aloneIn(folder, async () => {
    const before = await readFile(file, 'utf8');
    expect(await attempt()).toBeInstanceOf(StudyRunningError);
    expect(await readFile(file, 'utf8')).toBe(before);
  });
  expect(await attempt()).toBe('done');
});

test('another process is named, with what to do', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  await leaveLock({ pid });
  expect(String(await attempt())).toBe(
    `StudyRunningError: ${file}: process ${pid} on ${hostname()} has been writing a study there since ${STARTED}; ` +
      'wait for it, name another --out, or delete this file if it runs no more',
  );
  child.kill();
  await once(child, 'exit');
  expect(await attempt()).toBe('done');
});

test('an earlier process of this one’s number is gone, as in a container begun anew', async () => {
  await leaveLock({ pid: process.pid });
  expect(await attempt()).toBe('done');
});

test.each([
  ['of another machine', { pid: 1, host: 'elsewhere' }, 'process 1 on elsewhere'],
  ['that is being written', '', 'another study has just begun there'],
  ['of nothing known', '[5]', 'another study has just begun there'],
])('a lock %s holds', async (_, lock, message) => {
  await leaveLock(lock);
  expect(String(await attempt())).toContain(message);
  expect(existsSync(file)).toBe(true);
});
