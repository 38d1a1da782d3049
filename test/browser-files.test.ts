// What a page may hand to load besides a URL. Judge: the bytes that were put there. That Chromium's own handles and
// file lists load a model is in browser.test.ts.
import { expect, test } from 'vitest';
import type { CheckpointSource } from '../src/api.ts';
import { openDirectory } from '../src/browser/open-directory.ts';
import { InvalidOptionError } from '../src/errors.ts';
import {
  FileRangeError,
  FileReadError,
  SeveralCheckpointsError,
  SeveralWeightsError,
} from '../src/platform/errors.ts';
import { readText } from '../src/platform/files.ts';
import { openCheckpoint, SAFETENSORS_FILE, TORCH_FILE } from '../weights/checkpoint.ts';
import { CheckpointNotFoundError } from '../weights/errors.ts';
import { rejection } from './support/memory-files.ts';

/** A file as a directory input lists it. */
function listed(path: string, text = path): File {
  const file = new File([text], path.split('/').at(-1) ?? '');
  return Object.defineProperty(file, 'webkitRelativePath', { value: path.includes('/') ? path : '' });
}

test('files from a directory: those beside the weights count', async () => {
  const files = [
    listed('models/config.json'),
    listed('models/clip/config.json'),
    listed(`models/clip/${TORCH_FILE}`),
    listed('models/clip/deeper/config.json'),
    listed('models/clip/deeper/vocab.txt'),
  ];
  const directory = await openDirectory(files, {});
  expect(directory.name).toBe('models/clip');
  expect(await readText(directory, 'config.json')).toBe('models/clip/config.json');
  expect(await readText(directory, 'vocab.txt')).toBeUndefined();
});

test('files that were picked one by one, in any iterable', async () => {
  const files = new Set([listed('vocab.txt', 'a\nb'), listed(SAFETENSORS_FILE)]);
  const directory = await openDirectory(files, {});
  const file = await directory.open('vocab.txt');
  expect(file?.size).toBe(3);
  expect(await file?.read(1, 2)).toEqual(new TextEncoder().encode('\nb'));
  expect(await rejection(file?.read(2, 2) ?? Promise.resolve())).toBeInstanceOf(FileRangeError);
});

test('weights in two folders', async () => {
  const error = await rejection(
    openDirectory([listed(`a/f16/${SAFETENSORS_FILE}`), listed(`a/f32/${SAFETENSORS_FILE}`)], {}),
  );
  expect(error).toBeInstanceOf(SeveralCheckpointsError);
  expect(error).toMatchObject({ folders: ['a/f16', 'a/f32'] });
});

test('one weights file of another name, alone or among others', async () => {
  const alone = await openDirectory(listed('epoch_5.pt'), {});
  expect(alone).toMatchObject({ name: 'epoch_5.pt', weights: 'epoch_5.pt' });
  const among = await openDirectory([listed('run/vocab.txt'), listed('run/epoch_5.pt')], {});
  expect(among).toMatchObject({ name: 'run', weights: 'epoch_5.pt' });
  expect(await readText(among, 'vocab.txt')).toBe('run/vocab.txt');
  const usual = await openDirectory([listed('epoch_5.pt'), listed('model.safetensors')], {});
  expect(usual.weights).toBeUndefined();
  const error = await rejection(openDirectory([listed('epoch_4.pt'), listed('epoch_5.pt')], {}));
  expect(error).toBeInstanceOf(SeveralWeightsError);
  expect(error).toMatchObject({ files: ['epoch_4.pt', 'epoch_5.pt'] });
});

test('no weights at all', async () => {
  const directory = await openDirectory([listed('pictures/cat.png')], {});
  expect(directory.name).toBe('pictures');
  expect(await rejection(openCheckpoint(directory))).toBeInstanceOf(CheckpointNotFoundError);
});

test('a directory handle without permission', async () => {
  const handle = {
    kind: 'directory',
    name: 'clip',
    getFileHandle: () => Promise.reject(new DOMException('permission was withdrawn', 'NotAllowedError')),
  };
  const directory = await openDirectory(handle as unknown as CheckpointSource, {});
  const error = await rejection(directory.open('vocab.txt'));
  expect(error).toBeInstanceOf(FileReadError);
  expect(String(error)).toContain('clip/vocab.txt: cannot be read: permission was withdrawn');
});

test('a file that changed on disk since it was given', async () => {
  const file = listed('vocab.txt');
  file.slice = () => {
    const slice = new Blob();
    slice.arrayBuffer = () => Promise.reject(new DOMException('it changed', 'NotReadableError'));
    return slice;
  };
  const opened = await (await openDirectory([file], {})).open('vocab.txt');
  expect(await rejection(opened?.read(0, 1) ?? Promise.resolve())).toBeInstanceOf(FileReadError);
});

test.each([
  ['no files', []],
  ['something else in a list', ['a.bin']],
  ['a number', 7],
  ['null', null], // undefined is the embedded model
  ['a path without a page that it is relative to', 'model/'],
])('no source: %s', async (_, source) => {
  const error = await rejection(openDirectory(source as CheckpointSource, {}));
  expect(error).toBeInstanceOf(InvalidOptionError);
  expect(String(error)).toContain('source must be a URL');
});
