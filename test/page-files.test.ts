// How the page pairs files that are dropped in. The reader of tables is judged in captions.test.ts.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { FoundFile } from '../examples/browser/src/data/dropped-files.ts';
import { openArchives } from '../examples/browser/src/data/pair-archives.ts';
import { pairFiles } from '../examples/browser/src/data/paired-files.ts';
import { selectRows } from '../examples/browser/src/engine/rows.ts';
import { CaptionsHeaderError } from '../src/tables/index.ts';

const image = (path: string) => ({ path, file: new File(['x'], path.split('/').at(-1) ?? '') });
const text = (path: string, content: BlobPart) => ({
  path,
  file: new File([content], path.split('/').at(-1) ?? ''),
});
const idsOf = async (...files: readonly FoundFile[]) =>
  (await pairFiles(files)).pairs.map(({ id, caption }) => [id, caption]);

test('a TSV of Windows paths in UTF-16: pairs, and what has no partner', async () => {
  const rows = 'file_name\treport\tlabel\r\nscans\\b.png\tone\tlung\r\nb.png\ttwo\tlung\r\nnone.png\tc\t\r\n';
  const table = text('captions.tsv', Buffer.from(`\ufeff${rows}`, 'utf16le'));
  const { pairs, notes } = await pairFiles([image('a.png'), table, image('b.png'), text('other.json', '[]')]);
  expect(pairs.map(({ id, caption, label }) => [id, caption, label])).toEqual([
    ['b.png', 'one', 'lung'],
    ['b.png', 'two', 'lung'],
  ]);
  expect(notes).toEqual([
    'captions.tsv names 1 image (none.png) that is not here.',
    'captions.tsv has no row for 1 image (a.png).',
  ]);
});

test('a text file by order, and what is wrong by the reader’s error', async () => {
  const images = [image('2.png'), image('1.png')];
  const { pairs } = await pairFiles([...images, text('captions.txt', 'one\ntwo\n')]);
  expect(pairs.map(({ id, caption }) => [id, caption])).toEqual([
    ['1.png', 'one'],
    ['2.png', 'two'],
  ]);
  const latin = text('a.csv', Buffer.from('image,caption\n1.png,\xe9\n', 'latin1'));
  await expect(pairFiles([...images, latin])).rejects.toThrow(
    'a.csv:2: is not UTF-8; save the file as UTF-8',
  );
  const lines = text('a.txt', '1\ta\n2\tb\n');
  await expect(pairFiles([...images, lines])).rejects.toThrow('a.txt:1: its lines are fields between tabs');
});

test('which file or image is meant is not guessed', async () => {
  const table = text('a.csv', 'image,caption\n1.png,a\n');
  await expect(pairFiles([image('1.png'), image('1.png'), table])).rejects.toThrow(
    'Two of the images are called 1.png',
  );
  await expect(pairFiles([image('1.png'), table, text('b.txt', 'a\n')])).rejects.toThrow(
    'a.csv, b.txt may each hold the captions',
  );
});

describe('images of one name in several folders', () => {
  const both = [image('set/bone/1.png'), image('set/brain/1.png')] as const;
  const rows = (...names: string[]) =>
    `image,caption\n${names.map((name) => `${name},of ${name}\n`).join('')}`;

  test('are told apart by the folders that the table names', async () => {
    const table = text('set/captions.csv', rows('bone/1.png', 'brain/1.png'));
    const expected = [
      ['bone/1.png', 'of bone/1.png'],
      ['brain/1.png', 'of brain/1.png'],
    ];
    expect(await idsOf(...both, table)).toEqual(expected);
    expect(await idsOf(...both, { ...table, path: 'elsewhere/captions.csv' })).toEqual(expected);
    const windows = text('captions.csv', rows('C:\\data\\brain\\1.png'));
    expect(await idsOf(...both, windows)).toEqual([['brain/1.png', 'of C:\\data\\brain\\1.png']]);
  });

  test('are refused where the table does not tell', async () => {
    await expect(idsOf(...both, text('captions.csv', rows('1.png')))).rejects.toThrow(
      'captions.csv names 1.png, which may be set/bone/1.png or set/brain/1.png',
    );
    const named = text('captions.csv', rows('bone/1.png', 'brain/1.png'));
    await expect(idsOf(image('1.png'), named)).rejects.toThrow(
      'captions.csv names bone/1.png and brain/1.png, and 1.png may be either',
    );
  });

  test('are not taken for one that is absent', async () => {
    const table = text('set/captions.csv', rows('bone/1.png', 'heart/1.png'));
    const { pairs, notes } = await pairFiles([...both, table]);
    expect(pairs.map(({ id }) => id)).toEqual(['bone/1.png']);
    expect(notes.join(' ')).toContain('1 image (heart/1.png) that is not here');
    expect(notes.join(' ')).toContain('no row for 1 image (brain/1.png)');
  });

  test('are not taken for another where one image alone is there', async () => {
    const table = text('set/captions.csv', rows('bone/1.png'));
    await expect(idsOf(image('set/brain/1.png'), table)).rejects.toThrow(
      'names none of the images: it has bone/1.png, and the first image is set/brain/1.png',
    );
  });

  test('beside the table goes first', async () => {
    const table = text('a/captions.csv', rows('1.png'));
    expect(await idsOf(image('a/1.png'), image('b/1.png'), table)).toEqual([['a/1.png', 'of 1.png']]);
  });
});

