// Workers that write into one bucket, while calls of every kind go wrong at random. The judge: an undisturbed run into a folder.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OpenedPlan, readPlan } from '../src/node/shards/plan.ts';
import { adapterOptions, cli, tinyModel, writeImages } from './support/cli-run.ts';
import { FakeS3, type Fault, type ObjectCall } from './support/fake-s3.ts';
import { seededUniform } from './support/numbers.ts';
import { OwnRedis, REDIS } from './support/redis.ts';

const s3 = new FakeS3();
let folder: string;
let options: string[];
let plan: OpenedPlan;
let undisturbed: Map<string, string>;
const at = (name: string) => join(folder, name);
const place = (prefix: string) => `s3://${s3.bucket}/${prefix}`;
beforeAll(async () => {
  await s3.start();
  s3.stubEnvironment({ AWS_MAX_ATTEMPTS: '12' });
  folder = await mkdtemp(join(tmpdir(), 'shards-objects-'));
  ({ options } = await tinyModel(folder));
  const names = Array.from({ length: 16 }, (_, i) => `${i}.png`);
  await writeImages(at('scans'), names);
  const rows = names.map((name, i) => `${name},caption ${i}`);
  await writeFile(at('scans/captions.csv'), ['image,caption', ...rows, ''].join('\n'));
  const inputs = [at('scans'), '--captions', at('scans/captions.csv'), '--rows', '2'];
  const { code, stderr } = await cli([
    ...['shards', 'plan', ...inputs, '-o', at('plan.json')],
    ...options.slice(0, 2),
  ]);
  expect(code, stderr).toBe(0);
  plan = await readPlan(at('plan.json'));
  expect((await work(at('folder'))).code).toBe(0);
  const files = (await readdir(at('folder'))).filter(isResult);
  undisturbed = new Map(
    await Promise.all(
      files.map(async (name) => [name, await readFile(at(`folder/${name}`), 'base64')] as const),
    ),
  );
  expect(undisturbed.size).toBe(2 * plan.shards.length); // rows and sums
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await s3.stop();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  s3.fault = () => undefined;
  s3.keyId = 'AKIAEXAMPLE';
  s3.heedsConditions = true;
});

const isResult = (name: string) => /\.(parquet|safetensors)$/.test(name);

async function work(out: string, args: readonly string[] = []) {
  const line = ['embed', '--shards', at('plan.json'), '-o', out, '--json', ...options, ...args];
  const { code, stdout, stderr } = await cli(line);
  return { code, stderr, counts: code === 0 ? (JSON.parse(stdout) as Record<string, number>) : {} };
}

/** Names and bytes of what lies below a prefix. */
function objectsIn(prefix: string): Map<string, string> {
  const there = [...s3.objects].filter(([key]) => key.startsWith(`${prefix}/`));
  return new Map(there.map(([key, { bytes }]) => [key.slice(prefix.length + 1), bytes.toString('base64')]));
}

function expectWhole(prefix: string): void {
  const there = objectsIn(prefix);
  expect(new Map([...there].filter(([name]) => isResult(name)).sort())).toEqual(
    new Map([...undisturbed].sort()),
  );
  const commits = plan.shards.map(({ id }) => `${id}.json`);
  const others = [...there.keys()].filter((name) => !isResult(name)).sort();
  expect(others).toEqual([...commits, '.probe', 'plan.json'].sort()); // no try is left
}

const FAULTS: Fault[] = [500, 503, 'reset before', 'reset after', 'cut'];

test.each([1, 2])(
  'several workers, and faults at random (seed %i): every row once, in the bytes of the folder',
  async (seed) => {
    const numbers = seededUniform(100_000, seed).values();
    const random = () => ((numbers.next().value ?? 0) + 1) / 2;
    const prefix = `random-${seed}`;
    const seen = new Map<ObjectCall['kind'], number>();
    s3.fault = ({ kind }) => {
      const count = seen.get(kind) ?? 0; // the first of each kind goes wrong for certain
      if (count > 0 && random() > 0.12) return undefined;
      seen.set(kind, count + 1);
      if (count === 0) return 'reset after';
      if (kind === 'put' && random() < 0.2) return 409;
      return FAULTS[Math.floor(random() * FAULTS.length)];
    };
    const workers = await Promise.all([
      work(place(prefix)),
      work(place(prefix)),
      work(place(prefix), ['--shard', '1/2']),
    ]);
    s3.fault = () => undefined;
    for (const { code, stderr } of workers) expect(code, stderr).toBe(0);
    expect(workers.reduce((sum, { counts }) => sum + (counts.committed ?? 0), 0)).toBe(plan.shards.length);
    expect(workers.map(({ counts }) => counts.other)).toEqual([0, 0, 0]);
    expectWhole(prefix);
    expect([...seen.keys()].sort()).toEqual(['delete', 'get', 'head', 'list', 'put']);
  },
  120_000,
);

