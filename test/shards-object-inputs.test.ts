// Images, tables and tars of a plan that lie in a bucket. The judge: the same files in a folder.
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTar } from 'nanotar';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { readNpyRows } from '../src/node/npy-vectors.ts';
import { readPlan } from '../src/node/shards/plan.ts';
import { cli, tinyModel, writeImages } from './support/cli-run.ts';
import { FakeS3 } from './support/fake-s3.ts';
import { slideFile } from './support/golden-slides.ts';

const s3 = new FakeS3();
let folder: string;
let options: string[];
const at = (name: string) => join(folder, name);
const names = ['1.png', '2.png', '10.png', 'sub/3.png'];
beforeAll(async () => {
  await s3.start();
  s3.stubEnvironment({ AWS_MAX_ATTEMPTS: '8' });
  folder = await mkdtemp(join(tmpdir(), 'shards-object-inputs-'));
  ({ options } = await tinyModel(folder));
  await writeImages(at('scans'), ['1.png', '2.png', '10.png']);
  await writeImages(at('scans/sub'), ['3.png']);
  for (const name of names) s3.put(`scans/${name}`, await readFile(at(`scans/${name}`)));
  for (const name of ['scans/.hidden.png', 'scans/notes.txt', 'scans/', 'scansbeside/4.png']) {
    s3.put(name, Buffer.from('no image'));
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.stop();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  s3.fault = () => undefined;
});

async function planned(name: string, args: readonly string[]) {
  const { code, stderr } = await cli(['shards', 'plan', ...args, '-o', at(name), ...options.slice(0, 2)]);
  expect(code, stderr).toBe(0);
  return {
    stderr,
    plan: await readPlan(at(name)),
    rows: await readFile(at(name.replace('.json', '.rows.jsonl')), 'utf8'),
  };
}

function work(plan: string, out: string, args: readonly string[] = []) {
  return cli(['embed', '--shards', at(plan), '-o', at(out), '--allow-urls', ...options, ...args]);
}

/** The rows of all results, by the images' ids. */
async function rowsIn(out: string): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (const name of (await readdir(at(out))).filter((file) => file.endsWith('.parquet'))) {
    const { rows } = await readNpyRows(at(join(out, name)), 'images');
    for (const [i, id] of (rows.ids ?? []).entries()) {
      found.set(id, rows.data.slice(i * rows.dim, (i + 1) * rows.dim));
    }
  }
  return found;
}

