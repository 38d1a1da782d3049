// Weights as people have them. Judge: the bytes that were put there; torch 1.13 for what it saves (golden/weights).
import { describe, expect, test } from 'vitest';
import type { BiomedClipError } from '../src/errors.ts';
import { FileReadError } from '../src/platform/errors.ts';
import { openCheckpoint } from '../weights/checkpoint.ts';
import * as errors from '../weights/errors.ts';
import { kindOfWeights } from '../weights/file-kind.ts';
import { safetensorsPieces } from '../weights/safetensors-writer.ts';
import type { Checkpoint } from '../weights/tensor-info.ts';
import { torchZipPieces } from '../weights/torch-zip-writer.ts';
import { type DirectoryUse, memoryDirectory } from './support/memory-directory.ts';
import { collect, MemoryFile, rejection } from './support/memory-files.ts';
import { golden } from './support/weights-golden.ts';

/** Tensors of one byte each, by which they are told apart. */
const entries = (tensors: Record<string, number>) =>
  Object.entries(tensors).map(([name, value]) => ({
    name,
    dtype: 'U8' as const,
    shape: [1],
    pieces: () => [Uint8Array.of(value)],
  }));
const safetensors = (tensors: Record<string, number>) => collect(safetensorsPieces(entries(tensors)));
const torch = (tensors: Record<string, number>) => collect(torchZipPieces(entries(tensors)));

async function valuesOf(checkpoint: Checkpoint): Promise<Record<string, number | undefined>> {
  const values: Record<string, number | undefined> = {};
  for (const name of checkpoint.tensors.keys()) [values[name]] = await checkpoint.read(name, 0, 1);
  return values;
}

function opened(files: Record<string, Uint8Array | string>, weights?: string) {
  const bytes = Object.entries(files).map(([file, content]) => [file, Buffer.from(content)] as const);
  const use: DirectoryUse = { open: 0, largestRead: 0 };
  const warnings: BiomedClipError[] = [];
  const directory = { ...memoryDirectory(new Map(bytes), use), weights };
  const result = openCheckpoint(directory, (warning) => warnings.push(warning));
  return { result, warnings, use };
}

async function failure(files: Record<string, Uint8Array | string>, weights?: string): Promise<unknown> {
  const { result, use } = opened(files, weights);
  const error = await rejection(result);
  expect(use.open).toBe(0);
  return error;
}

describe('which file', () => {
  test.each([
    ['model.safetensors', safetensors],
    ['open_clip_pytorch_model.bin', torch],
    ['pytorch_model.bin', torch],
    ['pytorch_model.bin', safetensors], // what is in it decides
  ])('a directory with %s', async (file, write) => {
    const { result } = opened({ [file]: await write({ a: 7 }) });
    expect(await valuesOf(await result)).toEqual({ a: 7 });
  });

  test.each([
    ['epoch_5.pt', torch],
    ['x.pth', torch],
    ['last.ckpt', torch],
    ['anything', safetensors],
  ])('the file that was chosen, %s, and no other', async (file, write) => {
    const files = {
      [file]: await write({ a: 7 }),
      'open_clip_model.safetensors': await safetensors({ a: 1 }),
    };
    expect(await valuesOf(await opened(files, file).result)).toEqual({ a: 7 });
    const error = await failure({ 'open_clip_model.safetensors': '' }, 'gone.pt');
    expect(error).toMatchObject({ name: 'CheckpointNotFoundError', files: ['gone.pt'] });
  });
});

test.each([
  ['averaged.bin', ['state_dict_ema']],
  ['wrapped.bin', []], // an optimizer beside them is no other model
])(
  'a torch file with other weights beside those that are read, as of an average: %s',
  async (file, others) => {
    const { result, warnings } = opened({ 'epoch_5.pt': (await golden(file)).bytes }, 'epoch_5.pt');
    // module.c and c
    if (file === 'averaged.bin') expect([...(await result).tensors.keys()]).toEqual(['a', 'b']);
    else await rejection(result);
    expect(warnings.map((warning) => [warning.name, (warning as errors.OtherStateDictError).others])).toEqual(
      others.length > 0 ? [['OtherStateDictError', others]] : [],
    );
  },
);

