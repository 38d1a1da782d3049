import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { aloneIn, expectFinished, LOCK_FILE, settle } from '../src/node/alone-in.ts';
import { OutputInUseError, OutputUnfinishedError } from '../src/node/output-errors.ts';
import { beginOf } from '../src/node/processes.ts';
import { writeTogether } from '../src/node/staged-files.ts';

const root = await mkdtemp(join(tmpdir(), 'output-lock-'));
afterAll(() => rm(root, { recursive: true }));

let tests = 0;
let folder: string;
let file: string;
beforeEach(() => {
  folder = join(root, `${tests++}`, 'out');
  file = join(folder, LOCK_FILE);
});

const STARTED = '2024-02-03T04:05:06.000Z';

async function leaveLock(text: string | { pid: number; [field: string]: unknown }): Promise<void> {
  await mkdir(folder, { recursive: true });
  const of = (lock: object) => JSON.stringify({ host: hostname(), started: STARTED, ...lock });
  await writeFile(file, typeof text === 'string' ? text : of(text));
}

/** How a command ends that wants the folder now. */
const attempt = (path = folder) => aloneIn(path, async () => 'done').catch((error: unknown) => error);

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

test('a second command is refused while the first works, by whatever path, and the first keeps its lock', async () => {
  const stopped = new AbortController();
  const first = aloneIn(folder, () => once(stopped.signal, 'abort'));
  while (!existsSync(file)) await setImmediate();
  const before = await readFile(file, 'utf8');
  await symlink(folder, join(folder, '..', 'link'));
  for (const path of [folder, join(folder, '..', 'link')]) {
    expect(await attempt(path)).toBeInstanceOf(OutputInUseError);
    await expect(settle(path, ['a'])).rejects.toThrow(OutputInUseError);
  }
  expect(await readFile(file, 'utf8')).toBe(before);
  stopped.abort();
  await first;
  expect(await attempt()).toBe('done');
});

test('what the command itself writes is under its lock', async () => {
  await aloneIn(folder, async () => {
    await settle(folder, ['a']);
    expect(await attempt()).toBeInstanceOf(OutputInUseError);
    await writeTogether(folder, async (write) => {
      for (const name of ['a', 'b']) await write(name, (sink) => sink.write(Buffer.from(name)));
    });
    expect((await readdir(folder)).sort()).toEqual([LOCK_FILE, 'a', 'b']);
  });
  expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
});

test('another process is named, with what to do', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  await leaveLock({ pid });
  expect(String(await attempt())).toBe(
    `OutputInUseError: ${file}: process ${pid} on ${hostname()} has been writing there since ${STARTED}; ` +
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
  ['that is being written', '', 'another command has just begun to write there'],
  ['of nothing known', '[5]', 'another command has just begun to write there'],
])('a lock %s holds', async (_, lock, message) => {
  await leaveLock(lock);
  expect(String(await attempt())).toContain(message);
  expect(existsSync(file)).toBe(true);
});

test.skipIf(beginOf(process.pid) === undefined)(
  'a process that has the number of one that is gone is another',
  async () => {
    await leaveLock({ pid: process.ppid, begin: beginOf(process.ppid) });
    expect(await attempt()).toBeInstanceOf(OutputInUseError);
    await leaveLock({ pid: process.ppid, begin: '1' });
    expect(await attempt()).toBe('done');
  },
);

const gone = spawnSync(process.execPath, ['-e', '']).pid;

test('of several that take over from one that is gone, one does; what others left at that is swept', async () => {
  await leaveLock({ pid: gone });
  await writeFile(`${file}.0123abcd`, JSON.stringify({ pid: gone, host: hostname(), started: STARTED }));
  let atOnce = 0;
  const work = async () => {
    expect(++atOnce).toBe(1);
    await setImmediate();
    atOnce -= 1;
    return 'done';
  };
  const ends = await Promise.all(
    Array.from({ length: 20 }, () => aloneIn(folder, work).catch(({ name }: Error) => name)),
  );
  expect(new Set(ends)).toEqual(new Set(['done', 'OutputInUseError']));
  await settle(folder, []);
  expect(existsSync(folder) ? await readdir(folder) : []).toEqual([]);
});

