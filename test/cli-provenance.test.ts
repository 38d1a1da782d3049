// Every command that writes or prints numbers says where they come from. The judges: digests by node:crypto of the same
// files, the fingerprint that the API gives, and that no absolute path of the machine is told.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openLocalFile } from '../src/node/files.ts';
import { readManifest } from '../src/node/manifest.ts';
import type { Provenance } from '../src/node/provenance.ts';
import { openSafetensors } from '../weights/safetensors.ts';
import { adapterOptions, cli, tinyModel } from './support/cli-run.ts';
import { writePairs } from './support/study-run.ts';

let folder: string;
let modelOptions: string[];
let captions: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  vi.stubEnv('SOURCE_DATE_EPOCH', '1700000000');
  folder = await mkdtemp(join(tmpdir(), 'provenance-'));
  ({ options: modelOptions } = await tinyModel(folder));
  captions = await writePairs(at('pairs'), 12);
  const { code, stderr } = await cli(['embed', '--captions', captions, '--out', at('e'), ...modelOptions]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const digest = async (path: string) => sha256(await readFile(path));
const lines = (texts: readonly string[]) => sha256(texts.map((text) => `${JSON.stringify(text)}\n`).join(''));

async function json(argv: readonly string[]): Promise<{ provenance: Provenance }> {
  const { code, stdout, stderr } = await cli([...argv, '--json', '--quiet', ...adapterOptions]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

const rows = () => [at('e/images.npy'), at('e/texts.npy')];

test('embed: the digests of images and captions, the model’s name and fingerprint', async () => {
  const { provenance, images, texts, fingerprint } = await readManifest(at('e/manifest.json'));
  const twelve = [...Array(12).keys()];
  const files = twelve.map((i) => at(`pairs/${String(i).padStart(2, '0')}.png`));
  expect(provenance).toEqual({
    package: 'biomedclip-webgpu',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    date: '2023-11-14T22:13:20Z',
    command: expect.stringMatching(/^biomedclip-webgpu embed --captions captions\.csv --out e --model model/),
    adapter: expect.stringMatching(/./),
    driver: expect.stringMatching(/./),
    model: { name: 'model', fingerprint },
    inputs: {
      images: lines(await Promise.all(files.map(digest))),
      captions: lines(twelve.map((i) => `caption ${i}`)),
    },
  });
  expect(images).toHaveLength(12);
  expect(texts).toHaveLength(12);
});

test.each([
  ['gap', () => ['gap', ...rows(), '--resamples', '5', '--permutations', '5', '--seed', '3'], 3],
  ['similarity', () => ['similarity', ...rows(), '--out', at('s.npy')], undefined],
  [
    'tsne',
    () => [
      'tsne',
      at('e/images.npy'),
      '--perplexity',
      '3',
      '--out',
      at('t.csv'),
      '--init',
      'random',
      '--seed',
      '4',
    ],
    4,
  ],
  ['fit', () => ['close-gap', 'fit', ...rows(), '--out', at('c.safetensors'), '--method', 'center'], 0],
  [
    'sweep',
    () => ['close-gap', 'sweep', ...rows(), '--no-heads', '--folds', '2', '--out', at('sweep.json')],
    0,
  ],
])('%s: what its rows are of, and its seed', async (_, argv, seed) => {
  const { provenance } = await json(argv());
  const { model } = (await readManifest(at('e/manifest.json'))).provenance ?? {};
  expect(provenance).toMatchObject({ date: '2023-11-14T22:13:20Z', model });
  expect(provenance.seed).toBe(seed);
  const first = Object.values(provenance.inputs)[0];
  expect(first).toBe(await digest(at('e/images.npy')));
  expect(JSON.stringify(provenance)).not.toContain(folder);
});

test('the files of fit, sweep and apply have it too', async () => {
  const file = await openLocalFile(at('c.safetensors'));
  if (!file) throw new Error('fit wrote no file');
  const { metadata } = await openSafetensors(file);
  await file.close();
  expect(JSON.parse(metadata?.provenance ?? '')).toMatchObject({
    seed: 0,
    inputs: { images: expect.any(String) },
  });
  expect(JSON.parse(await readFile(at('sweep.json'), 'utf8')).provenance.command).toContain(
    'close-gap sweep',
  );
  const closing = at('c.safetensors');
  const argv = ['close-gap', 'apply', closing, '--images', at('e/images.npy'), '--out', at('closed')];
  const { provenance } = await json(argv);
  expect((await readManifest(at('closed/manifest.json'))).provenance).toEqual(provenance);
  expect(provenance.inputs).toEqual({
    images: await digest(at('e/images.npy')),
    closing: await digest(closing),
  });
});

test('study: of the measures and of the embeddings, the same bytes with the same SOURCE_DATE_EPOCH', async () => {
  const argv = ['study', captions, '--out', at('study'), '--max-iter', '250', '--seed', '7', ...modelOptions];
  const { provenance } = await json(argv);
  const first = await readFile(at('study/study.json'), 'utf8');
  const { embedded } = JSON.parse(first);
  expect(provenance).toMatchObject({ seed: 7, inputs: embedded.inputs, model: embedded.model });
  await json(argv);
  expect(await readFile(at('study/study.json'), 'utf8')).toBe(first);
  for (const name of ['study.json', 'report.html', 'gap.csv']) {
    const text = await readFile(at(`study/${name}`), 'utf8');
    expect(text).not.toContain(folder);
    expect(text).not.toContain(`${homedir()}/`);
  }
});

test('rows without a manifest name no model, and manifests of earlier versions are read', async () => {
  const { provenance: _, ...earlier } = JSON.parse(await readFile(at('e/manifest.json'), 'utf8'));
  await writeFile(at('e/manifest.json'), JSON.stringify({ ...earlier, model: '/data/models/mine' }));
  const argv = ['similarity', at('e/images.npy'), '--out', at('s.npy'), '--force'];
  expect((await json(argv)).provenance.model?.name).toBe('mine');
  await rm(at('e/manifest.json'));
  expect((await json(argv)).provenance).not.toHaveProperty('model');
});
