// Embeddings that the page opens. Judges: NumPy wrote the .npz and .safetensors files (golden/rows.py), DuckDB both.parquet
// (golden/rows-duckdb.mjs); the manifests are those of `embed`.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parquetWriteBuffer, type SchemaElement } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { savedAmong, withFilesBeside } from '../examples/browser/src/data/saved-files.ts';
import { embeddingsFile } from '../examples/browser/src/engine/save-embeddings.ts';
import { readSavedPairs, vectorsAmong } from '../examples/browser/src/engine/saved-pairs.ts';
import { npyBytes } from '../src/npy/vectors.ts';

const golden = async (name: string) =>
  new File([await readFile(new URL(`golden/rows/${name}`, import.meta.url))], name);
/** Columns of texts and of lists of floats. */
function parquetOf(columns: Readonly<Record<string, readonly (string | readonly number[])[]>>): File {
  const schema: SchemaElement[] = [{ name: 'root', num_children: Object.keys(columns).length }];
  for (const [name, [first]] of Object.entries(columns)) {
    if (typeof first === 'string') {
      schema.push({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' });
      continue;
    }
    schema.push(
      { name, repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', type: 'FLOAT', repetition_type: 'REQUIRED' },
    );
  }
  const columnData = Object.entries(columns).map(([name, data]) => ({ name, data: [...data] }));
  return new File([parquetWriteBuffer({ columnData, schema })], 'rows.parquet');
}
const npy = (name: string, rows: readonly (readonly number[])[]) => {
  const vectors = { data: Float32Array.from(rows.flat()), rows: rows.length, dim: rows[0]?.length ?? 0 };
  return new File([new Uint8Array(npyBytes(vectors))], name);
};
const json = (value: unknown) => new File([JSON.stringify(value)], 'manifest.json');
const two = (images: File, texts: File, manifest?: File) =>
  readSavedPairs({ kind: 'two', images, texts, manifest });
const found = (...files: (File | string)[]) =>
  files.map((file) => {
    const given = typeof file === 'string' ? new File(['x'], file.split('/').at(-1) ?? '') : file;
    return { path: typeof file === 'string' ? file : file.name, file: given };
  });
const among = (...files: (File | string)[]) => savedAmong(found(...files), vectorsAmong);

const IMAGES = npy('images.npy', [
  [1, 0],
  [0, 1],
  [0.6, 0.8],
]);
const TEXTS = npy('texts.npy', [
  [0, 1],
  [1, 0],
]);
const entry = (i: number) => ({ id: `${i}.png`, path: `/data/${i}.png`, label: `class ${i}` });
const MANIFEST = {
  model: 'tiny',
  fingerprint: 'f'.repeat(64),
  logitScale: 20,
  pairs: 2,
  images: [entry(0), entry(1), entry(2)],
  texts: [
    { id: '0.png', caption: 'first', group: 'p1' },
    { id: '1.png', caption: 'second' },
  ],
};

describe('what `embed` writes', () => {
  test('with its manifest: pairs as it counts them, and all that it says of them', async () => {
    const { vectors, space, pairs, notes } = await two(IMAGES, TEXTS, json(MANIFEST));
    expect(space).toEqual({ name: 'tiny', fingerprint: 'f'.repeat(64), dim: 2, logitScale: 20 });
    expect(pairs).toEqual([
      { id: '0.png', path: '/data/0.png', caption: 'first', label: 'class 0', group: 'p1' },
      { id: '1.png', path: '/data/1.png', caption: 'second', label: 'class 1' },
    ]);
    expect([...vectors.images.data]).toEqual([1, 0, 0, 1]);
    expect(notes).toEqual(['images.npy: 1 of 3 rows of images have no partner, and were left out.']);
  });

  test('without `pairs` rows pair by id, an image with several captions too', async () => {
    const texts = ['2.png', '0.png', '2.png'].map((id) => ({ id, caption: id }));
    const manifest = json({ ...MANIFEST, pairs: undefined, texts });
    const { vectors, pairs } = await two(IMAGES, IMAGES, manifest);
    expect(pairs.map(({ id, caption }) => [id, caption])).toEqual([
      ['2.png', '2.png'],
      ['0.png', '0.png'],
      ['2.png', '2.png'],
    ]);
    expect([...vectors.images.data].map((value) => Number(value.toFixed(3)))).toEqual([
      0.6, 0.8, 1, 0, 0.6, 0.8,
    ]);
  });

  const named = (ids: readonly unknown[]) => ids.map((id) => ({ id, caption: `of ${id}` }));
  const eye = (name: string, rows: number) =>
    npy(
      name,
      Array.from({ length: rows }, (_, i) => Array.from({ length: rows }, (_, d) => (d === i ? 1 : 0))),
    );

  test('rows whose ids are there more than once pair by id, whatever their order', async () => {
    const manifest = json({ images: named(['a', 'a', 'b', 'b']), texts: named(['b', 'b', 'a', 'a']) });
    const { pairs, vectors } = await two(eye('images.npy', 4), eye('texts.npy', 4), manifest);
    expect(pairs.map(({ id, caption }) => [id, caption])).toEqual([
      ['b', 'of b'],
      ['b', 'of b'],
      ['a', 'of a'],
      ['a', 'of a'],
    ]);
    expect([0, 1, 2, 3].map((i) => vectors.images.data.subarray(4 * i, 4 * i + 4).indexOf(1))).toEqual([
      2, 3, 0, 1,
    ]);
  });

  test('rows that are counted as pairs and have other ids are said', async () => {
    const manifest = json({ pairs: 2, images: named(['a', 'b']), texts: named(['b', 'a']) });
    const { notes } = await two(eye('images.npy', 2), eye('texts.npy', 2), manifest);
    expect(notes).toEqual([
      'Row 0 pairs the image a with a text of b: rows were paired in their order, not by these ids.',
    ]);
  });

  test.each([[-3], [2.5], ['2'], [3], [null]])('a count of %j pairs is refused', async (pairs) => {
    const manifest = json({ pairs, images: named(['a', 'b']), texts: named(['a', 'b']) });
    await expect(two(eye('images.npy', 2), eye('texts.npy', 2), manifest)).rejects.toThrow(
      'must be a whole number from 0 to 2',
    );
  });

  test('a manifest of other rows is left out with a word', async () => {
    const manifest = json({ images: named(['a']), texts: named(['a', 'b']) });
    const { notes, pairs } = await two(eye('images.npy', 2), eye('texts.npy', 2), manifest);
    expect(notes).toEqual([
      'The manifest names 1 images, and images.npy has 2 rows of them: what it says of them is left out.',
    ]);
    expect(pairs.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('numbers for names are texts; what is no name is refused by its place', async () => {
    const facts = [7, 8].map((id) => ({ id, caption: id, label: 0, group: 1 }));
    const { pairs } = await two(
      eye('images.npy', 2),
      eye('texts.npy', 2),
      json({ images: facts, texts: facts }),
    );
    expect(pairs[0]).toMatchObject({ id: '7', caption: '7', label: '0', group: '1' });
    for (const [entry, said] of [
      [null, 'images[1] is null'],
      [{ id: { a: 1 } }, 'images[1].id is {"a":1}'],
    ] as const) {
      const manifest = json({ images: [...named(['a']), entry] });
      await expect(two(eye('images.npy', 2), eye('texts.npy', 2), manifest)).rejects.toThrow(said);
    }
  });

  test('rows that another run wrote are refused', async () => {
    const digest = async (file: File) =>
      createHash('sha256')
        .update(new Uint8Array(await file.arrayBuffer()))
        .digest('hex');
    const files = { images: await digest(IMAGES), texts: await digest(TEXTS) };
    await two(IMAGES, TEXTS, json({ ...MANIFEST, files }));
    await expect(two(TEXTS, TEXTS, json({ ...MANIFEST, files }))).rejects.toThrow(
      'texts.npy is not the file that manifest.json was written with',
    );
  });

  test('rows whose gap was closed take no queries, and say so', async () => {
    const { space, notes } = await two(IMAGES, TEXTS, json({ ...MANIFEST, closing: { method: 'local' } }));
    expect(space).toMatchObject({ name: 'tiny, closed by local', fingerprint: undefined });
    expect(notes).toContain('The gap of these embeddings was closed before, by local.');
  });
});

describe('what others write', () => {
  test('two arrays alone pair row by row, and are scaled to length 1 with a word', async () => {
    const { vectors, space, pairs, notes } = await two(
      npy('images.npy', [[3, 4]]),
      npy('texts.npy', [[0, 2]]),
    );
    expect(space).toMatchObject({ name: undefined, fingerprint: undefined, dim: 2 });
    expect(pairs).toEqual([{ id: 'row 0', path: undefined, caption: '', label: '' }]);
    expect([...vectors.images.data, ...vectors.texts.data]).toEqual([...new Float32Array([0.6, 0.8]), 0, 1]);
    expect(notes).toEqual(['Rows were not of length 1, and were scaled to it.']);
  });

  test.each([
    [
      'as many of both',
      npy('images.npy', [[1, 0]]),
      TEXTS,
      'images.npy has 1 rows of images, and texts.npy 2 of texts',
    ],
    [
      'one width',
      npy('images.npy', [[1, 0, 0]]),
      TEXTS,
      'images.npy has rows of 3 values, and texts.npy of 2',
    ],
    [
      'a direction',
      npy('images.npy', [
        [1, 0],
        [0, 0],
      ]),
      TEXTS,
      'images.npy: row 1 (counted from 0) has no direction',
    ],
  ])('they must have %s', async (_, images, texts, message) => {
    await expect(two(images, texts)).rejects.toThrow(message);
  });

  test.each(['both.npz', 'both-deflated.npz', 'both.safetensors'])(
    '%s of NumPy: 3 images and 4 texts without ids say that they do not pair',
    async (name) => {
      const read = readSavedPairs({ kind: 'one', file: await golden(name) });
      await expect(read).rejects.toThrow(/has 3 rows of images, and both\S* 4 of texts, without ids/);
    },
  );

  test('Parquet with a column of vectors each, and of what people call captions and classes', async () => {
    const file = parquetOf({
      id: ['a', 'b'],
      caption: ['first', 'second'],
      label: ['x', 'y'],
      image_embedding: [
        [1, 0],
        [0, 1],
      ],
      text_embedding: [
        [0, 1],
        [1, 0],
      ],
    });
    expect(await vectorsAmong([file])).toEqual([0]);
    const { vectors, pairs } = await readSavedPairs({ kind: 'one', file });
    expect(pairs.map(({ id, caption, label }) => [id, caption, label])).toEqual([
      ['a', 'first', 'x'],
      ['b', 'second', 'y'],
    ]);
    expect([...vectors.texts.data]).toEqual([0, 1, 1, 0]);
  });

  test('Parquet of one column of vectors needs to say which are images', async () => {
    const file = parquetOf({ embedding: [[1, 0]] });
    await expect(readSavedPairs({ kind: 'one', file })).rejects.toThrow(
      'rows.parquet has one matrix alone, which is not said to be the images',
    );
  });
});

test.each(['npz', 'parquet'] as const)('what the page saves as %s it opens again', async (format) => {
  const saved = await two(IMAGES, TEXTS, json(MANIFEST));
  const blob = await embeddingsFile({ format, ...saved, adapter: 'a GPU', closing: undefined });
  const file = new File([blob], `embeddings.${format}`);
  const again = await readSavedPairs({ kind: 'one', file });
  expect(again.vectors).toEqual(saved.vectors);
  expect(again.space).toEqual(saved.space);
  expect(again.pairs.map(({ path: _, ...facts }) => facts)).toEqual(
    saved.pairs.map(({ path: _, ...facts }) => facts),
  );
});

describe('which files are meant', () => {
  test('the rows that `study` writes among its other files', async () => {
    const folder = ['out/images.npy', 'out/texts.npy', 'out/manifest.json', 'out/report.html', 'out/gap.npy'];
    const chosen = await among(...folder);
    expect(chosen?.saved).toMatchObject({
      kind: 'two',
      images: { name: 'images.npy' },
      manifest: { name: 'manifest.json' },
    });
    expect(chosen?.others.map(({ path }) => path)).toEqual(['out/report.html']);
  });

  test('arrays by what they are called after; pictures and tables alone are none', async () => {
    const chosen = await among('img_features.npy', 'caption_features.npy');
    expect(chosen?.saved).toMatchObject({
      images: { name: 'img_features.npy' },
      texts: { name: 'caption_features.npy' },
    });
    expect(await among('a.png', 'captions.csv')).toBeUndefined();
  });

  test.each([
    [['a.npy', 'b.npy'], 'none is called after the images'],
    [['images.npy'], 'none is called after the texts'],
    [['x.npz', 'y.npz'], 'x.npz, y.npz: which of these embeddings are meant is not clear'],
    [['a/images.npy', 'b/images.npy', 'texts.npy'], 'which of these embeddings are meant is not clear'],
  ])('%s are refused', async (files, message) => {
    await expect(among(...files)).rejects.toThrow(message);
  });

  test('images and captions beside them, by id and by path', async () => {
    const { pairs } = await two(IMAGES, TEXTS, json(MANIFEST));
    const table = new File(['image,caption,label\n0.png,better,new\n'], 'captions.csv');
    const beside = await withFilesBeside({ pairs, notes: [] }, found('set/0.png', table), {});
    expect(beside.pairs.map(({ image, caption, label }) => [image !== undefined, caption, label])).toEqual([
      [true, 'better', 'new'],
      [false, 'second', 'class 1'],
    ]);
    expect(beside.notes).toEqual(['1 of the 2 images are here; the other pairs have none.']);
  });

  test('a table without their ids, and of another length, is refused', async () => {
    const { pairs } = await two(IMAGES, TEXTS, json(MANIFEST));
    const table = new File(['image,caption\nx.png,a\ny.png,b\nz.png,c\n'], 'captions.csv');
    await expect(withFilesBeside({ pairs, notes: [] }, found(table), {})).rejects.toThrow(
      'captions.csv has 3 rows for 2 pairs of embeddings, and names none of them',
    );
  });
});
