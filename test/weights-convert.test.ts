// Judge: numpy's f16 conversions (golden/weights/make.py); the definition of bfloat16 (the upper half of an f32).
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { AbortedError } from '../src/errors.ts';
import type { WeightStorage } from '../src/kernels/gemm/packed-matrix.ts';
import { type ConvertOptions, convertCheckpoint } from '../weights/convert.ts';
import { crc32 } from '../weights/crc32.ts';
import {
  F16OverflowError,
  NonFiniteWeightError,
  TensorDtypeError,
  TensorShapeError,
  UnknownTensorError,
} from '../weights/errors.ts';
import { f16FromFloats, firstNonFinite, floatsFromBytes } from '../weights/floats.ts';
import { usualDtype } from '../weights/int8.ts';
import { weightReader } from '../weights/reader.ts';
import { openSafetensors } from '../weights/safetensors.ts';
import { type TensorEntry, writeSafetensors } from '../weights/safetensors-writer.ts';
import { floatPieces, PIECE_BYTES } from '../weights/tensor-pieces.ts';
import { MemoryFile, MemorySink, rejection } from './support/memory-files.ts';
import { seededNormal } from './support/numbers.ts';

const golden = JSON.parse(await readFile(new URL('./golden/weights/f16.json', import.meta.url), 'utf8')) as {
  f32: string;
  f16: string;
  crc32OfAllWidened: number;
};
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

test('f32 to f16 rounds as numpy, ties to even, into the subnormals and up to infinity', () => {
  const values = new Float32Array(bytesOf(golden.f32).buffer);
  expect(f16FromFloats(values)).toEqual(new Uint16Array(bytesOf(golden.f16).buffer));
});

test('f16 to f32 is that of numpy for every value', () => {
  const all = floatsFromBytes(
    new Uint8Array(Uint16Array.from({ length: 0x10000 }, (_, i) => i).buffer),
    'F16',
  );
  const numbers = all.filter((value) => !Number.isNaN(value));
  expect(crc32(0, new Uint8Array(numbers.buffer))).toBe(golden.crc32OfAllWidened);
  expect(all.filter(Number.isNaN)).toHaveLength(2 * 1023);
});

test('bfloat16 is the upper half of an f32', () => {
  const values = floatsFromBytes(Uint8Array.of(0x80, 0x3f, 0x49, 0xc0, 0x01, 0x00), 'BF16');
  expect([...values]).toEqual([1, -3.140625, 2 ** -133]);
});

test('bytes that are not aligned are read all the same', () => {
  const bytes = new Uint8Array(9);
  bytes.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
  expect([...floatsFromBytes(bytes.subarray(1), 'F32')]).toEqual([1.5, -2]);
  expect([...floatsFromBytes(Uint8Array.of(9, 0x00, 0x3c, 0x00, 0xc0).subarray(1), 'F16')]).toEqual([1, -2]);
});

test('a NaN stays one in f16, of either sign', () => {
  const bits = Uint32Array.of(0x7fc00000, 0xff800001);
  expect(f16FromFloats(new Float32Array(bits.buffer))).toEqual(Uint16Array.of(0x7e00, 0xfe00));
});

test.each([
  [[1, Number.NaN, 2], 1],
  [[1, 2, Number.NEGATIVE_INFINITY], 2],
  [[3.4e38, -3.4e38, 0, 1e-45], -1],
])('the first of %j not finite is at %i', (values, index) => {
  expect(firstNonFinite(Float32Array.from(values))).toBe(index);
});

