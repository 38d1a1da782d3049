// Judges: NumPy wrote the .npz and .safetensors files (golden/rows.py), DuckDB the .parquet ones (golden/rows-duckdb.mjs).
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { BiomedClipError } from '../src/errors.ts';
import { ElementRangeError, NpyLayoutError, NpyShapeError } from '../src/npy/errors.ts';
import { memorySource } from '../src/platform/given-file.ts';
import { RowGapError, RowLengthError, RowsFormatError, RowsNameError } from '../src/rows-files/errors.ts';
import { readRowsFile } from '../src/rows-files/read-rows.ts';
import type { AskedRows } from '../src/rows-files/rows-file.ts';
import { HeaderLengthError, TruncatedFileError } from '../weights/errors.ts';
import { zipPieces } from '../weights/zip-writer.ts';
import { collect } from './support/memory-files.ts';

const golden = async (name: string) =>
  new Uint8Array(await readFile(new URL(`golden/${name}`, import.meta.url)));
const read = async (name: string, asked?: AskedRows) =>
  readRowsFile(memorySource(name, await golden(name)), asked);

/** As `ramp` in golden/rows.py. */
const ramp = (rows: number, sign = 1) => ({
  data: Float32Array.from({ length: 5 * rows }, (_, i) => sign * (i + 0.5) * (i % 2 ? -1 : 1)),
  rows,
  dim: 5,
});
const ids = ['pair-0', 'pair-1', 'pair-2'];

test.each([
  'npy/matrix.npy',
  'npy/float64.npy',
  'rows/stored.npz',
  'rows/deflated.npz',
  ...['f32', 'f16', 'bf16', 'f64'].map((dtype) => `rows/${dtype}.safetensors`),
])('reads what NumPy wrote: %s', async (name) => {
  expect((await read(name)).rows).toEqual(ramp(3));
});

test.each(['rows/array.parquet', 'rows/f32.safetensors', 'npy/matrix.npy'])(
  "of Node's Buffer in a larger memory: %s",
  async (name) => {
    const bytes = await golden(name);
    const within = Buffer.from(new ArrayBuffer(bytes.length + 9), 7, bytes.length);
    within.set(bytes);
    expect(await readRowsFile(memorySource(name, within), {})).toEqual(await read(name, {}));
  },
);

describe.each(['rows/both.npz', 'rows/both-deflated.npz', 'rows/both.safetensors'])(
  'several in %s',
  (name) => {
    test.each([{ name: 'images' }, { kind: 'images' }] as const)('%s', async (asked) => {
      expect((await read(name, asked)).rows).toEqual(ramp(3));
    });

    test.each([{ name: 'texts' }, { kind: 'texts' }, { name: 'texts', kind: 'images' }] as const)(
      '%s',
      async (asked) => {
        expect(await read(name, asked)).toMatchObject({ rows: ramp(4, -1), kind: 'texts' });
      },
    );

    test('none is guessed', async () => {
      await expect(read(name)).rejects.toThrow(
        `${name}: has images, texts; say which, such as ${name}#images`,
      );
      const wrong = read(name, { name: 'image' });
      await expect(wrong).rejects.toThrow(RowsNameError);
      await expect(wrong).rejects.toThrow(`${name}: has no rows named image, it has images, texts`);
    });
  },
);

describe('Parquet', () => {
  test.each(['array', 'double'])('reads what DuckDB wrote, with ids: %s', async (name) => {
    expect(await read(`rows/${name}.parquet`)).toEqual({ rows: { ...ramp(3), ids } });
  });

  test('integers are read where there are no floats, and numbers are ids', async () => {
    const { rows } = await read('rows/bytes.parquet');
    expect(rows).toEqual({
      data: Float32Array.of(1, 2, 3, 2, 2, 3, 3, 2, 3),
      ...{ rows: 3, dim: 3, ids: ['8', '9', '10'] },
    });
  });

  test('the column that is named', async () => {
    const name = 'rows/both.parquet';
    expect((await read(name, { name: 'image_embedding' })).rows).toEqual({ ...ramp(3), ids });
    expect((await read(name, { name: 'text_embedding' })).rows).toEqual({ ...ramp(3, -1), ids });
    await expect(read(name, { kind: 'images' })).rejects.toThrow(
      `${name}: has image_embedding, text_embedding; say which`,
    );
    await expect(read(name, { name: 'caption' })).rejects.toThrow(RowsNameError);
  });

  test('several groups of rows', async () => {
    const { rows } = await read('rows/groups.parquet');
    const expected = Float32Array.from({ length: 10_000 }, (_, i) => (i % 2 ? (i - 1) / 4 : i / 2));
    expect(rows.data).toEqual(expected);
    expect(rows.ids?.[4999]).toBe('4999');
  });

  test.each([
    ['short', RowLengthError, 'row 1 has 1 values, and the first row 2'],
    ['missing', RowLengthError, 'row 1 is missing, and the first row 2'],
    ['gap', RowGapError, 'row 1 has no column 1'],
    ['no-id', RowGapError, 'row 1 has no id'],
    ['beyond', ElementRangeError, 'row 1, column 1 is 1e+39'],
    ['no-rows', RowsFormatError, 'it has no rows'],
    ['no-vectors', RowsNameError, 'has no matrix of numbers'],
  ] as const)('a fault in the rows: %s', async (name, type, text) => {
    const failed = read(`rows/${name}.parquet`);
    await expect(failed).rejects.toThrow(type);
    await expect(failed).rejects.toThrow(text);
  });
});