describe('prefixes', () => {
  test.each([
    'module.',
    '_orig_mod.',
    'model.',
    'base_model.model.',
    'module._orig_mod.',
    'model.module.',
    'base_model.model.model.',
  ])('%s is taken off', async (prefix) => {
    const bytes = await safetensors({ [`${prefix}logit_scale`]: 3, [`${prefix}visual.proj`]: 4 });
    const { result } = opened({ 'model.safetensors': bytes });
    const checkpoint = await result;
    expect(await valuesOf(checkpoint)).toEqual({ logit_scale: 3, 'visual.proj': 4 });
    expect(await rejection(checkpoint.read('visual.proj', 0, 2))).toBeInstanceOf(errors.TensorRangeError);
  });

  test('before some names only', async () => {
    const error = await failure({ 'model.safetensors': await safetensors({ 'module.a': 1, b: 2 }) });
    expect(error).toBeInstanceOf(errors.TensorPrefixError);
    expect(error).toMatchObject({ prefix: 'module.', without: ['b'] });
  });

  test('before what stands beside the model', async () => {
    const tensors = { 'visual.proj': 1, 'module.x': 2 };
    const { result } = opened({ 'model.safetensors': await safetensors(tensors) });
    expect(await valuesOf(await result)).toEqual(tensors);
  });

  test.each([
    'base_model.model.visual.proj.lora_A.weight',
    'base_model.model.visual.proj.base_layer.weight',
    'text.lora_B.default.weight',
  ])('an adapter: %s', async (tensor) => {
    const error = await failure({
      'model.safetensors': await safetensors({ 'visual.proj': 1, [tensor]: 2 }),
    });
    expect(error).toBeInstanceOf(errors.AdapterWeightsError);
    expect(String(error)).toContain('merge_and_unload()');
  });
});

describe('in several files', () => {
  const INDEX = 'model.safetensors.index.json';
  const index = (weight_map: Record<string, unknown>) => JSON.stringify({ metadata: {}, weight_map });
  const [ONE, TWO] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const shards = async (first: Record<string, number>, second: Record<string, number>) => ({
    [ONE]: await safetensors(first),
    [TWO]: await safetensors(second),
  });

  test.each([INDEX, 'open_clip_model.safetensors.index.json'])('%s', async (file) => {
    const files = await shards({ 'module.a': 1, 'module.b': 2 }, { 'module.c': 3 });
    const map = index({ 'module.a': ONE, 'module.b': ONE, 'module.c': TWO });
    const { result, use } = opened({ ...files, [file]: map });
    const checkpoint = await result;
    expect(await valuesOf(checkpoint)).toEqual({ a: 1, b: 2, c: 3 });
    expect(checkpoint.file).toBe(`memory/${file}`);
    await checkpoint.close();
    expect(use.open).toBe(0);
  });

  test('torch files', async () => {
    const files = { 'a.bin': await torch({ a: 1 }), 'b.bin': await torch({ b: 2 }) };
    const map = index({ a: 'a.bin', b: 'b.bin' });
    const { result } = opened({ ...files, 'pytorch_model.bin.index.json': map });
    expect(await valuesOf(await result)).toEqual({ a: 1, b: 2 });
  });

  test.each([
    ['not JSON', '{', errors.ShardIndexError],
    ['no map', '{}', errors.ShardIndexError],
    ['a file in another directory', index({ a: '../a.safetensors' }), errors.ShardIndexError],
    ['a path', index({ a: 'sub/a.safetensors' }), errors.ShardIndexError],
    ['a hidden file', index({ a: '..' }), errors.ShardIndexError],
    ['no name', index({ a: 7 }), errors.ShardIndexError],
    ['a missing file', index({ a: ONE, c: 'x.safetensors' }), errors.MissingShardError],
    ['a tensor in no file', index({ a: ONE, d: TWO }), errors.MissingShardTensorError],
    ['a tensor in the other file', index({ a: ONE, c: ONE }), errors.MissingShardTensorError],
  ] as const)('%s', async (_, map, type) => {
    const error = await failure({ ...(await shards({ a: 1 }, { c: 3 })), [INDEX]: map });
    expect(error).toBeInstanceOf(type);
    expect(String(error)).toContain(`memory/${INDEX}`);
  });

  test('a tensor in two files', async () => {
    const files = await shards({ a: 1, b: 2 }, { b: 3 });
    const error = await failure({ ...files, [INDEX]: index({ a: ONE, b: TWO }) });
    expect(error).toMatchObject({ name: 'RepeatedTensorError', tensor: 'b', shards: [ONE, TWO] });
  });
});