test('a prefix is listed as a folder is, and its images are embedded to the same vectors', async () => {
  s3.pageSize = 2;
  s3.calls.length = 0;
  const bucket = await planned('bucket.json', [
    's3://results/scans/',
    '--recursive',
    '--allow-urls',
    '--rows',
    '2',
  ]);
  s3.pageSize = 1000;
  expect(bucket.rows.match(/s3:[^"]+/g)).toEqual(names.map((name) => `s3://results/scans/${name}`));
  expect(bucket.stderr).toContain('left out, being no images: 1 .txt');
  expect(s3.calls.filter(({ kind }) => kind !== 'list')).toEqual([]); // the list said all
  await planned('folder.json', [at('scans'), '--recursive', '--rows', '2']);
  let calls = 0;
  s3.fault = ({ kind }) => {
    if (kind !== 'get' || calls++ % 3 > 0) return undefined;
    return calls % 2 ? 'cut' : 'reset before';
  };
  for (const [plan, out] of [
    ['bucket.json', 'of-bucket'],
    ['folder.json', 'of-folder'],
  ] as const) {
    const { code, stderr } = await work(plan, out);
    expect(code, stderr).toBe(0);
  }
  const rows = await rowsIn('of-bucket');
  expect(rows.size).toBe(4);
  expect(rows).toEqual(await rowsIn('of-folder'));
});

test('without --recursive what lies deeper is left out', async () => {
  const { rows } = await planned('flat.json', ['s3://results/scans', '--allow-urls']);
  expect(rows.match(/s3:[^"]+/g)).toHaveLength(3);
});

test('objects that changed, are gone, or cannot be had are told apart', async () => {
  await planned('changes.json', ['s3://results/scans', '--allow-urls', '--rows', '1']);
  const { bytes } = s3.objects.get('scans/2.png') ?? expect.fail('not there');
  s3.put('scans/2.png', await readFile(at('scans/10.png')));
  s3.objects.delete('scans/10.png');
  s3.fault = ({ key }) => (key === 'scans/1.png' ? 500 : undefined);
  const { code, stderr } = await work('changes.json', 'changes', ['--on-error', 'skip']);
  expect(code).toBe(1);
  expect(stderr).toContain('s3://results/scans/1.png');
  s3.fault = () => undefined;
  const again = await work('changes.json', 'changes', ['--on-error', 'skip']);
  expect(again.stderr).toMatch(/InputChangedError.*2\.png: changed .* its ETag was/);
  expect(again.stderr).toMatch(/10\.png: changed .* it is not there/);
  expect((await rowsIn('changes')).size).toBe(1);
  s3.put('scans/2.png', bytes);
});

test('a tar in a bucket is read by ranges', async () => {
  const tar = createTar([
    { name: 'a.png', data: await readFile(at('scans/1.png')) },
    { name: 'a.txt', data: 'the first' },
    { name: 'b.png', data: await readFile(at('scans/2.png')) },
    { name: 'b.txt', data: 'the second' },
  ]);
  s3.put('sets/set.tar', tar);
  s3.calls.length = 0;
  const { plan } = await planned('tar.json', ['s3://results/sets/set.tar', '--allow-urls']);
  expect(plan).toMatchObject({ images: 2, texts: 2, pairs: 2 });
  const { code, stderr } = await work('tar.json', 'of-tar');
  expect(code, stderr).toBe(0);
  expect(s3.calls.some(({ kind }) => kind === 'range')).toBe(true);
  expect(s3.calls.some(({ kind }) => kind === 'get')).toBe(false);
  const [rows, scans] = [await rowsIn('of-tar'), await rowsIn('of-folder')];
  expect([rows.get('a'), rows.get('b')]).toEqual([scans.get('1.png'), scans.get('2.png')]);
});

test('a slide in a bucket is cut by ranges, into the squares of the same slide in a folder', async () => {
  const cut = '--tile-size 40 --level 0 --tissue otsu'.split(' ');
  for (const [name, from] of [
    ['slide.svs', 'aperio-jpeg.svs'],
    ['slide.tif', 'deflate.tif'],
  ] as const) {
    await copyFile(slideFile(from), at(name));
    s3.put(`slides/${name}`, await readFile(at(name)));
    s3.calls.length = 0;
    const inBucket = `s3://results/slides/${name}`;
    const bucket = await planned(`of-bucket-${name}.json`, [inBucket, '--allow-urls', ...cut]);
    const local = await planned(`of-folder-${name}.json`, [at(name), ...cut]);
    expect(s3.calls.some(({ kind }) => kind === 'get')).toBe(false);
    const squares = (rows: string) => rows.match(new RegExp(`${name}#[^"]+`, 'g'));
    expect(squares(bucket.rows)?.length).toBeGreaterThan(0);
    expect(squares(bucket.rows)).toEqual(squares(local.rows));
    const { code, stderr } = await work(`of-bucket-${name}.json`, `squares-${name}`);
    expect(code, stderr).toBe(0);
    expect((await rowsIn(`squares-${name}`)).size).toBe(bucket.plan.images);
  }
});

test('a slide in a bucket is not opened without --allow-urls', async () => {
  s3.put('slides/closed.tif', await readFile(slideFile('deflate.tif')));
  s3.calls.length = 0;
  const args = ['s3://results/slides/closed.tif', '--tile-size', '40', '-o', at('no.json')];
  const { code, stderr } = await cli(['shards', 'plan', ...args, ...options.slice(0, 2)]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('UrlNotAllowedError')]);
  expect(s3.calls).toEqual([]);
});

test('needs --allow-urls, and images', async () => {
  const plan = (args: readonly string[]) =>
    cli(['shards', 'plan', ...args, '-o', at('no.json'), ...options.slice(0, 2)]);
  expect((await plan(['s3://results/scans'])).stderr).toContain('UrlNotAllowedError');
  expect((await plan(['s3://results/nothing', '--allow-urls'])).stderr).toContain(
    'NoImagesError: s3://results/nothing',
  );
});
