// A bucket in which every kind of call goes wrong in every way once, and then for good.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Bucket } from '../src/node/object-store/bucket.ts';
import { objectSource } from '../src/node/object-store/object-source.ts';
import { ObjectResults } from '../src/node/shards/object-results.ts';
import { FakeS3, type Fault, type ObjectCall } from './support/fake-s3.ts';

/** Milliseconds: long enough for a machine that is busy with other tests. */
const SILENCE = 3000;

const s3 = new FakeS3();
let bucket: Bucket;
beforeAll(() => s3.start());
afterAll(() => s3.stop());
beforeEach(() => {
  s3.stubEnvironment({ AWS_EC2_METADATA_DISABLED: 'true' });
  bucket = new Bucket(s3.bucket, { silence: SILENCE, pause: 2 });
  s3.objects.clear();
  s3.calls.length = 0;
});
afterEach(() => {
  s3.fault = () => undefined;
  s3.keyId = 'AKIAEXAMPLE';
  s3.heedsConditions = true;
  s3.pageSize = 1000;
  vi.unstubAllEnvs();
});

const bytes = (text: string) => Buffer.from(text);
const text = (content: Uint8Array | undefined) => content && Buffer.from(content).toString();

/** A call of each kind, and what it gives. */
const CALLS: Record<ObjectCall['kind'], () => Promise<unknown>> = {
  put: () => bucket.putIfAbsent('new', bytes('content')),
  get: async () => text(await bucket.get('there')),
  range: async () => text(await bucket.getRange('there', { size: 7, etag: etag() }, 1, 3)),
  head: async () => (await bucket.facts('there'))?.size,
  list: async () => (await bucket.list('th')).map(({ key }) => key),
  delete: () => bucket.remove('there'),
};
const GIVES = { put: true, get: 'content', range: 'ont', head: 7, list: ['there'], delete: undefined };
const KINDS = Object.keys(CALLS) as ObjectCall['kind'][];
const FAULTS: Fault[] = [500, 503, 'reset before', 'reset after', 'cut', 'halt'];
const etag = () => s3.objects.get('there')?.etag ?? '';

describe.each(KINDS)('%s', (kind) => {
  beforeEach(() => s3.put('there', bytes('content')));

  test.each(FAULTS)('is tried again after %s', async (fault) => {
    let calls = 0;
    s3.fault = (call) => (call.kind === kind && calls++ === 0 ? fault : undefined);
    expect(await CALLS[kind]()).toEqual(GIVES[kind]);
    if (kind === 'put') expect(text(s3.objects.get('new')?.bytes)).toBe('content');
    if (kind === 'delete') expect(s3.objects.size).toBe(0);
  });

  test.runIf(kind === 'put')('is tried again however many calls went wrong before', async () => {
    const tried = new Set<string>();
    s3.fault = (call) => {
      if (call.kind !== 'put' || tried.has(call.key)) return undefined;
      tried.add(call.key);
      return 'reset after';
    };
    for (let i = 0; i < 150; i++)
      expect(await bucket.putIfAbsent(`new-${i}`, bytes('content')), `put ${i}`).toBe(true);
  });

  test('fails by name where it always goes wrong', async () => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '2');
    bucket = new Bucket(s3.bucket, { silence: SILENCE, pause: 2 });
    s3.fault = () => 500;
    await expect(CALLS[kind]()).rejects.toMatchObject({
      name: 'ObjectStoreError',
      message: expect.stringMatching(/^s3:\/\/results\/\w+: cannot be \w+: (InternalError|HTTP 500): /),
    });
    expect(s3.calls).toHaveLength(2);
  });

  test('of a stranger, and of a bucket that is not there', async () => {
    s3.keyId = 'another';
    const named = { name: 'BucketAccessError', bucket: s3.bucket };
    await expect(CALLS[kind]()).rejects.toMatchObject(named);
    s3.keyId = 'AKIAEXAMPLE';
    bucket = new Bucket('absent');
    if (kind === 'head') return; // which has no body to say what is missing
    await expect(CALLS[kind]()).rejects.toThrow('s3://absent: cannot be used: NoSuchBucket');
  });
});

