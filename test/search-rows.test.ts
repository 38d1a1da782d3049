// Rows of a file against queries. Judges: `similarityMatrix` of the same rows in memory, every cosine in double precision, and
// the device's counters.
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeviceLimitError } from '../src/device/errors.ts';
import type { Gpu } from '../src/device/gpu.ts';
import { AbortedError, InvalidOptionError, ShapeError } from '../src/errors.ts';
import { type SearchRowsOptions, searchRows } from '../src/metrics/search/search-rows.ts';
import { similarityMatrix } from '../src/metrics/similarity/similarity.ts';
import type { TileLimits } from '../src/metrics/similarity/tiles.ts';
import { NonFiniteVectorError, type Vectors, ZeroVectorError } from '../src/metrics/vectors.ts';
import { openFile } from '../src/node/platform.ts';
import { NpyLengthError, NpyShapeError } from '../src/npy/errors.ts';
import { npyPieces } from '../src/npy/npy.ts';
import { FileModifiedError, FileReadError } from '../src/platform/errors.ts';
import { HostMemoryError } from '../src/platform/host-memory.ts';
import { RowBytesError, RowLayoutError, RowsFormatError, RowsNameError } from '../src/rows-files/errors.ts';
import { openRows, type RowsFileSource } from '../src/rows-files/open-rows.ts';
import { f16FromFloats, floatsFromBytes } from '../weights/floats.ts';
import { asHardware, testGpu } from './support/gpu.ts';
import { cosineOfRows, seededNormal } from './support/numbers.ts';

let software: Gpu;
let hardware: Gpu;
let folder: string;
beforeAll(async () => {
  software = await testGpu();
  hardware = asHardware(software);
  folder = await mkdtemp(join(tmpdir(), 'search-rows-'));
});
afterAll(async () => {
  software.destroy();
  await rm(folder, { recursive: true });
});

/** Passes of 16 queries and pieces of few rows. */
const small: TileLimits = { bindingBytes: 2 ** 27, scoreBytes: 2 ** 12, work: 2 ** 16 };
const vectors = (data: Float32Array, dim: number): Vectors => ({ data, rows: data.length / dim, dim });

/** Rows as they are stored, and what they are in f32. */
function stored(data: Float32Array, dim: number, dtype: 'f16' | 'f32') {
  if (dtype === 'f32') return { blob: new Blob([data.slice()]), rows: vectors(data, dim) };
  const halves = f16FromFloats(data);
  const bytes = new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
  return { blob: new Blob([bytes.slice()]), rows: vectors(floatsFromBytes(bytes, 'F16'), dim) };
}

async function search(
  gpu: Gpu,
  queries: Vectors,
  source: RowsFileSource,
  { name, ...options }: SearchRowsOptions = {},
  limits: TileLimits | undefined = small,
) {
  const rows = await openRows({ openFile }, source, { name });
  try {
    return await searchRows(gpu, queries, rows, options, {}, limits);
  } finally {
    await rows.close();
  }
}

/** Rows that come again in other pieces: 3 at 64, 130 and 260; 0 at 1. */
function withCopies(count: number, dim: number, seed: number): Float32Array<ArrayBuffer> {
  const data = seededNormal(count * dim, seed);
  for (const [to, from] of [
    [1, 0],
    [64, 3],
    [130, 3],
    [260, 3],
  ] as const) {
    data.copyWithin(to * dim, from * dim, (from + 1) * dim);
  }
  return data;
}

const shapes = [
  { dim: 32, dtype: 'f16' },
  { dim: 33, dtype: 'f16' }, // rows begin within words
  { dim: 1, dtype: 'f16' },
  { dim: 30, dtype: 'f32' },
  { dim: 31, dtype: 'f32' },
] as const;

