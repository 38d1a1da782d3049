// What names one picture of a file, and which pictures are meant by options.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { frameChoice, framesOf } from '../src/image/frame-choice.ts';
import { imageAddress } from '../src/node/image-address.ts';
import { OpenOnes } from '../src/node/open-ones.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'address-'));
  for (const name of ['scan.dcm', 'set.tar', 'odd#frame=2', 'odd']) await writeFile(join(folder, name), '');
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['scan.dcm', 'scan.dcm', {}],
  ['scan.dcm#frame=3', 'scan.dcm', { picture: { frame: 3 } }],
  ['scan.dcm#page=12', 'scan.dcm', { picture: { frame: 12 } }],
  ['scan.dcm#coronal=40', 'scan.dcm', { picture: { frame: 40, plane: 'coronal' } }],
  ['set.tar#a/b#1.jpg', 'set.tar', { member: 'a/b#1.jpg' }],
  ['odd#frame=2', 'odd#frame=2', {}],
  ['odd#frame=3', 'odd', { picture: { frame: 3 } }],
  ['odd#frame=2#frame=3', 'odd', { member: 'frame=2#frame=3' }],
  ['scan.dcm#frame=0', 'scan.dcm', { member: 'frame=0' }], // its reader says what there may be
  ['missing#frame=3', 'missing#frame=3', {}],
])('%s', (text, file, rest) => {
  expect(imageAddress(join(folder, text))).toEqual({ file: join(folder, file), ...rest });
});

test('URLs', () => {
  expect(imageAddress('https://host/a.tif#page=2')).toEqual({
    file: 'https://host/a.tif',
    picture: { frame: 2 },
  });
  expect(imageAddress('data:image/png;base64,AA#frame=2').picture).toBeUndefined();
});

test.each([
  ['all', 4, [1, 2, 3, 4]],
  ['first', 4, [1]],
  ['middle', 5, [3]],
  ['middle', 4, [3]],
  ['middle', 1, [1]],
  ['3,1-2', 4, [1, 2, 3]],
  ['2-', 4, [2, 3, 4]],
  ['1-4:3', 4, [1, 4]],
  ['1-:2', 4, [1, 3]],
  ['2,2', 4, [2]],
] as const)('%s of %i pictures', (text, frames, expected) => {
  expect(framesOf(frameChoice(text) ?? 'all', frames)).toEqual(expected);
});

test('pictures beyond the last', () => {
  expect(framesOf(frameChoice('1,9') ?? 'all', 4)).toEqual({ beyond: 9 });
  expect(framesOf(frameChoice('5-') ?? 'all', 4)).toEqual({ beyond: 5 });
});

test.each(['', '0', '1,', '4-2', '1-2:0', 'last', '1.5', '-3', '1e3'])('%j is no choice', (text) => {
  expect(frameChoice(text)).toBeUndefined();
});

test('what is used stays open until others are, and is not closed under a reader', async () => {
  const closed: string[] = [];
  const ones = new OpenOnes<{ name: string; close(): Promise<void> }>(1);
  let opened = 0;
  const open = (name: string) => async () => {
    opened += 1;
    return { name, close: async () => void closed.push(name) };
  };
  await ones.use('a', open('a'), async ({ name }) => name);
  let finish = () => {};
  const long = ones.use('a', open('a'), () => new Promise<void>((resolve) => (finish = resolve)));
  await ones.use('b', open('b'), async () => undefined);
  expect(closed).toEqual([]);
  finish();
  await long;
  expect(closed).toEqual(['a']);
  expect(opened).toBe(2);
});

test('what could not be opened is tried again', async () => {
  const ones = new OpenOnes<{ close(): Promise<void> }>(1);
  const fails = ones.use(
    'a',
    async () => {
      throw new Error('busy');
    },
    async () => 1,
  );
  await expect(fails).rejects.toThrow('busy');
  expect(
    await ones.use(
      'a',
      async () => ({ close: async () => undefined }),
      async () => 2,
    ),
  ).toBe(2);
});
