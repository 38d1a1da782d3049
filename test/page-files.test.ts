// How the page pairs files that are dropped in. The reader of tables is judged in captions.test.ts.
import { expect, test } from 'vitest';
import { pairFiles } from '../examples/browser/src/data/paired-files.ts';
import { selectRows } from '../examples/browser/src/engine/rows.ts';

const image = (name: string) => new File(['x'], name);

test('a TSV of Windows paths in UTF-16: pairs, and what has no partner', async () => {
  const rows = 'file_name\treport\tlabel\r\nscans\\b.png\tone\tlung\r\nb.png\ttwo\tlung\r\nnone.png\tc\t\r\n';
  const table = new File([Buffer.from(`\ufeff${rows}`, 'utf16le')], 'captions.tsv');
  const { pairs, notes } = await pairFiles([
    image('a.png'),
    table,
    image('b.png'),
    new File(['[]'], 'other.json'),
  ]);
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
  const { pairs } = await pairFiles([...images, new File(['one\ntwo\n'], 'captions.txt')]);
  expect(pairs.map(({ id, caption }) => [id, caption])).toEqual([
    ['1.png', 'one'],
    ['2.png', 'two'],
  ]);
  const latin = new File([Buffer.from('image,caption\n1.png,\xe9\n', 'latin1')], 'a.csv');
  await expect(pairFiles([...images, latin])).rejects.toThrow(
    'a.csv:2: is not UTF-8; save the file as UTF-8',
  );
  const lines = new File(['1\ta\n2\tb\n'], 'a.txt');
  await expect(pairFiles([...images, lines])).rejects.toThrow('a.txt:1: its lines are fields between tabs');
});

test('which file or image is meant is not guessed', async () => {
  const table = new File(['image,caption\n1.png,a\n'], 'a.csv');
  await expect(pairFiles([image('1.png'), image('1.png'), table])).rejects.toThrow(
    'Two of the images are called 1.png',
  );
  await expect(pairFiles([image('1.png'), table, new File(['a\n'], 'b.txt')])).rejects.toThrow(
    'a.csv, b.txt may each hold the captions',
  );
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