test('one worker whose every first answer to a put is lost: all are its own', async () => {
  const put = new Set<string>();
  s3.fault = ({ kind, key }) => {
    if (kind !== 'put' || put.has(key)) return undefined;
    put.add(key);
    return 'reset after';
  };
  const { counts } = await work(place('lost'));
  expect(counts).toMatchObject({ committed: plan.shards.length, same: 0, other: 0 });
  expectWhole('lost');
});

test.skipIf(REDIS === undefined)('workers on a queue, into a bucket', async () => {
  await using redis = await OwnRedis.start();
  const line = [
    'worker',
    '--shards',
    at('plan.json'),
    '-o',
    place('queue'),
    '--redis',
    redis.url,
    ...options,
  ];
  const workers = await Promise.all([cli(line), cli(line)]);
  for (const { code, stderr } of workers) expect(code, stderr).toBe(0);
  expectWhole('queue');
});

test('what stands in a bucket is told, verified, measured and searched as in a folder', async () => {
  const results = place('lost');
  const run = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await cli([...args, '--json']);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  expect(await run(['shards', 'status', results])).toMatchObject({ shards: { done: 8, missing: 0 } });
  expect(await run(['shards', 'verify', results])).toMatchObject({ shards: 8, images: 16, strays: [] });
  expect(await run(['shards', 'retry', results])).toMatchObject({ retried: [] });
  for (const args of [
    ['gap', '--shards', 'IN', ...adapterOptions],
    ['search', 'caption 3', '--shards', 'IN', '--rows', 'images', ...options],
    ['tsne', '--shards', 'IN', '-o', at('map.csv'), '--force', '--perplexity', '5', ...adapterOptions],
  ]) {
    const of = async (place: string) => {
      const {
        provenance: _,
        seconds: __,
        ...result
      } = await run(args.map((arg) => (arg === 'IN' ? place : arg)));
      return result;
    };
    expect(await of(results)).toEqual(await of(at('folder')));
  }
});

test('a result that was damaged in the bucket is named', async () => {
  for (const [key, { bytes }] of [...s3.objects].filter(([key]) => key.startsWith('lost/'))) {
    s3.put(key.replace('lost', 'damaged'), bytes);
  }
  const [first = '', second = ''] = [...s3.objects.keys()].filter((key) => /^damaged.*\.parquet$/.test(key));
  const { bytes } = s3.objects.get(first) ?? expect.fail('nothing there');
  s3.put(first, Buffer.concat([bytes.subarray(0, 100), Buffer.from('x'), bytes.subarray(101)]));
  s3.objects.delete(second);
  const { code, stderr } = await cli(['shards', 'verify', place('damaged')]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('2 damaged')]);
  const gap = await cli(['gap', '--shards', place('damaged'), ...adapterOptions]);
  expect([gap.code, gap.stderr]).toEqual([1, expect.stringMatching(/another SHA-256|which is gone/)]);
});

describe('is refused by name', () => {
  test.each([
    [
      'other credentials',
      { keyId: 'another' },
      'results',
      'BucketAccessError: s3://results: .*InvalidAccessKeyId',
    ],
    ['a bucket that is not there', {}, 'absent', 'BucketAccessError: s3://absent: .*NoSuchBucket'],
    [
      'a store without conditions',
      { heedsConditions: false },
      'results',
      'ConditionalWriteError: s3://results/x',
    ],
  ])('%s', async (_, settings, bucket, message) => {
    Object.assign(s3, settings);
    const { code, stderr } = await work(`s3://${bucket}/x`);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message.replace(': ', '","message":"'))]);
    expect(objectsIn('x').has('plan.json')).toBe(false);
  });

  test.each([
    [['embed', 'a.png', '-o', 's3://results/x'], '--out "s3://results/x": only embed --shards and worker'],
    [['gap', 'a.npy', 'b.npy', '-o', 's3://results/x.csv'], 'only embed --shards and worker'],
    [['shards', 'plan', 'a.png', '-o', 's3://results/plan.json'], 'only embed --shards and worker'],
    [
      ['embed', '--shards', 'plan.json', '-o', 'gs://results/x'],
      '--out "gs://results/x": is no file or folder',
    ],
    [
      ['worker', '--shards', 'plan.json', '-o', 'file:///tmp/x'],
      '--out "file:///tmp/x": is no file or folder',
    ],
    [
      ['gap', 'a.npy', 'b.npy', '-o', 'https://host/x.csv'],
      '--out "https://host/x.csv": is no file or folder',
    ],
  ])('%j', async (args, message) => {
    const { code, stderr } = await cli(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
    expect(await readdir('.')).not.toContain('s3:');
  });

  test.each(['s3://', 's3:/results/x', 'S3:///x'])('an address without a bucket, %j', async (address) => {
    const { code, stderr } = await cli(['shards', 'status', address]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`ObjectAddressError: "${address}": must be`)]);
  });
});
