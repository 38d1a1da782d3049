// More files than a call may have arguments, and all of one name, as collections of scans have them.
import type { Dirent } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { gatherInputs } from '../src/node/commands/embed-inputs.ts';

const FOLDERS = 500;
const FILES = 400;

vi.mock('node:fs/promises', async (importOriginal) => {
  const actual = await importOriginal<typeof import('node:fs/promises')>();
  const entry = (name: string, isFolder: boolean) =>
    ({ name, isDirectory: () => isFolder, isSymbolicLink: () => false }) as Dirent;
  return {
    ...actual,
    stat: async () => ({ isDirectory: () => true }),
    readdir: async (path: string) =>
      path === '/scans'
        ? Array.from({ length: FOLDERS }, (_, i) => entry(`p${i}`, true))
        : Array.from({ length: FILES }, (_, i) => entry(`image${i}.png`, false)),
    readFile: async () => Buffer.from('image,caption\n/scans/p3/image7.png,one\n'),
  };
});

test('200,000 images in folders, each name in 500 of them', async () => {
  const { images, pairs } = await gatherInputs(['/scans'], '/captions.csv', { recursive: true });
  expect(images).toHaveLength(FOLDERS * FILES);
  expect(pairs).toEqual([{ image: 3 * FILES + 7, text: 0, id: '/scans/p3/image7.png' }]);
});
