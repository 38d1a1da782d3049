// How an interrupted embedding goes on. The model is a stand-in that makes an image's row of its first byte, and counts.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BiomedClip, EmbedInputs, EmbedOptions, ModelInfo } from '../src/api.ts';
import { nameOf } from '../src/image/source.ts';
import { ImageInputError } from '../src/model/errors.ts';
import { readImageBytes } from '../src/node/image-bytes.ts';
import { embedInParts } from '../src/node/study/embed-in-parts.ts';
import type { Pair } from '../src/node/study/pairs.ts';
import { removeDone } from '../src/node/study/parts.ts';

const INFO: ModelInfo = {
  name: 'a model',
  fingerprint: 'f'.repeat(64),
  untrained: false,
  towers: { image: 'timm ViT', text: 'BERT' },
  dtype: 'f32',
  adapter: 'an adapter',
  device: 'a-device',
  embedDim: 2,
  imageSize: 48,
  contextLength: 256,
  logitScale: 50,
};

let root: string;
let folder: string;
let pairs: Pair[];
let tests = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'study-parts-'));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  tests += 1;
  folder = join(root, `${tests}`, 'parts');
  await mkdir(folder, { recursive: true });
  pairs = Array.from({ length: 20 }, (_, i) => ({
    id: `${i}`,
    path: join(folder, '..', `${i}.image`),
    caption: `caption ${i}`,
  }));
  for (const [i, { path }] of pairs.entries()) await writeFile(path, Uint8Array.of(i, 1, 2));
});

/** Embeds, and stops before the image `until`. A file that begins with 255 cannot be decoded. */
async function embed({
  until = 99,
  onError = 'fail' as 'fail' | 'skip',
  info = {} as Partial<ModelInfo>,
  force = false,
} = {}) {
  const embedded: number[] = [];
  let resumed = 0;
  const controller = new AbortController();
  const embedBatch = async ({ images = [], texts = [] }: EmbedInputs, options: EmbedOptions = {}) => {
    const rows: number[] = [];
    const skipped = [];
    for (const [index, input] of images.entries()) {
      if (typeof input !== 'object' || !('source' in input) || typeof input.source === 'string')
        throw Error();
      const [first = 0] = await readImageBytes(input.source as Uint8Array);
      if (first === until) controller.abort();
      const id = input.id ?? '';
      const error = new ImageInputError(index, id, new Error(nameOf(input.source)));
      if (first < 255) rows.push(first, 0);
      else if (options.onError === 'skip') skipped.push({ kind: 'image', index, id, error });
      else throw error;
    }
    const image = { data: Float32Array.from(rows), rows: rows.length / 2, dim: 2, ids: [] };
    if (!controller.signal.aborted) embedded.push(...rows.filter((_, i) => i % 2 === 0));
    const text = { data: new Float32Array(2 * texts.length).fill(7), rows: texts.length, dim: 2, ids: [] };
    return { images: image, texts: text, skipped, truncated: [] };
  };
  const model = { info: { ...INFO, ...info }, embedBatch } as unknown as BiomedClip;
  const signal = controller.signal;
  // A clock on which a part takes so long that the next has a single pair.
  let calls = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
    calls += 1;
    return calls * 1e6;
  });
  const origin = { model: 'a model', dtype: 'f32', pairs };
  const set = await embedInParts(folder, model, origin, {
    onError,
    force,
    signal,
    onProgress: () => {},
    onResume: (count: number) => (resumed = count),
  }).catch((error: Error) => error);
  clock.mockRestore();
  const images = set instanceof Error ? [] : [...set.images.data].filter((_, i) => i % 2 === 0);
  return { set, images, embedded, resumed };
}

const all = Array.from({ length: 20 }, (_, i) => i);

test('goes on after the parts that are there, and the rows are those of one run', async () => {
  const first = await embed({ until: 18 });
  expect(first.embedded).toEqual(all.slice(0, 18));
  expect(await embed()).toMatchObject({ resumed: 18, embedded: [18, 19], images: all });
});

