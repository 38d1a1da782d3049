// The judge is what a POSIX shell makes of the same patterns.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gatherInputs } from '../src/node/commands/embed-inputs.ts';
import { NoMatchError } from '../src/node/errors.ts';
import { writeImages } from './support/cli-run.ts';

const NAMES = [
  'a1.png',
  'a2.png',
  'a10.png',
  'b.png',
  'odd [1].png',
  'odd 1.png',
  '.hidden.png',
  'what?.png',
];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patterns-'));
  await writeImages(folder, NAMES);
  await writeImages(join(folder, 'deep', 'er'), ['c.png']);
});
afterAll(() => rm(folder, { recursive: true }));

const images = async (...patterns: string[]) => {
  const { images } = await gatherInputs(
    patterns.map((name) => join(folder, name)),
    undefined,
    {},
  );
  return images.map(({ path }) => path);
};

test.each(['a?.png', 'a*.png', '[ab]*.png', '.h*.png', 'deep/*/c.png', '*.png'])(
  '%s, as sh expands it',
  async (pattern) => {
    const expanded = execFileSync('sh', ['-c', `printf '%s\\n' ${pattern}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    const names = expanded
      .trim()
      .split('\n')
      .map((name) => join(folder, name));
    expect((await images(pattern)).sort()).toEqual(names.sort());
  },
);

test('braces and ** too, as people count', async () => {
  const paths = (names: string[]) => names.map((name) => join(folder, name));
  expect(await images('{b,a1}.png')).toEqual(paths(['a1.png', 'b.png']));
  expect(await images('a*.png')).toEqual(paths(['a1.png', 'a2.png', 'a10.png']));
  expect(await images('deep/**')).toEqual(paths(['deep/er/c.png']));
});

test('a file whose name has brackets or a question mark is that file, as a pattern would name another', async () => {
  expect(await images('odd [1].png')).toEqual([join(folder, 'odd [1].png')]);
  expect(await images('what?.png')).toEqual([join(folder, 'what?.png')]);
});

test('a directory’s name in brackets lists its images', async () => {
  await writeImages(join(folder, 'deep', '[x]'), ['d.png']);
  expect(await images('deep/[x]')).toEqual([join(folder, 'deep', '[x]', 'd.png')]);
});

test('nothing that fits is an error that quotes the pattern', async () => {
  await expect(images('no*.png')).rejects.toThrow(NoMatchError);
  await expect(images('no*.png')).rejects.toThrow(
    /no\*\.png": no file has that name, and none fits the pattern/,
  );
});
