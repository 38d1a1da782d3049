// The judge is the promise of writeTogether: all files or none, and what was there before stays.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectWritable, writeTogether } from '../src/node/staged-files.ts';
import { OutputWriteError } from '../src/platform/errors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'staged-'));
});
afterEach(() => rm(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);

test('all files appear, and replace those before', async () => {
  await writeFile(join(folder, 'a'), 'old');
  const result = await writeTogether(folder, async (write) => {
    await write('a', async (sink) => {
      await sink.write(bytes('ne'));
      await sink.write(bytes('w'));
    });
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old');
    await write('b', (sink) => sink.write(bytes('b')));
    return 7;
  });
  expect(result).toBe(7);
  expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('new');
});

test('after a failure nothing new is there', async () => {
  await writeFile(join(folder, 'a'), 'old');
  const failing = writeTogether(folder, async (write) => {
    await write('a', (sink) => sink.write(bytes('new')));
    await write('b', async (sink) => {
      await sink.write(bytes('half'));
      throw new Error('stopped');
    });
  });
  await expect(failing).rejects.toThrow('stopped');
  expect(await readdir(folder)).toEqual(['a']);
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old');
});

test('after a failure the directories that were made are gone, others are not', async () => {
  await mkdir(join(folder, 'x'));
  const failing = writeTogether(join(folder, 'x', 'y', 'z'), async () => {
    expect(await readdir(join(folder, 'x', 'y'))).toEqual(['z']);
    throw new Error('stopped');
  });
  await expect(failing).rejects.toThrow('stopped');
  expect(await readdir(join(folder, 'x'))).toEqual([]);
});

test('a directory that cannot be made', async () => {
  await writeFile(join(folder, 'file'), '');
  const failing = writeTogether(join(folder, 'file', 'out'), async () => {});
  await expect(failing).rejects.toThrow(OutputWriteError);
  await expect(failing).rejects.toThrow(/cannot be written: ENOTDIR$/);
});

test('a name that a directory has', async () => {
  await mkdir(join(folder, 'a'));
  const failing = writeTogether(folder, (write) => write('a', (sink) => sink.write(bytes('a'))));
  await expect(failing).rejects.toThrow(OutputWriteError);
  expect(await readdir(folder)).toEqual(['a']);
});

test.skipIf(process.platform === 'win32')('a pipe is written to and stays a pipe', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const read = readFile(pipe, 'utf8');
  await writeTogether(folder, (write) => write('pipe', (sink) => sink.write(bytes('through'))));
  expect(await read).toBe('through');
  expect((await stat(pipe)).isFIFO()).toBe(true);
  expect(await readdir(folder)).toEqual(['pipe']);
});

test('what a killed run left of a file is removed with the next; a live run’s, and another machine’s, stay', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const left = [
    `.a.${hostname()}.${dead}.part`,
    `.a.${hostname()}.${process.ppid}.part`,
    `.a.elsewhere.${dead}.part`,
  ];
  for (const name of [...left, `.b.${hostname()}.${dead}.part`]) await writeFile(join(folder, name), '');
  await writeTogether(folder, (write) => write('a', (sink) => sink.write(bytes('a'))));
  expect((await readdir(folder)).sort()).toEqual(
    [...left.slice(1), `.b.${hostname()}.${dead}.part`, 'a'].sort(),
  );
});

test('an error names the file, not its name on the way', async () => {
  const failing = writeTogether(folder, async (write) => {
    await write('a', async (sink) => {
      await rm(folder, { recursive: true });
      await sink.write(bytes('a'));
    });
  });
  await expect(failing).rejects.toThrow(new OutputWriteError(join(folder, 'a'), 'ENOENT'));
  await mkdir(folder);
});

describe('expectWritable', () => {
  test('leaves nothing behind, and says what stands in the way', async () => {
    await expectWritable(join(folder, 'x', 'y'), ['a', 'b']);
    expect(await readdir(folder)).toEqual([]);
    await writeFile(join(folder, 'file'), 'kept');
    await expectWritable(folder, ['file', 'new']);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('kept');
    await mkdir(join(folder, 'taken'));
    for (const [directory, name, at] of [
      [join(folder, 'file'), 'a', 'file'],
      [join(folder, 'file', 'deeper'), 'a', 'file/deeper'],
      [folder, 'taken', 'taken'],
    ] as const) {
      const refused = expectWritable(directory, [name]);
      await expect(refused).rejects.toThrow(OutputWriteError);
      await expect(refused).rejects.toMatchObject({ path: join(folder, at) });
    }
    await expect(expectWritable('/proc/none', ['a'])).rejects.toThrow(/^\/proc\/none: cannot be written: E/);
  });
});