test('images without captions come as people count', async () => {
  const ids = await idsOf(image('x/10.png'), image('x/2.dcm'), image('x/1.nii.gz'));
  expect(ids.map(([id]) => id)).toEqual(['1.nii.gz', '2.dcm', '10.png']);
});

test('rows keep their ids, by which captions of one image are one item', () => {
  const vectors = { data: Float32Array.of(1, 2, 3), rows: 3, dim: 1, ids: ['a', 'a', 'b'] };
  expect(selectRows(vectors, [2, 0])).toEqual({
    data: Float32Array.of(3, 1),
    rows: 2,
    dim: 1,
    ids: ['b', 'a'],
  });
});

describe('sets of pairs in one file', () => {
  const golden = async (name: string) =>
    text(name, await readFile(new URL(`golden/archives/${name}`, import.meta.url)));
  const opened = async (...files: readonly FoundFile[]) =>
    (await openArchives(files, {}))(() => {}, new AbortController().signal);

  test('Parquet and tar: images, captions and classes, each image once', async () => {
    for (const name of ['hugging-face.parquet', 'pax.tar', 'ustar.tar.gz']) {
      const { pairs, notes } = await opened(await golden(name), image('other.png'));
      expect(notes).toEqual(['other.png is no part of the set, and left out.']);
      expect(pairs.slice(3, 5).map(({ caption, label }) => [caption, label])).toEqual([
        ['poumon gauche: opacité', 'skin'],
        ['a picture of organ 2', 'lung'],
      ]);
      expect(new Set(pairs.map(({ id }) => id)).size).toBe(8);
      expect(pairs[1]?.image).toBe(pairs[3]?.image);
      const file = await readFile(new URL('golden/archives/images/02.png', import.meta.url));
      expect(Buffer.from((await pairs[4]?.image.arrayBuffer()) ?? new ArrayBuffer())).toEqual(file);
    }
  });

  test('images that a Parquet file names by path are those beside it', async () => {
    const table = await golden('gzip.parquet');
    const { pairs, notes } = await opened(table, image('images/01.png'));
    expect(pairs.map(({ id, caption }) => [id, caption])).toEqual([
      ['01.png', 'chest X-ray, frontal'],
      ['01.png', 'thorax; "AP" view'],
      ['01.png', 'poumon gauche: opacité'],
    ]);
    expect(notes[0]).toContain('gzip.parquet names 7 images (images/00.png, ');
    await expect(opened(table)).rejects.toThrow(
      'gzip.parquet names its images by path, such as images/00.png: give the images with it.',
    );
  });

  test('what is not clear, or no such file', async () => {
    const table = text('captions.csv', 'image,caption\n1.png,a\n');
    await expect(opened(await golden('pax.tar'), table)).rejects.toThrow(
      'pax.tar, captions.csv may each hold the captions',
    );
    await expect(opened(text('a.tar', 'no tar'))).rejects.toThrow('a.tar');
    await expect(opened(await golden('paths.parquet'))).rejects.toThrow(CaptionsHeaderError);
  });

  test('opening is given up between images', async () => {
    const read = await openArchives([await golden('pax.tar')], {});
    const leaving = new AbortController();
    let last = 0;
    const onRead = (done: number) => {
      last = done;
      if (done === 2) leaving.abort();
    };
    await expect(read(onRead, leaving.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(last).toBe(2);
  });
});