test('what was left of trying whether the folder can be written is swept', async () => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `.probe-a.${hostname()}.${gone}.0123abcd.part`), '');
  await settle(folder, ['a', 'b']);
  expect(await readdir(folder)).toEqual([]);
});

describe('a process that was killed while it gave files their names', () => {
  const TEMPORARY = ['a', 'b'].map((name) => `.${name}.${hostname()}.${gone}.0123abcd.part`);
  const content = async () => {
    const names = (await readdir(folder)).sort();
    return Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')]));
  };
  async function killed(overwrite: boolean, place: (temporary: string[]) => Promise<void>): Promise<void> {
    const names = TEMPORARY.map((temporary, i) => [temporary, 'ab'[i]]);
    await leaveLock({ pid: gone, commit: { overwrite, files: names } });
    const paths = TEMPORARY.map((name) => join(folder, name));
    for (const path of paths) await writeFile(path, 'new');
    await place(paths);
  }

  test('over others: nobody reads them as one, and the next finishes it', async () => {
    await killed(true, async ([a = '']) => {
      await writeFile(join(folder, 'b'), 'old');
      await rename(a, join(folder, 'a'));
    });
    await expect(expectFinished(folder)).rejects.toThrow(OutputUnfinishedError);
    await settle(folder, ['a', 'b']);
    expect(await content()).toEqual([
      ['a', 'new'],
      ['b', 'new'],
    ]);
    await expectFinished(folder);
  });

  test('of new files: the next takes those back that have a name, and no other’s', async () => {
    await killed(false, async ([a = '']) => {
      await link(a, join(folder, 'a'));
      await writeFile(join(folder, 'c'), 'another’s');
    });
    await settle(folder, ['a', 'b']);
    expect(await content()).toEqual([['c', 'another’s']]);
  });

  test('of new files that all have their names: they stay', async () => {
    await killed(false, async (temporary) => {
      for (const [i, path] of temporary.entries()) await link(path, join(folder, 'ab'[i] ?? ''));
    });
    await settle(folder, ['a', 'b']);
    expect(await content()).toEqual([
      ['a', 'new'],
      ['b', 'new'],
    ]);
  });

  test('without hard links, where an empty file takes the name first', async () => {
    await killed(false, async ([a = '']) => {
      await rename(a, join(folder, 'a'));
      await writeFile(join(folder, 'b'), '');
    });
    await settle(folder, ['a', 'b']);
    expect(await content()).toEqual([]);
  });

  test.each([
    ['a name outside of the folder', TEMPORARY[0], '../victim'],
    ['a temporary file outside of it', '../victim', 'a'],
    ['a file that is no temporary one', 'victim', 'a'],
    ['no name', TEMPORARY[0], 7],
  ])('a lock that somebody made up, with %s, moves and removes nothing', async (_, temporary, name) => {
    for (const overwrite of [true, false]) {
      await leaveLock({ pid: gone, commit: { overwrite, files: [[temporary, name]] } });
      const victims = [join(folder, 'victim'), join(folder, '..', 'victim')];
      for (const path of victims) await writeFile(path, 'kept');
      await expect(settle(folder, ['a'])).rejects.toThrow(OutputInUseError);
      for (const path of victims) expect(await readFile(path, 'utf8')).toBe('kept');
    }
  });

  test('of new files, where another has written one since: it stays', async () => {
    await killed(false, async ([a = '']) => {
      await link(a, join(folder, 'a'));
      await writeFile(join(folder, 'b'), 'another’s');
    });
    await settle(folder, ['a', 'b']);
    expect(await content()).toEqual([['b', 'another’s']]);
  });
});