describe.each([
  { variant: 'the adapter', of: () => software },
  { variant: 'hardware', of: () => hardware },
])('as on $variant', ({ of }) => {
  test.each(shapes)('the rows of the whole in memory, dim $dim in $dtype', async ({ dim, dtype }) => {
    const { blob, rows } = stored(withCopies(261, dim, dim), dim, dtype);
    const queries = vectors(seededNormal(19 * dim, 2), dim);
    queries.data.set(rows.data.subarray(3 * dim, 4 * dim)); // the first has four copies
    for (const topK of [1, 7, 261]) {
      const options = { topK, pieceRows: 64 };
      const found = await search(of(), queries, { file: blob, dim, dtype }, options);
      const whole = await similarityMatrix(of(), queries, rows, { topK });
      expect([found.rows, found.k]).toEqual([19, topK]);
      for (let q = 0; q < 19; q++) {
        const [from, to] = [q * topK, (q + 1) * topK];
        expect(new Set(found.indices.subarray(from, to)).size).toBe(topK);
        for (let at = from; at < to; at++) {
          // Of the same place and of the same row: rows closer than the bound may change places.
          expect(Math.abs((found.values[at] ?? 2) - (whole.values[at] ?? 3))).toBeLessThan(1e-6);
          const row = found.indices[at] ?? 0;
          expect(Math.abs((found.values[at] ?? 2) - cosineOfRows(queries, q, rows, row))).toBeLessThan(1e-6);
          // Where no neighbour is closer, the row itself is the same.
          const near = [at - 1, at + 1].some(
            (i) => i >= from && i < to && Math.abs((whole.values[i] ?? 3) - (whole.values[at] ?? 2)) < 2e-6,
          );
          const atEnd = at === to - 1 && topK < 261; // whose next neighbour is not in the list
          if (!near && !atEnd) expect(row).toBe(whole.indices[at]);
        }
      }
    }
    const { indices, values } = await search(of(), queries, { file: blob, dim, dtype }, { topK: 4 });
    if (dim === 1) return; // all rows are alike
    expect([...indices.subarray(0, 4)]).toEqual([3, 64, 130, 260]);
    expect(new Set(values.subarray(0, 4)).size).toBe(1);
  });

  test('any length of a row, in both types: subnormal, tiny, huge and mixed', async () => {
    const scales = [6e-8, 2 ** -14, 1, 60_000];
    const tops = [1e-44, 1e-39, 3e-38, 1e-30, 1, 1e30, 3e38];
    for (const [dtype, factors] of [
      ['f16', scales],
      ['f32', tops],
    ] as const) {
      const dim = 16;
      const data = new Float32Array(factors.length * dim);
      for (const [row, factor] of factors.entries())
        for (let c = 0; c < dim; c++) data[row * dim + c] = (factor * ((c * 7 + row * 3) % 11)) / 10;
      const { blob, rows } = stored(data, dim, dtype);
      const queries = vectors(seededNormal(3 * dim, 5), dim);
      const k = factors.length;
      const found = await search(of(), queries, { file: blob, dim, dtype }, { topK: k });
      for (let at = 0; at < 3 * k; at++) {
        const expected = cosineOfRows(queries, Math.floor(at / k), rows, found.indices[at] ?? 0);
        expect(Math.abs((found.values[at] ?? 2) - expected), `${dtype} ${at}`).toBeLessThan(1e-6);
      }
    }
  });

  test('a NaN, an infinity and a row of zeros are refused by their row, whichever piece they are in', async () => {
    const dim = 9;
    const queries = vectors(seededNormal(2 * dim, 3), dim);
    for (const dtype of ['f16', 'f32'] as const) {
      for (const [row, value] of [
        [0, Number.NaN],
        [199, Number.POSITIVE_INFINITY],
        [130, Number.NEGATIVE_INFINITY],
      ] as const) {
        const data = seededNormal(200 * dim, 1);
        data[row * dim + 4] = value;
        const run = search(
          of(),
          queries,
          { file: stored(data, dim, dtype).blob, dim, dtype },
          { pieceRows: 64 },
        );
        await expect(run).rejects.toThrow(NonFiniteVectorError);
        await expect(run).rejects.toThrow(`row ${row} must be finite, got ${value} in column 4`);
      }
      const data = seededNormal(200 * dim, 1).fill(0, 77 * dim, 78 * dim);
      data[77 * dim] = -0;
      const run = search(of(), queries, { file: stored(data, dim, dtype).blob, dim, dtype });
      await expect(run).rejects.toThrow(ZeroVectorError);
      await expect(run).rejects.toThrow('row 77 is zero');
    }
  });
});