const entry = (
  name: string,
  shape: number[],
  dtype: TensorEntry['dtype'],
  data: ArrayBufferView,
): TensorEntry => ({
  name,
  shape,
  dtype,
  pieces: () => [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
});
const f32 = (name: string, shape: number[], values: number[]) =>
  entry(name, shape, 'F32', Float32Array.from(values));

async function checkpointOf(...entries: TensorEntry[]) {
  const sink = new MemorySink();
  await writeSafetensors(sink, entries);
  const file = new MemoryFile('model.safetensors', sink.bytes);
  return { file, checkpoint: await openSafetensors(file) };
}

async function converted(entries: TensorEntry[], options: ConvertOptions = {}) {
  const sink = new MemorySink();
  await convertCheckpoint((await checkpointOf(...entries)).checkpoint, sink, options);
  const checkpoint = await openSafetensors(new MemoryFile('converted', sink.bytes));
  return Promise.all(
    [...checkpoint.tensors.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async ({ name, dtype, byteLength }) => [
        name,
        dtype,
        ...(await checkpoint.read(name, 0, byteLength)),
      ]),
  );
}

describe('convertCheckpoint', () => {
  const mixed = [
    f32('weight', [1, 2], [1.0006, -2]),
    f32('bias', [1], [1.0006]),
    f32('logit_scale', [], [3.912023]),
    entry('half', [2, 1], 'F16', Uint16Array.of(0x3c00, 0x0001)),
    entry('brain', [1, 1], 'BF16', Uint16Array.of(0x3f81)),
    entry('ids', [1, 1], 'I64', BigInt64Array.of(-2n)),
  ];
  const bytes = (data: ArrayBufferView) => [...new Uint8Array(data.buffer)];
  const floats = (...values: number[]) => bytes(Float32Array.from(values));
  const ids = ['ids', 'I64', ...bytes(BigInt64Array.of(-2n))];

  test('to f16: matrices in F16, vectors and scalars in F32, integers as they are', async () => {
    expect(await converted(mixed, { dtype: 'f16' })).toEqual([
      ['bias', 'F32', ...floats(1.0006)],
      ['brain', 'F16', ...bytes(Uint16Array.of(0x3c08))],
      ['half', 'F16', ...bytes(Uint16Array.of(0x3c00, 0x0001))],
      ids,
      ['logit_scale', 'F32', ...floats(3.912023)],
      ['weight', 'F16', ...bytes(Uint16Array.of(0x3c01, 0xc000))],
    ]);
  });

  test('to f32: exact', async () => {
    expect(await converted(mixed, { dtype: 'f32' })).toEqual([
      ['bias', 'F32', ...floats(1.0006)],
      ['brain', 'F32', ...floats(1.0078125)],
      ['half', 'F32', ...floats(1, 2 ** -24)],
      ids,
      ['logit_scale', 'F32', ...floats(3.912023)],
      ['weight', 'F32', ...floats(1.0006, -2)],
    ]);
  });

  test('to q8: matrices by rows in I8 with scales, the others as in f16', async () => {
    // A row's largest magnitude is 127 steps; halves of a step round up; a row of zeros stays one.
    const rows = f32('rows', [3, 1, 2], [12.7, -6.35, 0, 0, -254, 1]);
    const options = { dtype: 'q8', byRows: new Set(['rows', 'brain']) } as const;
    const scales = Float32Array.of(Math.fround(12.7) / 127, 0, 2);
    expect(await converted([rows, ...mixed], options)).toEqual([
      ['bias', 'F32', ...floats(1.0006)],
      ['brain', 'I8', 127],
      ['brain_scale', 'F32', ...floats(1.0078125 / 127)],
      ['half', 'F16', ...bytes(Uint16Array.of(0x3c00, 0x0001))],
      ids,
      ['logit_scale', 'F32', ...floats(3.912023)],
      ['rows', 'I8', ...bytes(Int8Array.of(127, -63, 0, 0, -127, 1))],
      ['rows_scale', 'F32', ...bytes(scales)],
      ['weight', 'F16', ...bytes(Uint16Array.of(0x3c01, 0xc000))],
    ]);
  });

  test('from q8: to floats without the scales, or as it was with them', async () => {
    const q8 = [entry('w', [2, 2], 'I8', Int8Array.of(127, -3, 100, -127)), f32('w_scale', [2, 1], [0.5, 2])];
    const kept = [
      ['w', 'I8', ...bytes(Int8Array.of(127, -3, 100, -127))],
      ['w_scale', 'F32', ...floats(0.5, 2)],
    ];
    expect(await converted(q8)).toEqual(kept);
    expect(await converted(q8, { dtype: 'q8', byRows: new Set(['w']) })).toEqual(kept);
    expect(await converted(q8, { dtype: 'f32' })).toEqual([['w', 'F32', ...floats(63.5, -1.5, 200, -254)]]);
    const halves = Uint16Array.of(0x53f0, 0xbe00, 0x5a40, 0xdbf0);
    expect(await converted(q8, { dtype: 'f16' })).toEqual([['w', 'F16', ...bytes(halves)]]);
  });

  test('to q8: what has the name of scales makes room for them', async () => {
    const weights = [f32('w', [2, 2], [1, -127, 254, 2]), f32('w_scale', [], [9])];
    expect(await converted(weights, { dtype: 'q8', byRows: new Set(['w']) })).toEqual([
      ['w', 'I8', ...bytes(Int8Array.of(1, -127, 127, 1))],
      ['w_scale', 'F32', ...floats(1, 2)],
    ]);
  });

  test.each([[[1]], [[1, 2, 3]]])('scales %j of two rows', async (scales) => {
    const q8 = [entry('w', [2, 2], 'I8', Int8Array.of(1, 2, 3, 4)), f32('w_scale', [scales.length], scales)];
    const error = await rejection(converted(q8, { dtype: 'f32' }));
    expect(error).toBeInstanceOf(TensorShapeError);
    expect(error).toMatchObject({ mismatches: [{ tensor: 'w_scale', expected: [2, 1] }] });
  });

  test('to q8 in pieces: each value within half a step of its row', async () => {
    const [count, cols] = [3000, 1000]; // 12 MB, three pieces
    const values = seededNormal(count * cols, 1).map((value, i) => value * (1 + Math.floor(i / cols)));
    const sink = new MemorySink();
    const { checkpoint } = await checkpointOf(entry('w', [count, cols], 'F32', values));
    await convertCheckpoint(checkpoint, sink, { dtype: 'q8', byRows: new Set(['w']) });
    const quantized = await openSafetensors(new MemoryFile('converted', sink.bytes));
    const largest = Array.from({ length: count }, (_, row) =>
      values
        .subarray(row * cols, (row + 1) * cols)
        .reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    );
    let [worst, seen] = [0, 0];
    for await (const { start, values: found } of floatPieces(quantized, 'w', { pieceBytes: 999_996 })) {
      found.forEach((value, i) => {
        const row = Math.floor((start + i) / cols);
        const step = (largest[row] ?? Number.NaN) / 127;
        worst = Math.max(worst, Math.abs(value - (values[start + i] ?? Number.NaN)) / step);
      });
      seen += found.length;
    }
    expect(seen).toBe(count * cols);
    expect(worst).toBeLessThan(0.5001);
  });

  test('without a dtype: every tensor as it was', async () => {
    const before = mixed.map(({ name, dtype, pieces }) => [
      name,
      dtype,
      ...[...(pieces() as Uint8Array[])].flatMap((p) => [...p]),
    ]);
    expect(await converted(mixed)).toEqual(before.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)));
  });

  test('a value past f16 names tensor, place and value; f32 takes it', async () => {
    const large = [f32('w', [2, 2], [1, 65519, -65520, 1])];
    const error = await rejection(converted(large, { dtype: 'f16' }));
    expect(error).toBeInstanceOf(F16OverflowError);
    expect(error).toMatchObject({ tensor: 'w', index: 2, value: -65520 });
    await converted(large, { dtype: 'f32' });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d names tensor and place', async (value) => {
    for (const dtype of ['f16', 'f32', undefined] as const) {
      const error = await rejection(converted([f32('w', [3], [1, 2, value])], { dtype }));
      expect(error).toBeInstanceOf(NonFiniteWeightError);
      expect(error).toMatchObject({ tensor: 'w', index: 2, value });
    }
  });

  test('reports progress up to the total', async () => {
    const seen: number[][] = [];
    await converted(mixed, { dtype: 'f16', onProgress: (done, total) => seen.push([done, total]) });
    expect(seen[0]).toEqual([0, 26]);
    expect(seen.at(-1)).toEqual([26, 26]);
  });

  test('stops when aborted', async () => {
    const controller = new AbortController();
    const options = { signal: controller.signal, onProgress: () => controller.abort() };
    expect(await rejection(converted(mixed, options))).toBeInstanceOf(AbortedError);
  });
});

