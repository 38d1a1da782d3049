// The judge is the file that was outside: a folder that becomes a link at the moment of opening must not lead to it.
import { mkdir, mkdtemp, open, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OutsideFolderError } from '../src/node/services/errors.ts';
import { NamedFolder } from '../src/node/services/named-folders.ts';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, open: vi.fn(real.open), readlink: vi.fn(real.readlink) };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folders-'));
  for (const [name, content] of [
    ['scans/day', 'inside'],
    ['outside', 'secret'],
  ] as const) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'a.png'), content);
  }
});
afterEach(async () => {
  vi.mocked(open).mockReset();
  vi.mocked(readlink).mockReset();
  await rm(folder, { recursive: true });
});

const link = () => symlink(join(folder, 'outside'), join(folder, 'scans/day'));
const away = () => rename(join(folder, 'scans/day'), join(folder, 'scans/was'));
const back = async () => {
  await rm(join(folder, 'scans/day'));
  await rename(join(folder, 'scans/was'), join(folder, 'scans/day'));
};

describe.skipIf(process.platform === 'win32').each(['by /proc', 'by device and inode'])('%s', (how) => {
  beforeEach(() => {
    if (how !== 'by /proc') vi.mocked(readlink).mockRejectedValue(new Error('no /proc'));
  });

  test('a file of the folder is read', async () => {
    const scans = await NamedFolder.open('scans', join(folder, 'scans'), true);
    expect(Buffer.from((await scans.read('day/a.png')).bytes).toString()).toBe('inside');
  });

  test.each([
    ['stays a link', async () => {}],
    ['is put back', back],
  ])('a folder that is swapped for a link before the file is opened, and %s', async (_, after) => {
    const scans = await NamedFolder.open('scans', join(folder, 'scans'), true);
    const { open: real } = await vi.importActual<typeof import('node:fs/promises')>('node:fs/promises');
    vi.mocked(open).mockImplementationOnce(async (...call) => {
      await away();
      await link();
      const file = await real(...call);
      await after();
      return file;
    });
    await expect(scans.read('day/a.png')).rejects.toThrow(OutsideFolderError);
  });
});

test.skipIf(process.platform === 'win32')('a folder that is a link by the time it is listed', async () => {
  const scans = await NamedFolder.open('scans', join(folder, 'scans'), true);
  await away();
  await link();
  const { images, refused } = await scans.list();
  expect(images.map(({ id }) => id)).toEqual(['was/a.png']);
  expect(refused).toEqual([]); // links to folders are not followed
});