test('files with a header: .npy, and a tensor of a .safetensors, by path and as a Blob', async () => {
  const dim = 6;
  const data = seededNormal(100 * dim, 8);
  const queries = vectors(data.slice(40 * dim, 42 * dim), dim);
  const npy = join(folder, 'rows.npy');
  await writeFile(npy, Buffer.concat([...npyPieces({ shape: [100, dim], data })]));
  const { blob } = stored(data, dim, 'f16');
  const header = JSON.stringify({
    texts: { dtype: 'F32', shape: [1, 1], data_offsets: [0, 4] },
    images: { dtype: 'F16', shape: [100, dim], data_offsets: [4, 4 + blob.size] },
  });
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  const tensors = new Blob([length, header, new Uint8Array(4), blob]);
  const raw = join(folder, 'rows.bin');
  await writeFile(raw, Buffer.concat([Buffer.from('skipped'), Buffer.from(await blob.arrayBuffer())]));
  for (const [source, name] of [
    [npy, undefined],
    [tensors, 'images'],
    [{ file: raw, dim, offset: 7 }, undefined],
  ] as const) {
    const { indices } = await search(software, queries, source, { topK: 1, name });
    expect([...indices]).toEqual([40, 41]);
  }
  await expect(search(software, queries, tensors)).rejects.toThrow(RowsNameError);
  await expect(search(software, queries, npy, { topK: 101 })).rejects.toThrow(
    `topK must be an integer from 1 to 100, the rows of ${npy}, got 101`,
  );
});

test('memory of the GPU and of the host does not grow with the file', async () => {
  const dim = 64;
  const queries = vectors(seededNormal(5 * dim, 3), dim);
  const peaks = [];
  for (const pieces of [4, 40]) {
    const { blob } = stored(seededNormal(pieces * 64 * dim, 4), dim, 'f16');
    const source = await openRows({ openFile }, { file: blob, dim });
    const before = { ...software.counters };
    let [bytes, waiting, most, reads] = [0, 0, 0, 0];
    const watched = {
      ...source,
      async read(first: number, count: number) {
        reads += 1;
        waiting += count;
        most = Math.max(most, waiting);
        bytes = Math.max(bytes, software.counters.bytesAlive - before.bytesAlive);
        return source.read(first, count);
      },
    };
    const onProgress = () => {
      waiting -= 64;
      bytes = Math.max(bytes, software.counters.bytesAlive - before.bytesAlive);
    };
    await searchRows(software, queries, watched, { topK: 3, pieceRows: 64, onProgress }, {}, small);
    expect(reads).toBe(pieces);
    expect(software.counters.bytesAlive).toBe(before.bytesAlive);
    peaks.push({ bytes, most, buffers: software.counters.buffersCreated - before.buffersCreated });
  }
  expect(peaks[1]).toEqual(peaks[0]);
  expect(peaks[0]?.most).toBeLessThanOrEqual(4 * 64); // read, staged and two in the queue
  expect(peaks[0]?.bytes).toBeGreaterThan(64 * dim * 2);
});

test('progress is told after each piece, over all passes', async () => {
  const dim = 4;
  const { blob } = stored(seededNormal(130 * dim, 1), dim, 'f16');
  const told: number[] = [];
  const queries = vectors(seededNormal(20 * dim, 1), dim);
  const onProgress = ({ done, total }: { done: number; total: number }) => {
    expect(total).toBe(20 * 130);
    told.push(done);
  };
  await search(software, queries, { file: blob, dim }, { pieceRows: 64, onProgress });
  expect(told).toEqual([640, 1280, 1300, 1940, 2580, 2600]); // 10 queries a pass, of 16 that fit
  const none = await search(software, vectors(new Float32Array(), dim), { file: blob, dim });
  expect(none).toMatchObject({ rows: 0, k: 10, indices: new Uint32Array() });
});

