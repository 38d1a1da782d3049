// Which pairs a study has, by the rules that docs/command-line.md states.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../src/node/cli/session.ts';
import { UsageError } from '../src/node/errors.ts';
import { readPairsOf } from '../src/node/study/pairs.ts';

const session = { io: {}, signal: new AbortController().signal } as Session; // files alone are read

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'study-pairs-'));
  await mkdir(join(folder, 'lung'));
  for (const name of ['a.png', 'b.png', 'lung/c.png']) await writeFile(join(folder, name), '');
});
afterAll(() => rm(folder, { recursive: true }));

test('a folder with one table: its pairs, an id an item, folders as classes, and images without a row', async () => {
  const rows = [
    { study: 7, path: 'lung\\c.png', report: 'one' },
    { study: 8, path: './lung/c.png', report: 'two' },
    { study: 9, path: 'a.png', report: 'three' },
  ];
  const file = join(folder, 'captions.jsonl');
  await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  const { pairs, notes } = await readPairsOf(folder, session, { idColumn: 'study', labelFrom: 'folder' });
  const path = join(folder, 'lung/c.png');
  expect(pairs.slice(0, 2)).toEqual([
    { id: '7', path, caption: 'one', label: 'lung' },
    { id: '7', path, caption: 'two', label: 'lung' },
  ]);
  expect(pairs.map(({ id }) => id)).toEqual(['7', '7', '9']);
  expect(notes).toEqual([`${file}: no row for 1 image (b.png)`]);
  await writeFile(join(folder, 'captions.csv'), 'image,caption\na.png,a\n');
  await expect(readPairsOf(folder, session)).rejects.toThrow(
    new UsageError(`${folder}: has captions.csv and captions.jsonl; name the one that is meant`),
  );
  expect((await readPairsOf(file, session, { idColumn: 'study', first: 1 })).pairs).toHaveLength(1);
});
