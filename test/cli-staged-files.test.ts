// The judge is the promise of writeTogether: all files or none, and what was there before stays.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OutputExistsError } from '../src/node/errors.ts';
import { expectWritable, writeTogether } from '../src/node/staged-files.ts';
import { OutputWriteError } from '../src/platform/errors.ts';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, link: vi.fn(real.link), rename: vi.fn(real.rename), rm: vi.fn(real.rm) };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'staged-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ROOT = fileURLToPath(new URL('..', import.meta.url));
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

const refused = Object.assign(new Error('EIO'), { code: 'EIO' });

test('where one file of a set cannot be renamed, all are as before', async () => {
  for (const name of ['a', 'b']) await writeFile(join(folder, name), `old ${name}`);
  const real = vi.mocked(rename).getMockImplementation();
  vi.mocked(rename)
    .mockImplementationOnce(real as typeof rename)
    .mockRejectedValueOnce(refused);
  const failing = writeTogether(folder, async (write) => {
    for (const name of ['new', 'a', 'b']) await write(name, (sink) => sink.write(bytes('new')));
  });
  await expect(failing).rejects.toThrow(OutputWriteError);
  expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
  for (const name of ['a', 'b']) expect(await readFile(join(folder, name), 'utf8')).toBe(`old ${name}`);
});

test('a temporary file that cannot be removed is no failure of an output that has its name', async () => {
  const remove = vi.mocked(rm).getMockImplementation() as typeof rm;
  vi.mocked(rm).mockImplementation(async (path, options) => {
    if (String(path).endsWith('.part')) throw refused;
    return remove(path, options);
  });
  try {
    await writeTogether(folder, (write) => write('a', (sink) => sink.write(bytes('new'))), {
      overwrite: false,
    });
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('new');
    const failing = writeTogether(folder, async () => {
      throw new Error('the reason');
    });
    await expect(failing).rejects.toThrow('the reason');
  } finally {
    vi.mocked(rm).mockImplementation(remove);
  }
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

describe('without overwrite', () => {
  const writeAll = (names: readonly string[], before = async () => {}) =>
    writeTogether(
      folder,
      async (write) => {
        for (const name of names) await write(name, (sink) => sink.write(bytes(`own ${name}`)));
        await before();
      },
      { overwrite: false },
    );

  test.each(['links', 'no links'])(
    'a file that came meanwhile stays, and no other appears: %s',
    async (kind) => {
      if (kind === 'no links')
        vi.mocked(link).mockRejectedValue(Object.assign(new Error(), { code: 'EPERM' }));
      try {
        await writeAll(['a', 'b']);
        expect(await readFile(join(folder, 'b'), 'utf8')).toBe('own b');
        const failing = writeAll(['c', 'd'], () => writeFile(join(folder, 'd'), 'another’s'));
        await expect(failing).rejects.toThrow(OutputExistsError);
        await expect(failing).rejects.toThrow(
          /d: exists already, and was not there when this command began; pass --force/,
        );
        expect((await readdir(folder)).sort()).toEqual(['a', 'b', 'd']);
        expect(await readFile(join(folder, 'd'), 'utf8')).toBe('another’s');
      } finally {
        vi.mocked(link).mockRestore();
      }
    },
  );

  test('of two processes that write the same files at once, one does', async () => {
    const children = ['one', 'two'].map((name) => writer(name));
    await Promise.all(children.map(({ ready }) => ready));
    for (const { child } of children) child.stdin?.end();
    const codes = await Promise.all(children.map(({ code }) => code));
    expect([...codes].sort()).toEqual([0, 1]);
    const winner = ['one', 'two'][codes.indexOf(0)];
    expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
    for (const name of ['a', 'b']) expect(await readFile(join(folder, name), 'utf8')).toBe(winner);
  }, 60_000);

  /** A process that has looked and written, and gives the files their names when its standard input ends. */
  function writer(content: string): { child: ChildProcess; ready: Promise<unknown>; code: Promise<number> } {
    const script = `
      import { writeTogether } from './src/node/staged-files.ts';
      const fill = async (write) => {
        for (const name of ['a', 'b']) await write(name, (sink) => sink.write(Buffer.from(${JSON.stringify(content)})));
        console.log('ready');
        for await (const _ of process.stdin);
      };
      await writeTogether(${JSON.stringify(folder)}, fill, { overwrite: false }).catch(({ name }) => {
        process.exitCode = name === 'OutputExistsError' ? 1 : 2;
      });`;
    const argv = ['--import', './from-source.mjs', '--input-type=module', '--eval', script];
    const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
    const code = once(child, 'close').then(([code]) => code as number);
    return { child, ready: once(child.stdout, 'data'), code };
  }
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
