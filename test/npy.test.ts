// The judge is NumPy: the files in golden/npy were written by numpy.save (golden/npy.py).
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidOptionError } from '../src/errors.ts';
import * as library from '../src/index.ts';
import { readNpy, writeNpy } from '../src/node/npy.ts';
import {
  ElementRangeError,
  NpyFormatError,
  NpyLayoutError,
  NpyLengthError,
  NpyShapeError,
} from '../src/npy/errors.ts';
import { FileReadError } from '../src/platform/errors.ts';

const golden = (name: string) => new URL(`golden/npy/${name}.npy`, import.meta.url).pathname;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npy-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** As `ramp` in golden/npy.py. */
function ramp(n: number): number[] {
  return Array.from({ length: n }, (_, i) => (i + 0.5) * (i % 2 ? -1 : 1));
}

/** A file without data, of any shape. */
function npyOf(shape: string): Uint8Array {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}}`;
  const header = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  header.writeUInt16LE(dict.length, 8);
  return Buffer.concat([header, Buffer.from(dict)]);
}

function hugeHeader(length: number): Uint8Array {
  const start = Buffer.from('\x93NUMPY\x02\x00\x00\x00\x00\x00', 'latin1');
  start.writeUInt32LE(length, 8);
  return Buffer.concat([start, Buffer.alloc(length, ' ')]);
}

const arrays = [
  { name: 'matrix', shape: [3, 5], values: ramp(15) },
  { name: 'vector', shape: [7], values: ramp(7) },
  { name: 'cube', shape: [2, 3, 4], values: ramp(24) },
  { name: 'scalar', shape: [], values: ramp(1) },
  { name: 'no-rows', shape: [0, 512], values: [] },
  {
    name: 'special',
    shape: [2, 3],
    values: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-45, 3.4028235e38],
  },
];

test.each(arrays)('reads what numpy.save wrote: $name', async ({ name, shape, values }) => {
  const array = await readNpy(golden(name));
  expect(array.shape).toEqual(shape);
  expect(array.data).toEqual(Float32Array.from(values));
});

test.each(arrays)('writes the bytes that numpy.save writes: $name', async ({ name, shape, values }) => {
  const path = join(folder, `${name}.npy`);
  await writeNpy(path, { shape, data: Float32Array.from(values) });
  expect((await readFile(path)).equals(await readFile(golden(name)))).toBe(true);
});

test('writes a view of a larger array', async () => {
  const path = join(folder, 'view.npy');
  await writeNpy(path, { shape: [2, 2], data: Float32Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5) });
  expect((await readNpy(path)).data).toEqual(Float32Array.of(1, 2, 3, 4));
});

test('reads a header in another style; a vector in Fortran order is one in C order', async () => {
  const dict = `{"shape":(2,),"fortran_order":True,"descr":"<f4"}\n`;
  const header = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(dict.length)}\x00${dict}`, 'latin1');
  const path = join(folder, 'other.npy');
  await writeFile(path, Buffer.concat([header, Buffer.from(Float32Array.of(1, 2).buffer)]));
  expect(await readNpy(path)).toEqual({ shape: [2], data: Float32Array.of(1, 2) });
});

const matrix = { shape: [3, 5], data: Float32Array.from(ramp(15)) };
const count = { shape: [3, 5], data: Float32Array.from({ length: 15 }, (_, i) => i) };
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

test.each([
  ...[
    'float64',
    'float16',
    'big-endian',
    'big-endian-16',
    'big-endian-64',
    'fortran',
    'version-2',
    'version-3',
  ].map((name) => ({ name, array: matrix })),
  ...['i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8'].map((name) => ({ name, array: count })),
  { name: 'fortran-cube', array: { shape: [2, 3, 4], data: Float32Array.from(ramp(24)) } },
  {
    name: 'float64-rounded', // 1e-50 is below the least float32
    array: { shape: [2, 3], data: Float32Array.of(0.1, 0, -1 / 3, nan, infinity, -infinity) },
  },
  {
    name: 'float16-special', // 6e-8 is the least of float16, 2^-24; 1e-4 has 11 bits
    array: { shape: [2, 3], data: Float32Array.of(nan, infinity, -0, 2 ** -24, 65504, 1678 * 2 ** -24) },
  },
])('reads other elements and orders as NumPy makes them float32: $name', async ({ name, array }) => {
  expect(await readNpy(golden(name))).toEqual(array);
});