const failureOf = async (bytes: Uint8Array, asked?: AskedRows) =>
  (await readRowsFile(memorySource('rows.bin', bytes), asked).then(
    () => undefined,
    (error: unknown) => error,
  )) as Error | undefined;

describe('errors', () => {
  test.each([
    ['an empty file', '', 'rows.bin: no readable vectors: it is empty'],
    [
      'a table',
      'id,caption\n1,x',
      'it begins with "id,capti", and is no .npy, .npz, .safetensors or .parquet',
    ],
    ['a picture', '\x89PNG\r\n\x1a\n', 'it begins with'],
    ['a short zip', 'PK\x03\x04', 'it is a damaged .npz, cut short; write it again'],
    ['the magic of Parquet', 'PAR1', 'it is a Parquet file that was cut short'],
    ['two magics of Parquet', 'PAR1PAR1', 'it is a Parquet file that was cut short'],
    [
      'Parquet with long metadata',
      'PAR1\xff\xff\xff\x7fPAR1',
      'a damaged Parquet file: its metadata cannot be',
    ],
  ])('%s', async (_, text, message) => {
    const error = await failureOf(Buffer.from(text, 'latin1'));
    expect(error).toBeInstanceOf(RowsFormatError);
    expect(error?.message).toContain(message);
  });

  test.each([
    ['rows/none.npz', RowsNameError, 'has no matrix of numbers'],
    ['rows/none.safetensors', RowsNameError, 'has no matrix of numbers'],
  ] as const)('nothing to read: %s', async (name, type, text) => {
    await expect(read(name)).rejects.toThrow(type);
    await expect(read(name)).rejects.toThrow(text);
  });

  test('what is named, and is no matrix of numbers', async () => {
    await expect(read('rows/both.npz', { name: 'cube' })).rejects.toThrow(NpyShapeError);
    await expect(read('rows/both.safetensors', { name: 'scale' })).rejects.toThrow(NpyShapeError);
    await expect(read('rows/both.safetensors', { name: 'mask' })).rejects.toThrow(NpyLayoutError);
    await expect(read('npy/matrix.npy', { name: 'images' })).rejects.toThrow(RowsNameError);
  });

  test('a zip of other things, and a manifest that is none', async () => {
    const zip = async (name: string, text: string) =>
      collect(zipPieces([{ name, size: text.length, pieces: () => [Buffer.from(text)] }]));
    expect(await failureOf(await zip('readme.txt', 'x'))).toBeInstanceOf(RowsNameError);
    expect(await failureOf(await zip('a.npy', 'x'), { name: 'a' })).toMatchObject({ name: 'NpyFormatError' });
  });

  test('an unpacked size that no deflated data has', async () => {
    const bytes = await golden('rows/deflated.npz');
    const view = new DataView(bytes.buffer);
    const at = bytes.findLastIndex(
      (_, i) => view.byteLength > i + 4 && view.getUint32(i, true) === 0x02014b50,
    );
    view.setUint32(at + 24, 2_000_000_000, true);
    const error = await failureOf(bytes);
    expect(error).toBeInstanceOf(RowsFormatError);
    expect(error?.message).toMatch(/vectors.npy is said to unpack from \d+ bytes to 2000000000/);
  });

  test.each(['rows/stored.npz', 'rows/deflated.npz'])('a byte of the data of %s is another', async (name) => {
    const bytes = await golden(name);
    const at = bytes.findLastIndex((_, i) => bytes[i] === 0x50 && bytes[i + 2] === 0x01) - 6; // before the directory
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const error = await failureOf(bytes);
    expect(error).toBeInstanceOf(RowsFormatError);
    expect(error?.message).toMatch(/its CRC-32 differs|cannot be unpacked|unpacks to/);
  });

  test('safetensors that are cut, or too long', async () => {
    const bytes = await golden('rows/f32.safetensors');
    expect(await failureOf(bytes.subarray(0, -1))).toBeInstanceOf(TruncatedFileError);
    expect(await failureOf(bytes.subarray(0, 20))).toBeInstanceOf(HeaderLengthError);
  });

  // No reader's own error, no endless loop, no value that came from nowhere: cut anywhere, or with any byte another.
  test.each([
    'npy/matrix.npy',
    'rows/stored.npz',
    'rows/deflated.npz',
    'rows/f16.safetensors',
    'rows/double.parquet',
  ])('%s cut or damaged anywhere is a typed error, or is read as a matrix', async (name) => {
    const whole = await golden(name);
    for (let at = 0; at < whole.length; at++) {
      const cut = await failureOf(whole.subarray(0, at));
      expect(cut).toBeInstanceOf(BiomedClipError);
      const other = whole.slice();
      other[at] = (other[at] ?? 0) ^ (at % 3 === 0 ? 0xff : 1 << (at % 8));
      const error = await failureOf(other);
      if (error) expect(error).toBeInstanceOf(BiomedClipError);
    }
  });
});
