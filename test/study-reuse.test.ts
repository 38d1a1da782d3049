// Embeddings are used again only where they would come out the same: by what files hold, not by when they were written.
import { createHash } from 'node:crypto';
import {
  copyFile,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ImageInputError } from '../src/model/errors.ts';
import { Output } from '../src/node/cli/session.ts';
import { localDirectorySink } from '../src/node/files.ts';
import { readNpy } from '../src/node/npy.ts';
import { pairEmbeddings } from '../src/node/study/pair-embeddings.ts';
import type { StudyOptions } from '../src/node/study/study-options.ts';
import { writeSeededModel } from '../weights/seeded.ts';
import { adapterOptions, Captured, cli, tinyModel, writeImages } from './support/cli-run.ts';
import { counting, writePairs } from './support/study-run.ts';

let folder: string;
let model: string;
let otherModel: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'study-reuse-'));
  ({ directory: model } = await tinyModel(folder));
  otherModel = join(folder, 'other-model');
  await writeSeededModel(localDirectorySink(otherModel), { preset: 'tiny', seed: 9 });
});
afterAll(() => rm(folder, { recursive: true }));

const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));
const sha256Of = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
/** What becomes of the embeddings of a study, without what it measures and draws. */
async function embeddings(
  csv: string,
  options: Omit<StudyOptions, 'onError'> & { onError?: 'fail' | 'skip' },
) {
  const { state, loadModel } = counting();
  const stderr = new Captured();
  const io = { stdout: new Captured(), stderr };
  const all = { onError: 'fail' as const, force: true, adapter: process.env.BIOMEDCLIP_ADAPTER, ...options };
  const session = {
    ...{ argv: ['study'], started: new Date(), io, loadModel },
    ...{ signal: new AbortController().signal, defaultModel: async () => model },
  };
  const set = await pairEmbeddings(csv, all, session, new Output(io, all));
  return { pairs: set.pairs.length, said: stderr.text, ...state };
}

/** Another picture. */
const another = async () => {
  const [, , path = ''] = await writeImages(join(folder, 'another'), ['0.png', '1.png', '2.png']);
  return path;
};

