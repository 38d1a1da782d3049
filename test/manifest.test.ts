// Every field of a manifest is checked, and named where it is wrong.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ManifestError, ManifestFieldError } from '../src/node/errors.ts';
import { readManifest } from '../src/node/manifest.ts';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifest-'));
  file = join(folder, 'manifest.json');
});
afterAll(() => rm(folder, { recursive: true }));

const WHOLE = {
  model: 'a/model',
  fingerprint: '0123456789abcdef'.repeat(4),
  revision: 1,
  stamps: { 'open_clip_config.json': '1:2:3:4:5' },
  untrained: true,
  dtype: 'f16',
  adapter: 'llvmpipe',
  logitScale: 100,
  images: [{ id: 'a', path: '/a.png', sha256: 'fedcba9876543210'.repeat(4), stamp: '1:2:3:4:5' }],
  texts: [{ id: 'a', caption: '', label: 'bone' }],
  skipped: [{ id: 'b', error: 'UnreadableImageError: b' }],
  truncated: 0,
};

async function read(manifest: unknown) {
  await writeFile(file, JSON.stringify(manifest));
  return readManifest(file);
}

test('a whole one, one of an earlier version, and one with a field of a later', async () => {
  expect(await read(WHOLE)).toEqual(WHOLE);
  const { fingerprint, revision, stamps, untrained, logitScale, truncated, ...rest } = WHOLE;
  const needed = { ...rest, images: [{ id: 'a', path: '/a.png' }] };
  expect(await read(needed)).toEqual(needed);
  expect(await read({ ...WHOLE, later: {} })).toMatchObject(WHOLE);
});

test.each([
  ['model', 1, 'a string'],
  ['fingerprint', 'abc', '64 hexadecimal digits'],
  ['stamps', { 'vocab.txt': 1 }, 'an object of strings'],
  ['revision', '1', 'an integer of at least 0'],
  ['untrained', 'yes', 'true or false'],
  ['dtype', 'f64', '"f32", "f16" or "q8"'],
  ['adapter', null, 'a string'],
  ['logitScale', 0, 'a positive number'],
  ['images', {}, 'an array'],
  ['images[0]', [null], 'an object'],
  ['images[0].path', [{ id: 'a' }], 'a string'],
  [
    'images[1].id',
    [
      { id: 'a', path: '' },
      { id: 3, path: '' },
    ],
    'a string',
  ],
  ['images[0].sha256', [{ id: 'a', path: '', sha256: 'no' }], '64 hexadecimal digits'],
  ['images[0].stamp', [{ id: 'a', path: '', stamp: 5 }], 'a string'],
  ['texts', undefined, 'an array'],
  ['texts[0].caption', [{ id: 'a', caption: null }], 'a string'],
  ['texts[0].label', [{ id: 'a', caption: '', label: 1 }], 'a string'],
  ['skipped', undefined, 'an array'],
  ['skipped[0].error', [{ id: 'a', error: {} }], 'a string'],
  ['skipped[0].sha256', [{ id: 'a', error: '', sha256: null }], '64 hexadecimal digits'],
  ['truncated', 1.5, 'an integer of at least 0'],
])('%s', async (field, value, expected) => {
  const [name = ''] = field.split('[');
  const error = await read({ ...WHOLE, [name]: value }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ManifestFieldError);
  expect(error).toMatchObject({ file, field, expected });
  expect(String(error)).toContain(`${file}: ${field} must be ${expected}, got `);
});

test('no file, no JSON, no object', async () => {
  await expect(readManifest(join(folder, 'none.json'))).rejects.toThrow(ManifestError);
  await expect(read([])).rejects.toThrow('manifest.json: is no JSON object');
  await writeFile(file, '{');
  await expect(readManifest(file)).rejects.toThrow('manifest.json: is no JSON; ');
});