describe('something else under the name', () => {
  const gzip = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0);
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 783733804\n';
  test.each([
    ['an empty file', '', 'is empty'],
    ['a pointer', pointer, 'a Git LFS pointer'],
    ['a page', '\n<!DOCTYPE html>\n<html>', 'a web page'],
    ['an answer', '{"error":"Repository not found"}', 'text that begins with'],
    ['gzip', gzip, 'packed by gzip'],
    ['an array', Uint8Array.from(Buffer.from('\x93NUMPY\x01\x00', 'latin1')), 'a NumPy array'],
  ])('%s is named, and a good file beside it is read', async (_, bytes, found) => {
    for (const file of ['open_clip_model.safetensors', 'open_clip_pytorch_model.bin']) {
      const error = await failure({ [file]: bytes });
      expect(error).toBeInstanceOf(errors.NotWeightsError);
      expect(String(error)).toContain(`${file}: is `);
      expect(String(error)).toContain(found);
      const { result, warnings } = opened({
        [file]: bytes,
        'model.safetensors': await safetensors({ a: 7 }),
      });
      expect(await valuesOf(await result)).toEqual({ a: 7 });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toBeInstanceOf(errors.WeightsPassedOverError);
      expect(warnings[0]?.message).toContain(found);
    }
  });

  test('a file that cannot be reached is no reason to take another', async () => {
    const good = memoryDirectory(new Map([['model.safetensors', await safetensors({ a: 7 })]]));
    const unreachable = new FileReadError(
      'https://example.org/open_clip_model.safetensors',
      'connection reset',
    );
    const open = async (file: string) => {
      if (file === 'open_clip_model.safetensors') throw unreachable;
      return good.open(file);
    };
    await expect(openCheckpoint({ ...good, open }, () => {})).rejects.toBe(unreachable);
  });

  test('a pickle of NumPy arrays, and a torch file of before 1.6', async () => {
    const pickle = await failure({ 'pytorch_model.bin': (await golden('numpy.pkl')).bytes });
    expect(String(pickle)).toContain('is a pickle of NumPy arrays that torch.save did not write');
    const legacy = await failure({ 'pytorch_model.bin': (await golden('legacy.bin')).bytes });
    expect(legacy).toBeInstanceOf(errors.NotTorchZipError);
    expect(String(legacy)).toContain('re-save it');
  });

  test('a torch file by the name of a safetensors file', async () => {
    const bytes = await torch({ a: 1 });
    expect(String(await failure({ 'model.safetensors': bytes }))).toContain(
      'is a zip archive, as torch.save writes',
    );
    const { result, warnings } = opened({ 'model.safetensors': bytes, 'pytorch_model.bin': bytes });
    expect(await valuesOf(await result)).toEqual({ a: 1 });
    expect(warnings).toHaveLength(1);
  });

  test.each([safetensors, torch])('half a file', async (write) => {
    const whole = await write({ a: 1, b: 2 });
    const half = whole.slice(0, whole.length - 1);
    const files = { 'open_clip_pytorch_model.bin': half, 'pytorch_model.bin': whole };
    const error = await failure({ 'open_clip_pytorch_model.bin': half });
    expect([errors.TruncatedFileError, errors.ZipFormatError].some((type) => error instanceof type)).toBe(
      true,
    );
    const { result, warnings } = opened(files);
    expect(await valuesOf(await result)).toEqual({ a: 1, b: 2 });
    expect(warnings[0]?.cause).toEqual(error);
  });

  test.each([0x8b1f, 0x4b50, 0x80])(
    'a header of %d bytes, whose length looks like a signature',
    async (length) => {
      const header = new Uint8Array(8 + length).fill(0x20);
      new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
      header.set(new TextEncoder().encode('{}'), 8);
      expect(await kindOfWeights(new MemoryFile('x.bin', header))).toBe('safetensors');
    },
  );

  test('where nothing is good, the first fault counts', async () => {
    const error = await failure({ 'open_clip_model.safetensors': pointer, 'model.safetensors': '<html>' });
    expect(error).toMatchObject({ found: expect.stringContaining('Git LFS') });
  });
});
