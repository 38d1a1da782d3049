// Judge: the format's description (huggingface/safetensors, README "Format"), followed by golden/weights/make.py.
import { describe, expect, test } from 'vitest';
import * as errors from '../weights/errors.ts';
import { openSafetensors } from '../weights/safetensors.ts';
import { type TensorEntry, writeSafetensors } from '../weights/safetensors-writer.ts';
import { MemoryFile, MemorySink, rejection } from './support/memory-files.ts';
import { golden, goldenTensors } from './support/weights-golden.ts';

const expected = await goldenTensors();

test('reads a file made by the description, with metadata and an unpadded header', async () => {
  const checkpoint = await openSafetensors(await golden('plain.safetensors'));
  const found = [];
  for (const { name, dtype, shape, byteLength } of checkpoint.tensors.values()) {
    const data = Buffer.from(await checkpoint.read(name, 0, byteLength)).toString('base64');
    found.push({ name, dtype, shape, data });
  }
  expect(found).toEqual(expected['plain.safetensors']);
});

const entries: TensorEntry[] = [
  { name: 'b', dtype: 'F16', shape: [3], pieces: () => [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)] },
  { name: 'scalar', dtype: 'F32', shape: [], pieces: () => [Uint8Array.of(7, 8, 9, 10)] },
  { name: 'a', dtype: 'F32', shape: [1, 2], pieces: () => [Uint8Array.from({ length: 8 }, (_, i) => i)] },
  { name: 'none', dtype: 'F32', shape: [0, 9], pieces: () => [] },
  { name: 'ids', dtype: 'I64', shape: [1], pieces: () => [new Uint8Array(8).fill(1)] },
];

async function written(tensors: readonly TensorEntry[]): Promise<Uint8Array> {
  const sink = new MemorySink();
  await writeSafetensors(sink, tensors);
  return sink.bytes;
}

test('writes and reads back, whatever the order of the entries', async () => {
  const bytes = await written(entries);
  expect(await written(entries.toReversed())).toEqual(bytes);
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(headerLength % 8).toBe(0);

  const checkpoint = await openSafetensors(new MemoryFile('x', bytes));
  expect([...checkpoint.tensors.keys()].sort()).toEqual(['a', 'b', 'ids', 'none', 'scalar']);
  expect([...(await checkpoint.read('b', 0, 6))]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...(await checkpoint.read('a', 2, 3))]).toEqual([2, 3, 4]);
  expect([...(await checkpoint.read('scalar', 0, 4))]).toEqual([7, 8, 9, 10]);
  expect(await checkpoint.read('none', 0, 0)).toHaveLength(0);
});

test('the writer refuses an entry with the wrong number of bytes', async () => {
  for (const length of [3, 5]) {
    const entry: TensorEntry = {
      name: 'a',
      dtype: 'F32',
      shape: [1],
      pieces: () => [new Uint8Array(length)],
    };
    expect(await rejection(written([entry]))).toBeInstanceOf(errors.TensorDataLengthError);
  }
});

test('a range outside the tensor, or an unknown tensor, is a typed error', async () => {
  const checkpoint = await openSafetensors(new MemoryFile('x', await written(entries)));
  for (const [offset, length] of [
    [0, 9],
    [-1, 2],
    [8, 1],
    [0, Number.NaN],
  ] as const) {
    expect(await rejection(checkpoint.read('a', offset, length))).toBeInstanceOf(errors.TensorRangeError);
  }
  expect(await rejection(checkpoint.read('z', 0, 0))).toBeInstanceOf(errors.UnknownTensorError);
});

/** A file of a header, given as a value or text, and some bytes of data. */
function file(header: unknown, dataBytes: number, headerLength?: bigint): MemoryFile {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header), 'latin1');
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return new MemoryFile('model.safetensors', bytes);
}

const f32 = (shape: unknown, start: unknown, end: unknown) => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