describe('parts that are not used', () => {
  test('those after a gap', async () => {
    await embed({ until: 19 });
    for (const file of await readdir(folder)) if (file.startsWith('000000017')) await rm(join(folder, file));
    expect(await embed({ until: 17 })).toMatchObject({ resumed: 17, embedded: [] });
    expect(await readdir(folder)).not.toContain('000000018.npy'); // it would follow on a part of another length
    expect(await embed()).toMatchObject({ resumed: 17, embedded: [17, 18, 19], images: all });
  });

  test('half of one', async () => {
    await embed({ until: 18 });
    await writeFile(join(folder, '000000017.json'), '{"end":');
    expect(await embed({ until: 17 })).toMatchObject({ resumed: 17, embedded: [] });
    await rm(join(folder, '000000016.npy'));
    expect(await embed()).toMatchObject({ resumed: 16, embedded: [16, 17, 18, 19], images: all });
  });

  test('from an image on that has changed, or is gone', async () => {
    await embed({ until: 19 });
    await writeFile(pairs[17]?.path ?? '', Uint8Array.of(17, 9));
    expect(await embed({ until: 17 })).toMatchObject({ resumed: 17, embedded: [] });
    await rm(pairs[3]?.path ?? '');
    const { set, resumed } = await embed();
    expect(resumed).toBe(0);
    expect(String(set)).toMatch(/^ImageNotFoundError: .*3\.image/);
  });

  test.each([
    ['another model', { fingerprint: '0'.repeat(64) }],
    ['another dtype', { dtype: 'f16' }],
    ['the adapter', { adapter: 'another' }],
  ] as const)('those of %s, which are kept without force', async (what, info) => {
    await embed({ until: 18 });
    const before = await readdir(folder);
    const { set, embedded } = await embed({ info });
    expect(String(set)).toMatch(
      new RegExp(`^OutputExistsError: .*parts: exists already, and has what is embedded of ${what}.*--force`),
    );
    expect(embedded).toEqual([]);
    expect(await readdir(folder)).toEqual(before);
    expect(await embed({ info, force: true })).toMatchObject({ resumed: 0, embedded: all });
  });

  test('those of another caption, which are kept without force', async () => {
    await embed({ until: 18 });
    pairs = pairs.map((pair, i) => (i === 19 ? { ...pair, caption: 'another' } : pair));
    expect(String((await embed()).set)).toMatch(/^OutputExistsError: .*other pairs/);
    expect(await embed({ force: true })).toMatchObject({ resumed: 0, embedded: all });
  });

  test('one that left an image out, where that is an error, or once the image is mended', async () => {
    const path = pairs[16]?.path ?? '';
    await writeFile(path, Uint8Array.of(255));
    await embed({ until: 18, onError: 'skip' });
    expect(await embed({ until: 18, onError: 'skip' })).toMatchObject({ resumed: 18, embedded: [] });
    const failing = await embed();
    expect(failing).toMatchObject({ resumed: 16 });
    expect(String(failing.set)).toMatch(/^ImageInputError: images\[0\] \(16\): .*16\.image/);

    // Embedded anew by 16 and then one at a time, and left out again.
    await rm(folder, { recursive: true });
    await embed({ until: 18, onError: 'skip' });
    await writeFile(path, Uint8Array.of(16));
    expect(await embed({ onError: 'skip' })).toMatchObject({ resumed: 16, images: all });
  });
});

describe('parts that a run left which was killed once all were embedded', () => {
  const whole = () => ({
    pairs,
    manifest: { fingerprint: INFO.fingerprint, dtype: INFO.dtype },
  });

  test('go, also where only some of them are there', async () => {
    await embed();
    await removeDone(folder, whole());
    expect(existsSync(folder)).toBe(false);
    await embed();
    await rm(join(folder, 'plan.json'));
    await removeDone(folder, whole());
    expect(existsSync(folder)).toBe(false);
    await removeDone(folder, whole());
  });

  test.each(['fingerprint', 'pairs'])('of another %s, they stay', async (what) => {
    await embed({ until: 18 });
    const before = await readdir(folder);
    const set = whole();
    if (what === 'pairs') pairs = pairs.slice(1);
    await removeDone(
      folder,
      what === 'pairs' ? whole() : { ...set, manifest: { ...set.manifest, fingerprint: '0' } },
    );
    expect(await readdir(folder)).toEqual(before);
  });
});