describe('finished embeddings', () => {
  let name = 0;
  let csv: string;
  let image: string;
  let out: string;
  let modelPath: string;

  /** What becomes of the embeddings of a study: how many images are embedded, how often the model is loaded. */
  const run = (more: Partial<StudyOptions> = {}) =>
    embeddings(csv, { out, model: modelPath, onError: 'fail', ...more });

  beforeEach(async () => {
    name += 1;
    csv = await writePairs(join(folder, String(name)), 3);
    image = join(folder, String(name), '01.png');
    out = join(folder, `${name}-out`);
    modelPath = model;
    expect(await run()).toMatchObject({ images: 3 });
  });

  test('are used again, whatever the times say, and the manifest has the digests of what was embedded', async () => {
    const later = new Date(Date.now() + 60_000);
    await utimes(image, later, later);
    await utimes(join(model, 'open_clip_config.json'), later, later);
    expect(await run()).toMatchObject({ images: 0, loads: 0 });
    const { images, revision } = await json(join(out, 'manifest.json'));
    expect(revision).toBe(1);
    for (const { path, sha256 } of images) expect(sha256).toBe(await sha256Of(path));
  });

  test('not with an image that an older one replaced', async () => {
    const older = await another();
    const past = new Date('2001-01-01');
    await utimes(older, past, past);
    await rename(older, image);
    const again = await run();
    expect(again).toMatchObject({ images: 3 });
    expect(again.said).toContain(`are not used again: ${image} has changed`);
    expect((await json(join(out, 'manifest.json'))).images[1].sha256).toBe(await sha256Of(image));
  });

  test('not with an image that was overwritten with as many bytes, and given its times back', async () => {
    const { atime, mtime } = await stat(image);
    const bytes = await readFile(image);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1; // of the CRC of IEND, which nobody checks
    await writeFile(image, bytes);
    await utimes(image, atime, mtime);
    expect(await run({ onError: 'skip' })).toMatchObject({ loads: 1 });
  });

  test('not with an image that was deleted', async () => {
    await unlink(image);
    await expect(run()).rejects.toThrow(ImageInputError);
  });

  test('not with an image that was changed between its embedding and the manifest', async () => {
    await rm(out, { recursive: true });
    const before = await sha256Of(image);
    const replace = async () => copyFile(await another(), image);
    const argv = [
      'study',
      csv,
      '--out',
      out,
      '--force',
      '--max-iter',
      '250',
      '--model',
      model,
      ...adapterOptions,
    ];
    expect(await cli(argv, counting(undefined, replace))).toMatchObject({ code: 0 });
    const { images } = await json(join(out, 'manifest.json'));
    expect(images[1].sha256).toBe(before);
    expect(await sha256Of(image)).not.toBe(before);
    const html = await readFile(join(out, 'report.html'), 'utf8');
    expect(html.match(/<img src="data:/g)).toHaveLength(2); // the new one is not what was embedded
    expect(await run()).toMatchObject({ images: 3 });
  });

  test('not where the model’s symlink points elsewhere, however old that is', async () => {
    const link = join(folder, `${name}-model`);
    await symlink(model, link);
    modelPath = link;
    expect(await run()).toMatchObject({ loads: 0 }); // the same content
    const past = new Date('2001-01-01');
    for (const file of await readdir(otherModel)) await utimes(join(otherModel, file), past, past);
    await unlink(link);
    await symlink(otherModel, link);
    const again = await run();
    expect(again).toMatchObject({ images: 3 });
    expect(again.said).toContain('are not used again: they are of another checkpoint');
  });

  test('not of another dtype', async () => {
    const again = await run({ dtype: 'f16' });
    expect(again).toMatchObject({ images: 3 });
    expect(again.said).toContain('are not used again: they are of the dtype f32');
    expect((await json(join(out, 'manifest.json'))).dtype).toBe('f16');
  });

  test('of a checkpoint in int8: in q8 by itself, and not in f32 where that is asked for', async () => {
    modelPath = join(folder, `${name}-int8`);
    expect(await cli(['convert', model, '-o', modelPath, '--dtype', 'q8'])).toMatchObject({ code: 0 });
    expect(await run()).toMatchObject({ images: 3 });
    expect((await json(join(out, 'manifest.json'))).dtype).toBe('q8');
    expect(await run()).toMatchObject({ images: 0, loads: 0 });
    const again = await run({ dtype: 'f32' });
    expect(again).toMatchObject({ images: 3 });
    expect(again.said).toContain('are not used again: they are of the dtype q8');
  });

  test('not with images of another size, nor with another configuration; with the same they are', async () => {
    expect(await run({ imageSize: 64 })).toMatchObject({ images: 3 });
    expect(await run({ imageSize: 64 })).toMatchObject({ images: 0, loads: 0 });
    expect(await run()).toMatchObject({ images: 3 });
    const config = await json(join(model, 'open_clip_config.json'));
    config.preprocess_cfg = { ...config.preprocess_cfg, mean: [0.5, 0.5, 0.5] };
    const elsewhere = join(folder, `${name}-config.json`);
    await writeFile(elsewhere, JSON.stringify(config));
    const again = await run({ config: elsewhere });
    expect(again).toMatchObject({ images: 3 });
    expect(again.said).toContain('are not used again: they are of another checkpoint');
    expect(await run({ config: elsewhere })).toMatchObject({ images: 0, loads: 0 });
  });

  test('not with another window; with the same one they are', async () => {
    const window = { low: 0, high: 4095 };
    const again = await run({ window });
    expect(again).toMatchObject({ images: 3 });
    expect(again.said).toContain('are not used again: they are of another window');
    expect(await run({ window })).toMatchObject({ images: 0, loads: 0 });
    expect(await run({ window: 'auto' })).toMatchObject({ images: 3 });
  });

  test.each([
    ['an earlier revision', { revision: 0 }],
    ['a version that wrote no fingerprint', { fingerprint: undefined }],
  ])('not of %s', async (_, changes) => {
    const manifest = join(out, 'manifest.json');
    await writeFile(manifest, JSON.stringify({ ...(await json(manifest)), ...changes }));
    expect(await run()).toMatchObject({ images: 3 });
  });

  test('that left an image out: not once it is mended, nor where that is an error now', async () => {
    await writeFile(image, 'no image');
    expect(await run({ onError: 'skip' })).toMatchObject({ images: 2 });
    expect((await json(join(out, 'manifest.json'))).skipped[0].sha256).toBe(await sha256Of(image));
    expect(await run({ onError: 'skip' })).toMatchObject({ loads: 0 });
    await expect(run()).rejects.toThrow(ImageInputError);
    await copyFile(await another(), image);
    expect(await run({ onError: 'skip' })).toMatchObject({ images: 3 });
  });

  test('of an image behind a URL: not once another is served there', async () => {
    const served = { file: image };
    const server = createServer(async (_, response) => response.end(await readFile(served.file)));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/image`;
    csv = join(folder, 'urls.csv');
    await writeFile(csv, `image,caption\n${url},one\n${image},two\n`);
    const allowed = { allowUrls: true };
    expect(await run(allowed)).toMatchObject({ images: 2 });
    expect(await run(allowed)).toMatchObject({ loads: 0 });
    served.file = await another();
    expect(await run(allowed)).toMatchObject({ images: 2 });
    server.close();
  });
});

describe('what spares reading everything', () => {
  test('files of two seconds ago have stamps, and a stamp that fits spares the hash', async () => {
    const csv = await writePairs(join(folder, 'stamps'), 2);
    const out = join(folder, 'stamps-out');
    const clock = vi
      .spyOn(Date, 'now')
      .mockImplementation(() => performance.timeOrigin + performance.now() + 5000);
    const path = join(out, 'manifest.json');
    await embeddings(csv, { out, model });
    const manifest = await json(path);
    expect(Object.keys(manifest.stamps)).toContain('open_clip_model.safetensors');
    for (const { stamp } of manifest.images) expect(stamp).toMatch(/^\d+(:\d+){4}$/);

    // Digests of nothing that is there: only the stamps can say that all is as it was.
    const wrong = '0'.repeat(64);
    const images = manifest.images.map((image: object) => ({ ...image, sha256: wrong }));
    await writeFile(path, JSON.stringify({ ...manifest, fingerprint: wrong, images }));
    expect(await embeddings(csv, { out, model })).toMatchObject({ loads: 0 });
    await writeFile(path, JSON.stringify({ ...manifest, fingerprint: wrong, stamps: undefined }));
    expect(await embeddings(csv, { out, model })).toMatchObject({ loads: 1 });
    clock.mockRestore();
  });

  test('files of this moment have none', async () => {
    const csv = await writePairs(join(folder, 'moment'), 2);
    const out = join(folder, 'moment-out');
    const now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now);
    await embeddings(csv, { out, model });
    clock.mockRestore();
    const { images } = await json(join(out, 'manifest.json'));
    for (const { stamp } of images) expect(stamp).toBeUndefined();
    expect((await readNpy(join(out, 'images.npy'))).shape[0]).toBe(2);
  });
});
