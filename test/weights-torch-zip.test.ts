// Judge: torch 1.13. golden/weights/make.py saved these files with torch.save and wrote down their tensors.
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as errors from '../weights/errors.ts';
import { readStateDict } from '../weights/torch-state-dict.ts';
import { openTorchZip } from '../weights/torch-zip.ts';
import { torchZipPieces, writeTorchZip } from '../weights/torch-zip-writer.ts';
import { zipPieces } from '../weights/zip-writer.ts';
import { collect, MemoryFile, MemorySink, rejection } from './support/memory-files.ts';
import { golden, goldenTensors } from './support/weights-golden.ts';

const expected = await goldenTensors();
const torchFiles = Object.keys(expected).filter((file) => file.endsWith('.bin'));

test.each(torchFiles)('reads what torch saved: %s', async (file) => {
  const checkpoint = await openTorchZip(await golden(file));
  const found = [];
  for (const { name, dtype, shape, byteLength } of checkpoint.tensors.values()) {
    const data = Buffer.from(await checkpoint.read(name, 0, byteLength)).toString('base64');
    found.push({ name, dtype, shape, data });
  }
  expect(found).toEqual(expected[file]);
  expect(checkpoint.format).toBe('torch-zip');
});

test.each(['foreign-global.bin', 'numpy-global.bin', 'not-a-tensor.bin'])(
  'what stands beside the weights is skipped and not run: %s',
  async (file) => {
    const checkpoint = await openTorchZip(await golden(file));
    expect([...checkpoint.tensors.keys()]).toEqual(['a']);
    expect(existsSync('/tmp/biomedclip-webgpu-was-executed')).toBe(false);
  },
);

test('reads any range of a tensor that lies inside a storage', async () => {
  const checkpoint = await openTorchZip(await golden('views.bin'));
  const middle = Buffer.from(
    expected['views.bin']?.find(({ name }) => name === 'middle')?.data ?? '',
    'base64',
  );
  expect(Buffer.from(await checkpoint.read('middle', 7, 20))).toEqual(middle.subarray(7, 27));
  await expect(checkpoint.read('middle', 40, 9)).rejects.toThrow(errors.TensorRangeError);
  await expect(checkpoint.read('nothing', 0, 1)).rejects.toThrow(errors.UnknownTensorError);
});

test('a tensor of more values than 31 bits count is written as one', async () => {
  const rows = 2 ** 31 + 5;
  const pieces = torchZipPieces([{ name: 'a', dtype: 'U8', shape: [rows, 2], pieces: () => [] }]);
  await pieces.next(); // the local header
  const pickle = (await pieces.next()).value;
  await pieces.return(undefined);
  const [tensor] = readStateDict(
    'm.bin',
    pickle,
    () => 2 * rows,
    () => {},
  );
  expect(tensor).toMatchObject({ name: 'a', dtype: 'U8', shape: [rows, 2], byteLength: 2 * rows });
});

describe('refuses', () => {
  test.each([
    ['quantised.bin', errors.PickleGlobalError],
    ['whole-model.bin', errors.PickleGlobalError],
    ['no-weights.bin', errors.StateDictError],
    ['torchscript.bin', errors.TorchArchiveError],
    ['protocol-4.bin', errors.PickleFormatError],
    ['non-contiguous.bin', errors.NonContiguousTensorError],
    ['legacy.bin', errors.NotTorchZipError],
    ['list.bin', errors.StateDictError],
    ['cyclic.bin', errors.StateDictError],
    ['compressed.bin', errors.ZipEntryEncodingError],
    ['big-endian.bin', errors.TorchArchiveError],
    ['two-folders.bin', errors.TorchArchiveError],
    ['plain.safetensors', errors.NotTorchZipError],
  ] as const)('%s', async (file, type) => {
    const error = await rejection(openTorchZip(await golden(file)));
    expect(error).toBeInstanceOf(type);
    expect(String(error)).toContain(`${file}: `);
  });

  test.each([
    ['quantised.bin', 'b', 'torch._utils._rebuild_qtensor'],
    ['whole-model.bin', 'model', 'argparse.Namespace'],
  ])('weights of another class by its name: %s', async (file, where, global) => {
    const error = await rejection(openTorchZip(await golden(file)));
    expect(error).toMatchObject({ where: expect.stringContaining(where), global });
  });

  test('a file without weights, saying what is there', async () => {
    const error = await rejection(openTorchZip(await golden('no-weights.bin')));
    expect(error).toMatchObject({ actual: 'only epoch, optimizer' });
  });

  test('a legacy file with the way to re-save it', async () => {
    const error = await rejection(openTorchZip(await golden('legacy.bin')));
    expect(String(error)).toContain('torch.save(torch.load(');
  });

  test('a file cut short, at any byte', async () => {
    const { bytes } = await golden('dtypes.bin');
    for (let size = 0; size < bytes.length; size += 13) {
      const error = await rejection(openTorchZip(new MemoryFile('cut.bin', bytes.slice(0, size))));
      const types = [errors.ZipFormatError, errors.TruncatedFileError, errors.NotTorchZipError];
      expect(types.some((type) => error instanceof type)).toBe(true);
    }
  });

  test('an archive without a pickle', async () => {
    const { bytes } = await golden('dtypes.bin');
    const error = await rejection(openTorchZip(renamed(bytes, 'data.pkl', 'data.pkm')));
    expect(error).toBeInstanceOf(errors.TorchArchiveError);
  });

  test('a note of the byte order that is longer than any', async () => {
    const stored = (name: string, size: number) => ({ name, size, pieces: () => [new Uint8Array(size)] });
    const zip = await collect(zipPieces([stored('archive/data.pkl', 1), stored('archive/byteorder', 17)]));
    const error = await rejection(openTorchZip(new MemoryFile('long.bin', zip)));
    expect(error).toBeInstanceOf(errors.TorchArchiveError);
    expect(String(error)).toContain('long.bin: ');
    expect(String(error)).toContain('archive/byteorder has 17 bytes');
  });

  test('a tensor whose storage is not in the archive', async () => {
    const { bytes } = await golden('views.bin');
    const error = await rejection(openTorchZip(renamed(bytes, 'data/0', 'data/9')));
    expect(error).toBeInstanceOf(errors.StateDictError);
    expect(error).toHaveProperty('actual', 'nothing');
  });

  test('a tensor that reaches past its storage', async () => {
    const sink = new MemorySink();
    await writeTorchZip(sink, [
      { name: 'a', dtype: 'F32', shape: [3, 5], pieces: () => [new Uint8Array(60)] },
    ]);
    const bytes = sink.bytes;
    const text = Buffer.from(bytes).toString('latin1');
    const shape = text.indexOf('(K\x03K\x05t'); // MARK 3 5 TUPLE
    expect(shape).toBeGreaterThan(0);
    bytes[shape + 2] = 4;
    const error = await rejection(openTorchZip(new MemoryFile('past.bin', bytes)));
    expect(error).toBeInstanceOf(errors.StorageRangeError);
    expect(error).toMatchObject({ tensor: 'a', expected: 80, actual: 60 });
  });
});

/** The archive with one name put for another of the same length, wherever it stands. */
function renamed(bytes: Uint8Array, from: string, to: string): MemoryFile {
  const text = Buffer.from(bytes).toString('latin1').replaceAll(from, to);
  return new MemoryFile('renamed.bin', new Uint8Array(Buffer.from(text, 'latin1')));
}