describe('errors', () => {
  const dim = 8;
  const queries = vectors(seededNormal(2 * dim, 3), dim);
  const { blob } = stored(seededNormal(200 * dim, 1), dim, 'f16');

  test('of rows that do not fit their bytes', async () => {
    for (const [source, message] of [
      [{ file: blob, dim: 7 }, 'must be rows of 14 bytes (7 values in f16), at least one, got 3,200 bytes'],
      [{ file: blob, dim, offset: 8 }, 'must be rows of 16 bytes'],
      [{ file: new Blob(), dim }, 'at least one, got 0 bytes'],
      [{ file: blob, dim, offset: 4000 }, 'got -800 bytes'],
    ] as const) {
      const run = search(software, queries, source);
      await expect(run).rejects.toThrow(RowBytesError);
      await expect(run).rejects.toThrow(message);
    }
  });

  test('of options', async () => {
    const run = (options: SearchRowsOptions, source: RowsFileSource = { file: blob, dim }) =>
      search(software, queries, source, options);
    for (const topK of [0, 201, 1.5, Number.NaN])
      await expect(run({ topK })).rejects.toThrow('topK must be an integer from 1 to 200');
    await expect(run({ signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
    await expect(run({}, { file: blob, dim: 0 })).rejects.toThrow(InvalidOptionError);
    await expect(run({}, 7 as unknown as RowsFileSource)).rejects.toThrow(InvalidOptionError);
    await expect(
      search(software, vectors(new Float32Array(3).fill(1), 3), { file: blob, dim }),
    ).rejects.toThrow('searchRows: queries must be [rows, 8], got [1, 3]');
    await expect(search(software, vectors(new Float32Array(dim), dim), { file: blob, dim })).rejects.toThrow(
      'queries: row 0 is zero',
    );
    await expect(search(software, { ...queries, rows: 9 }, { file: blob, dim })).rejects.toThrow(ShapeError);
    const rows = await openRows({ openFile }, { file: blob, dim });
    const host = { availableMemory: () => 10 };
    await expect(searchRows(software, queries, rows, {}, host, small)).rejects.toThrow(HostMemoryError);
    const narrow = { ...small, bindingBytes: 64 };
    await expect(searchRows(software, queries, rows, {}, {}, narrow)).rejects.toThrow(DeviceLimitError);
  });

  test('of files', async () => {
    const file = async (name: string, bytes: Uint8Array | string) => {
      await writeFile(join(folder, name), bytes);
      return join(folder, name);
    };
    const npy = (descr: string, shape: string, bytes: number, fortran = 'False') => {
      const dict = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
      const head = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(dict.length)}\x00${dict}`, 'latin1');
      return Buffer.concat([head, Buffer.alloc(bytes)]);
    };
    for (const [bytes, error] of [
      [npy('<f8', '(2, 8)', 128), RowLayoutError],
      [npy('>f4', '(2, 8)', 64), RowLayoutError],
      [npy('<f2', '(2, 8)', 32, 'True'), RowLayoutError],
      [npy('<f2', '(2, 8)', 30), NpyLengthError],
      [npy('<f2', '(16,)', 32), NpyShapeError],
      [npy('<f2', '(0, 8)', 0), NpyShapeError],
      ['PK\x03\x04', RowsFormatError],
      ['what', RowsFormatError],
    ] as const) {
      await expect(search(software, queries, await file('bad', bytes))).rejects.toThrow(error);
    }
    await expect(search(software, queries, join(folder, 'none.npy'))).rejects.toThrow(FileReadError);
  });

  test('of a file that changes or ends early while it is read, and an abort on the way: nothing is left', async () => {
    const path = join(folder, 'changing.bin');
    const bytes = Buffer.from(await blob.arrayBuffer());
    const before = software.counters.bytesAlive;
    const run = async (meddle: () => Promise<void>, signal?: AbortSignal) => {
      await writeFile(path, bytes);
      let once: Promise<void> | undefined;
      const onProgress = () => {
        once ??= meddle();
      };
      const found = search(software, queries, { file: path, dim }, { pieceRows: 64, signal, onProgress });
      await found.catch(() => {}).finally(() => once);
      return found;
    };
    const overwrite = async () => {
      const handle = await open(path, 'r+');
      await handle.write(bytes.subarray(0, 16), 0, 16, 0);
      await handle.utimes(1, 1);
      await handle.close();
    };
    await expect(run(overwrite)).rejects.toThrow(FileModifiedError);
    await expect(run(() => truncate(path, 100))).rejects.toThrow(/became shorter|was written to/);
    const abort = new AbortController();
    const aborted = run(async () => abort.abort('enough'), abort.signal);
    await expect(aborted).rejects.toThrow(AbortedError);
    expect(software.counters.bytesAlive).toBe(before);
  });

  test('of a Blob that ends early, or cannot be read any more', async () => {
    class Gone extends Blob {
      override slice(): Blob {
        return Object.assign(new Blob(), {
          arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')),
        });
      }
    }
    const gone = new Gone([await blob.arrayBuffer()]);
    await expect(search(software, queries, { file: gone, dim })).rejects.toThrow(FileReadError);
    class Short extends Blob {
      override slice(start = 0, end = 0): Blob {
        return super.slice(start, end - 1);
      }
    }
    const cut = new Short([await blob.arrayBuffer()]);
    await expect(search(software, queries, { file: cut, dim })).rejects.toThrow('became shorter');
  });
});