describe('an object that is put if absent', () => {
  test('is there once, of whoever comes first', async () => {
    const buckets = Array.from({ length: 8 }, () => new Bucket(s3.bucket));
    const put = await Promise.all(buckets.map((one, i) => one.putIfAbsent('key', bytes(`of ${i}`))));
    expect(put.filter(Boolean)).toHaveLength(1);
    expect(text(await bucket.get('key'))).toBe(`of ${put.indexOf(true)}`);
  });

  test('is its own, though the answer was lost; and another’s of the same bytes is not', async () => {
    let calls = 0;
    s3.fault = ({ kind }) => (kind === 'put' && calls++ < 2 ? 'reset after' : undefined);
    expect(await bucket.putIfAbsent('key', bytes('same'))).toBe(true);
    expect(s3.calls.map(({ kind }) => kind)).toEqual(['put', 'put', 'put', 'head']);
    calls = 0;
    expect(await new Bucket(s3.bucket).putIfAbsent('key', bytes('same'))).toBe(false);
  });

  test('is tried again where two were at it, and where it was removed meanwhile', async () => {
    let calls = 0;
    s3.fault = ({ kind }) => (kind === 'put' && calls++ < 2 ? 409 : undefined);
    expect(await bucket.putIfAbsent('key', bytes('content'))).toBe(true);
    s3.fault = ({ kind }) => {
      if (kind === 'head') s3.objects.delete('key');
      return undefined;
    };
    expect(await bucket.putIfAbsent('key', bytes('again'))).toBe(true);
    expect(text(s3.objects.get('key')?.bytes)).toBe('again');
  });

  test('is given up where its name is taken, and nothing has it', async () => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '3');
    bucket = new Bucket(s3.bucket, { silence: SILENCE, pause: 2 });
    s3.fault = ({ kind }) => {
      if (kind === 'put') s3.put('key', bytes('of nobody'));
      else s3.objects.clear();
      return undefined;
    };
    await expect(bucket.putIfAbsent('key', bytes('content'))).rejects.toMatchObject({
      name: 'ObjectStoreError',
      message: expect.stringContaining(
        's3://results/key: cannot be written: its name is taken, and nothing has it',
      ),
    });
    expect(s3.calls).toHaveLength(6);
  });

  test('is not there by half: what came damaged is not stored', async () => {
    await bucket.putIfAbsent('key', new Uint8Array(3_000_000).fill(7));
    const { bytes: stored } = s3.objects.get('key') ?? expect.fail('not there');
    expect(stored.equals(Buffer.alloc(3_000_000, 7))).toBe(true); // its CRC-32 was sent, and compared by the server
  });
});

test('ranges are of one version, and within the object', async () => {
  s3.put('file', bytes('0123456789'));
  const source = (await objectSource(bucket, 'file')) ?? expect.fail('not there');
  expect(text(await source.read(3, 4))).toBe('3456');
  expect(await source.read(10, 0)).toHaveLength(0);
  await expect(source.read(8, 3)).rejects.toThrow('has 10 bytes, asked for 3 from 8');
  s3.put('file', bytes('9876543210'));
  await expect(source.read(0, 4)).rejects.toMatchObject({ name: 'FileChangedError' });
  s3.objects.clear();
  await expect(source.read(0, 4)).rejects.toThrow('s3://results/file: cannot be read: it is gone');
  expect(await objectSource(bucket, 'file')).toBeUndefined();
});

test('a list of several pages, without what lies below', async () => {
  s3.pageSize = 3;
  const keys = Array.from({ length: 8 }, (_, i) => `p/${i}`);
  for (const key of [...keys, 'p/below/9', 'q']) s3.put(key, bytes('x'));
  expect((await bucket.list('p/')).map(({ key }) => key)).toEqual(keys);
  expect((await bucket.list('p/', { deep: true })).map(({ key }) => key)).toEqual([...keys, 'p/below/9']);
});

describe('a store of results', () => {
  const results = (key: string) => new ObjectResults({ bucket: s3.bucket, key }, async () => bucket);

  test('that replaces objects is refused, before anything is put', async () => {
    s3.heedsConditions = false;
    await expect(results('run').prepare()).rejects.toMatchObject({
      name: 'ConditionalWriteError',
      message: expect.stringContaining('s3://results/run: this object store does not heed If-None-Match'),
    });
  });

  test('is asked once: what was put twice by another worker is enough', async () => {
    await results('run').prepare();
    const { length } = s3.calls;
    await results('run').prepare();
    expect(s3.calls.slice(length).map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'put 412',
      'head 200',
    ]);
  });

  test.each(['', 'a/b'])('names are below its prefix (%j)', async (key) => {
    const store = results(key);
    expect(await store.within('tries').putIfAbsent('t.json', bytes('{}'))).toBe(true);
    expect(await store.putIfAbsent('x.json', bytes('{}'))).toBe(true);
    expect([await store.list(), await store.list('y'), await store.within('tries').list('t')]).toEqual([
      ['x.json'],
      [],
      ['t.json'],
    ]);
    expect([...s3.objects.keys()].sort()).toEqual(
      ['tries/t.json', 'x.json'].map((name) => (key === '' ? name : `${key}/${name}`)),
    );
  });

  test('a result that is damaged is named, with its commit to be deleted', async () => {
    const store = results('run');
    const stored = { file: 'a.parquet', bytes: 3, sha256: 'of other bytes' };
    expect(await store.open(stored)).toBeUndefined();
    await store.putIfAbsent('a.parquet', bytes('abc'));
    await expect(store.open(stored)).rejects.toThrow(
      's3://results/run: shards are not whole: 1 damaged (a.parquet has another SHA-256',
    );
    expect(await store.facts('a.parquet')).toMatchObject({ bytes: 3 });
  });
});