describe('errors', () => {
  const failure = async (path: string) => (await readNpy(path).catch((error: unknown) => error)) as Error;
  const failureOf = async (bytes: Uint8Array | string) => {
    const path = join(folder, 'bad.npy');
    await writeFile(path, bytes);
    return failure(path);
  };

  test.each([
    ['complex', "dtype '<c8'"],
    ['bool', "dtype '|b1'"],
    ['structured', "dtype [('x', '<f4'), ('y', '<f4')]"],
  ])('%s is not read', async (name, actual) => {
    const error = await failure(golden(name));
    expect(error).toBeInstanceOf(NpyLayoutError);
    expect(error.message).toBe(
      `${golden(name)}: must hold floats of 16, 32 or 64 bits, or integers, got ${actual}; ` +
        "convert it with x.astype('<f4')",
    );
  });

  test.each([
    ['beyond', [1, 2], 1e39, 'row 1, column 2 is 1e+39'],
    ['odd', [1, 0], -16777217, 'row 1, column 0 is -16777217'],
    ['odd-64', [0, 1], 2n ** 53n + 1n, 'row 0, column 1 is 9007199254740993'],
  ])('a value that no float32 is: %s', async (name, indices, value, text) => {
    const error = await failure(golden(name));
    expect(error).toBeInstanceOf(ElementRangeError);
    expect(error).toMatchObject({ indices, value });
    expect(error.message).toContain(text);
  });

  test.each([
    ['an empty file', '', 'its first bytes'],
    ['another format', 'PK\x03\x04 and more of a zip archive', 'its first bytes'],
    ['the magic alone', Buffer.from('\x93NUMPY', 'latin1'), 'it ends within its header'],
    ['a header longer than the file', Buffer.from('\x93NUMPY\x01\x00\xff\xff{}', 'latin1'), 'it ends within'],
    ['version 4.0', Buffer.from('\x93NUMPY\x04\x00\x02\x00\x00\x00{}', 'latin1'), 'its version is 4.0, only'],
    ['a header of 2 MB', hugeHeader(2 << 20), 'its header has 2097152 bytes'],
    ['a header of 70 KB', hugeHeader(70_000), 'its header has 70000 bytes'],
    ['an axis beyond all numbers', npyOf(`(0, 1${'0'.repeat(400)})`), 'its shape is (0, 1000'],
    ['an empty dict', Buffer.from('\x93NUMPY\x01\x00\x02\x00{}', 'latin1'), 'its header lacks'],
  ])('%s', async (_, bytes, reason) => {
    const error = await failureOf(bytes);
    expect(error).toBeInstanceOf(NpyFormatError);
    expect(error.message).toContain(reason);
  });

  test('a file that is cut, or too long', async () => {
    const whole = await readFile(golden('matrix'));
    const cut = await failureOf(whole.subarray(0, -1));
    expect(cut).toBeInstanceOf(NpyLengthError);
    expect(cut).toMatchObject({ shape: [3, 5], expected: 60, actual: 59 });
    expect(await failureOf(Buffer.concat([whole, Buffer.of(0)]))).toMatchObject({ expected: 60, actual: 61 });
    expect(await failureOf(npyOf('(99999999, 99999999, 99999999)'))).toBeInstanceOf(NpyLengthError);
  });

  test('no file', async () => {
    expect(await failure(join(folder, 'nothing.npy'))).toBeInstanceOf(FileReadError);
  });

  test('a shape of another size is not written, and leaves neither file nor folder', async () => {
    const path = join(folder, 'sub', 'wrong.npy');
    await expect(writeNpy(path, { shape: [2, 3], data: new Float32Array(5) })).rejects.toThrow(
      InvalidOptionError,
    );
    expect(await readdir(folder)).not.toContain('sub');
  });
});

describe('in the library', () => {
  const matrix = { data: Float32Array.from(ramp(15)), rows: 3, dim: 5 };

  test('reads vectors from a path, a URL, bytes and a Blob', async () => {
    const path = golden('matrix');
    const bytes = new Uint8Array(await readFile(path));
    for (const source of [path, pathToFileURL(path), bytes, new Blob([bytes])]) {
      expect(await library.readNpy(source)).toEqual(matrix);
    }
  });

  test('gives the bytes that numpy.save writes', async () => {
    expect(Buffer.from(library.npyBytes(matrix))).toEqual(await readFile(golden('matrix')));
  });

  test('refuses what are no vectors, naming what it was given', async () => {
    await expect(library.readNpy(golden('cube'))).rejects.toThrow(NpyShapeError);
    await expect(library.readNpy(golden('missing'))).rejects.toThrow(FileReadError);
    const text = Uint8Array.from('a,b\n1,2\n', (character) => character.charCodeAt(0));
    await expect(library.readNpy(text)).rejects.toThrow('the .npy file: not a readable .npy file');
    const infinite = { ...matrix, data: matrix.data.map(() => Number.POSITIVE_INFINITY) };
    expect(() => library.npyBytes(infinite)).toThrow('vectors: row 0 must be finite');
  });
});