describe('refuses', () => {
  test.each([
    ['an empty file', new MemoryFile('x', new Uint8Array()), errors.TruncatedFileError],
    ['a file of 7 bytes', new MemoryFile('x', new Uint8Array(7)), errors.TruncatedFileError],
    ['a header larger than the file', file({}, 0, 9_412_331_008n), errors.HeaderLengthError],
    ['a header of 2^64 - 1 bytes', file({}, 0, 2n ** 64n - 1n), errors.HeaderLengthError],
    ['a header that is not JSON', file('{"a": ', 0), errors.HeaderFormatError],
    ['a header that is not UTF-8', file('{"\xff": 1}', 0), errors.HeaderFormatError],
    ['a header that is a list', file([], 0), errors.HeaderFormatError],
    ['an entry that is no object', file({ a: 3 }, 0), errors.TensorEntryError],
    [
      'an unknown dtype',
      file({ a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, 1),
      errors.TensorEntryError,
    ],
    [
      'a dtype of the prototype',
      file({ a: { dtype: 'toString', shape: [1], data_offsets: [0, 1] } }, 1),
      errors.TensorEntryError,
    ],
    ['a shape that is no list', file({ a: f32('1', 0, 4) }, 4), errors.TensorEntryError],
    ['a negative size', file({ a: f32([-1, -1], 0, 4) }, 4), errors.TensorEntryError],
    ['a fractional size', file({ a: f32([0.5, 2], 0, 4) }, 4), errors.TensorEntryError],
    ['no offsets', file({ a: { dtype: 'F32', shape: [1] } }, 4), errors.TensorEntryError],
    ['offsets in the wrong order', file({ a: f32([1], 4, 0) }, 4), errors.TensorEntryError],
    ['a size that is not the shape', file({ a: f32([2], 0, 4) }, 4), errors.TensorEntryError],
    ['a shape past 2^53', file({ a: f32([2 ** 40, 2 ** 40], 0, 4) }, 4), errors.TensorEntryError],
    ['overlapping tensors', file({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8), errors.TensorOffsetsError],
    ['the same bytes twice', file({ a: f32([1], 0, 4), b: f32([1], 0, 4) }, 4), errors.TensorOffsetsError],
    ['a hole', file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), errors.TensorOffsetsError],
    ['a hole at the start', file({ a: f32([1], 4, 8) }, 8), errors.TensorOffsetsError],
    ['truncated data', file({ a: f32([2], 0, 8) }, 7), errors.TruncatedFileError],
    ['bytes after the last tensor', file({ a: f32([2], 0, 8) }, 9), errors.TrailingDataError],
  ])('%s', async (_, source, type) => {
    expect(await rejection(openSafetensors(source))).toBeInstanceOf(type);
  });

  test.each([
    ['a header nested 200,000 deep', `{"a": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['a shape nested 200,000 deep', `{"a": {"dtype": "F32", "shape": ${'['.repeat(2e5)}${']'.repeat(2e5)}}}`],
    ['a shape of a million axes', JSON.stringify({ a: f32(new Array(1e6).fill(-1), 0, 4) })],
    ['a million offsets', JSON.stringify({ a: { ...f32([1], 0, 4), data_offsets: new Array(1e6).fill(0) } })],
    ['a name of a million characters', JSON.stringify({ ['x'.repeat(1e6)]: 3 })],
  ])('%s, in a short message', async (_, header) => {
    const error = await rejection(openSafetensors(file(header, 4)));
    expect(error).toBeInstanceOf(errors.TensorEntryError);
    expect(String(error).length).toBeLessThan(500);
  });

  test("a header past the format's 100 MB, before reading it", async () => {
    const source = new MemoryFile('x', file({}, 0, 100_000_001n).bytes, 200_000_000);
    expect(await rejection(openSafetensors(source))).toBeInstanceOf(errors.HeaderLengthError);
    expect(source.largestRead).toBe(8);
  });

  test('with a message that says where, what and what to do', async () => {
    const error = await rejection(openSafetensors(file({}, 0, 9_412_331_008n)));
    expect(String(error)).toMatchInlineSnapshot(
      `"HeaderLengthError: model.safetensors: header says 9,412,331,008 bytes, the file has 10; not a safetensors file, or a damaged one: download it again"`,
    );
    const shape = await rejection(openSafetensors(file({ a: f32([2], 0, 4) }, 4)));
    expect(String(shape)).toMatchInlineSnapshot(
      `"TensorEntryError: model.safetensors: a: data_offsets must be 8 bytes apart for F32 [2], got [0,4]"`,
    );
  });
});