test.each([
  [[f32('w', [1], [1])], 'f32'],
  [[f32('w', [1], [1]), f32('w_scale', [1], [1])], 'f32'],
  [[entry('w', [1], 'I8', Int8Array.of(1))], 'f32'], // without scales
  [[f32('a', [1], [1]), entry('w', [1], 'I8', Int8Array.of(1)), f32('w_scale', [1], [1])], 'q8'],
] as const)('%# is loaded as it is stored: %s', async (entries, dtype) => {
  expect(usualDtype((await checkpointOf(...entries)).checkpoint)).toBe(dtype);
});

test('a reader of weights names the tensor that there is not, and one past f16', async () => {
  const { checkpoint } = await checkpointOf(f32('w', [2], [1, 65520]));
  const read: number[] = [];
  const reader = weightReader(checkpoint, { onRead: (bytes) => read.push(bytes) });
  const values = async (tensor: string, storage: WeightStorage) => {
    const found: number[] = [];
    for await (const piece of reader.pieces(tensor, 1, storage)) found.push(...piece);
    return found;
  };
  expect(reader.shapeOf('w')).toEqual([2]);
  expect(await values('w', 'f32')).toEqual([1, 65520]);
  expect(read).toEqual([4, 8]);
  for (const storage of ['f16', 'packed16'] as const) {
    const error = await rejection(values('w', storage));
    expect(error).toBeInstanceOf(F16OverflowError);
    expect(error).toMatchObject({ file: 'model.safetensors', tensor: 'w', index: 1 });
  }
  expect(() => reader.shapeOf('v')).toThrow(UnknownTensorError);
  expect(await rejection(values('v', 'f32'))).toBeInstanceOf(UnknownTensorError);
});

describe('pieces', () => {
  const count = PIECE_BYTES / 2;
  const values = Float32Array.from({ length: count }, (_, i) => i % 1000);

  test('no more than a piece is asked of the file at once, and all arrive in order', async () => {
    const { file, checkpoint } = await checkpointOf(entry('w', [count], 'F32', values), f32('v', [1], [5]));
    const sink = new MemorySink();
    await convertCheckpoint(checkpoint, sink, { dtype: 'f16' });
    expect(file.largestRead).toBe(PIECE_BYTES);

    file.largestRead = 0;
    let next = 0;
    for await (const piece of floatPieces(checkpoint, 'w', { pieceBytes: 1 << 20 })) {
      expect(piece.start).toBe(next);
      const expected = values.subarray(next, next + piece.values.length);
      expect(piece.values.every((value, i) => value === expected[i])).toBe(true);
      next += piece.values.length;
    }
    expect(next).toBe(count);
    expect(file.largestRead).toBe(1 << 20);
  });

  test('a NaN in a later piece is found, with its place in the tensor', async () => {
    const damaged = values.slice();
    damaged[count - 3] = Number.NaN;
    const { checkpoint } = await checkpointOf(entry('w', [count], 'F32', damaged));
    const read = async () => {
      for await (const _ of floatPieces(checkpoint, 'w', { pieceBytes: 1 << 20 }));
    };
    expect(await rejection(read())).toMatchObject({ tensor: 'w', index: count - 3 });
  });

  test('an unknown tensor, and one that holds no floats, are typed errors', async () => {
    const { checkpoint } = await checkpointOf(entry('ids', [1], 'I64', BigInt64Array.of(1n)));
    expect(await rejection(floatPieces(checkpoint, 'w').next())).toBeInstanceOf(UnknownTensorError);
    expect(await rejection(floatPieces(checkpoint, 'ids').next())).toBeInstanceOf(TensorDtypeError);
  });
});
