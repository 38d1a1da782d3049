// Judges: the files that the server holds, what it was asked for, the cache layout of huggingface_hub's guide
// "Understand caching", and its names of environment variables.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LoadOptions } from '../src/api.ts';
import { AbortedError, InvalidOptionError, UnknownOptionError } from '../src/errors.ts';
import * as hub from '../src/hub/errors.ts';
import { hubName } from '../src/hub/name.ts';
import { BiomedClip } from '../src/index.ts';
import { RepositoryCache } from '../src/node/hub/repository-cache.ts';
import { hubSettings } from '../src/node/hub/settings.ts';
import { openDirectory } from '../src/node/platform.ts';
import { DirectoryNotFoundError, NotCachedError } from '../src/platform/errors.ts';
import { readText } from '../src/platform/files.ts';
import { SAFETENSORS_FILE, TORCH_FILE } from '../weights/checkpoint.ts';
import { type Files, filesOf } from './support/changed-weights.ts';
import { cli } from './support/cli-run.ts';
import { HubServer, hashOf } from './support/hub-server.ts';
import { rejection } from './support/memory-files.ts';
import { seededModel } from './support/seeded-model.ts';

const REPO = 'org/tiny-clip';
const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];
const CONFIG = 'open_clip_config.json';
const adapter = process.env.BIOMEDCLIP_ADAPTER;

const server = new HubServer(REPO);
let files: Files;
let folder: string;
let cacheFolder: string;

beforeAll(async () => {
  const tiny = await seededModel({ preset: 'tiny', seed: 5 });
  files = new Map([...(await filesOf(tiny.path))].map(([name, bytes]) => [name, Uint8Array.from(bytes)]));
  await tiny.remove();
  await server.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'biomedclip-hub-'));
  cacheFolder = join(folder, 'cache');
  server.commits.clear();
  server.refs.clear();
  server.commit(
    ONE,
    new Map([...files, ['README.md', Buffer.from('about')], ['model.onnx', Buffer.from('other')]]),
  );
  server.access = undefined;
  server.trouble = () => undefined;
  server.take();
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

const WEIGHTS = `${SAFETENSORS_FILE} or ${TORCH_FILE} or model.safetensors or pytorch_model.bin`;
const at = (...path: string[]) => join(cacheFolder, 'models--org--tiny-clip', ...path);
const weights = () => files.get(SAFETENSORS_FILE) ?? new Uint8Array();

/** The SHA-256 of each file: comparing millions of bytes takes seconds. */
function sums(of: ReadonlyMap<string, Uint8Array>): Map<string, string> {
  return new Map([...of].map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]));
}

/** Opens the model's directory, and reads all that loading reads. */
async function open(source = REPO, { hub: more, ...options }: LoadOptions = {}) {
  const warnings: string[] = [];
  const directory = await openDirectory(source, {
    onWarning: ({ name, message }) => warnings.push(`${name}: ${message}`),
    ...options,
    hub: { endpoint: server.origin, cacheFolder, token: '', ...more },
  });
  const read = new Map<string, Uint8Array>();
  for (const file of files.keys()) {
    const found = await directory.open(file);
    if (found) read.set(file, await found.read(0, found.size));
    await found?.close();
  }
  return { directory, warnings, read: sums(read) };
}

/** All of the model's files that loading needs, as they are. */
const needed = () => new Map([...files].filter(([name]) => name !== 'vocab.txt'));
const whole = () => sums(needed());

describe('the name', () => {
  test.each([
    ['org/name', { repo: 'org/name', revision: 'main', bare: true }],
    ['org/name@v1.0', { repo: 'org/name', revision: 'v1.0', bare: true }],
    ['hf-hub:org/name', { repo: 'org/name', revision: 'main', bare: false }],
    ['hf-hub:org/name@refs/pr/3', { repo: 'org/name', revision: 'refs/pr/3', bare: false }],
    ['hf-hub:name', { repo: 'name', revision: 'main', bare: false }],
    ['https://huggingface.co/org/name', { repo: 'org/name', revision: 'main', bare: false }],
    ['https://huggingface.co/org/name/', { repo: 'org/name', revision: 'main', bare: false }],
    ['https://hf.co/org/name/tree/refs%2Fpr%2F3', { repo: 'org/name', revision: 'refs/pr/3', bare: false }],
    ['https://huggingface.co/org/name/blob/main/a.json', { repo: 'org/name', revision: 'main', bare: false }],
  ])('%s', (text, name) => {
    expect(hubName(text)).toEqual(name);
  });

  test.each([
    'name',
    './org/name',
    '../name',
    'a/b/c',
    'org/',
    '/name',
    'C:/models',
    'org/a--b',
    'org/a..b',
    'https://huggingface.co/org/name/resolve/main/',
    'https://huggingface.co/datasets/name',
    'https://example.org/org/name',
  ])('%s is none', (text) => {
    expect(hubName(text)).toBeUndefined();
  });

  test('a revision beside the name', () => {
    expect(hubName('org/name', { revision: 'v2' })?.revision).toBe('v2');
    expect(hubName('org/name@v2', { revision: 'v2' })?.revision).toBe('v2');
    expect(() => hubName('org/name@v1', { revision: 'v2' })).toThrow('revision must be v1, as the name says');
    expect(() => hubName('hf-hub:a/b/c')).toThrow(InvalidOptionError);
    for (const revision of ['../../etc', '/root', 'a//b', 'a/..', 'a b']) {
      expect(() => hubName('org/name', { revision })).toThrow('a branch, a tag or a commit hash');
    }
  });

  test('a directory of that name goes before it', async () => {
    const [before, inside] = [process.cwd(), join(folder, 'org', 'tiny-clip')];
    await fs.mkdir(inside, { recursive: true });
    process.chdir(folder);
    try {
      expect((await open()).directory.revision).toBeUndefined();
      expect(await rejection(open(REPO, { revision: 'main' }))).toBeInstanceOf(InvalidOptionError);
      expect((await open(`hf-hub:${REPO}`)).directory.revision).toBe(ONE);
    } finally {
      process.chdir(before);
    }
  });

  test('neither a path nor a name', async () => {
    expect(await rejection(open('no-such'))).toBeInstanceOf(DirectoryNotFoundError);
    expect(await rejection(open(folder, { revision: 'main' }))).toMatchObject({ option: 'revision' });
    const misspelt = { hub: { tokens: 'x' } } as LoadOptions;
    expect(await rejection(open(REPO, misspelt))).toBeInstanceOf(UnknownOptionError);
  });
});

describe('the environment', () => {
  const of = async (env: Record<string, string>) => hubSettings({}, { HOME: '/home/a', ...env });

  test('where the cache is', async () => {
    for (const [env, expected] of [
      [{}, '/home/a/.cache/huggingface/hub'],
      [{ XDG_CACHE_HOME: '/x' }, '/x/huggingface/hub'],
      [{ XDG_CACHE_HOME: '/x', HF_HOME: '~/hf' }, '/home/a/hf/hub'],
      [{ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old' }, '/old'],
      [{ HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '$HOME/n/c' }, '/home/a/n/c'],
    ] as [Record<string, string>, string][]) {
      expect((await of(env)).cacheFolder).toBe(expected);
    }
  });

  test('the token: the variable, then the file', async () => {
    await fs.writeFile(join(folder, 'token'), 'hf_file\n');
    await fs.writeFile(join(folder, 'other'), 'hf_other');
    expect((await of({ HF_HOME: folder })).token).toBe('hf_file');
    expect((await of({ HF_HOME: folder, HF_TOKEN_PATH: join(folder, 'other') })).token).toBe('hf_other');
    expect((await of({ HF_HOME: folder, HF_TOKEN: ' hf_a\n' })).token).toBe('hf_a');
    expect((await of({ HF_HOME: folder, HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).token).toBeUndefined();
    expect((await of({ HF_HOME: join(folder, 'none') })).token).toBeUndefined();
  });

  test('the endpoint and offline mode', async () => {
    expect(await of({})).toMatchObject({ endpoint: 'https://huggingface.co', offline: false });
    expect(await of({ HF_ENDPOINT: 'https://mirror.org/hub/' })).toMatchObject({
      endpoint: 'https://mirror.org/hub',
    });
    await expect(of({ HF_ENDPOINT: 'mirror' })).rejects.toThrow('HF_ENDPOINT must be an http(s) URL');
    expect(await of({ HF_HUB_OFFLINE: 'yes' })).toMatchObject({ offline: true });
    expect(await of({ HF_HUB_OFFLINE: '0' })).toMatchObject({ offline: false });
  });
});

describe('a download', () => {
  test('takes the files that are read, and lays them out as Python does', async () => {
    const { directory, read, warnings } = await open();
    expect(directory).toMatchObject({ name: REPO, revision: ONE });
    expect([read, warnings]).toEqual([whole(), []]);
    const asked = server.take();
    expect(asked.filter((call) => call.startsWith('api'))).toEqual([
      `api /api/models/${REPO}/revision/main`,
      `api /api/models/${REPO}/tree/${ONE}`,
    ]);
    const downloaded = asked
      .filter((call) => call.startsWith('resolve'))
      .map((call) => call.split('/').at(-1));
    expect(downloaded.sort()).toEqual([...needed().keys()].sort());

    expect(await fs.readFile(at('refs', 'main'), 'utf8')).toBe(ONE);
    expect((await fs.readdir(at('snapshots', ONE))).sort()).toEqual([...needed().keys()].sort());
    for (const [file, bytes] of needed()) {
      expect(await fs.readlink(at('snapshots', ONE, file))).toBe(`../../blobs/${hashOf(file, bytes)}`);
      expect((await fs.readFile(at('blobs', hashOf(file, bytes)))).equals(bytes)).toBe(true);
    }
    expect((await fs.readdir(at('blobs'))).length).toBe(needed().size);
  });

  test('a safetensors file goes before a torch file, which does alone', async () => {
    server.commit(ONE, new Map([...files, [TORCH_FILE, Buffer.from('torch')]]));
    await open();
    expect((await fs.readdir(at('snapshots', ONE))).includes(TORCH_FILE)).toBe(false);
    const torch = await seededModel({ preset: 'tiny', seed: 5, format: 'bin' });
    server.commit(TWO, await filesOf(torch.path));
    await torch.remove();
    await open();
    expect((await fs.readdir(at('snapshots', TWO))).includes(TORCH_FILE)).toBe(true);
  });

  test('loads, and says the commit', async () => {
    const stages = new Set<string>();
    let last = { done: 0, total: 0 };
    const options: LoadOptions = {
      adapter,
      hub: { endpoint: server.origin, cacheFolder },
      onProgress: ({ stage, ...amount }) => {
        stages.add(stage);
        if (stage === 'download') last = amount;
      },
    };
    await using model = await BiomedClip.load(REPO, options);
    expect(model.info).toMatchObject({ name: REPO, revision: ONE });
    expect([...stages]).toContain('download');
    const total = [...needed().values()].reduce((sum, { length }) => sum + length, 0);
    expect(last).toEqual({ done: total, total });
    expect((await model.embedBatch({ texts: ['bone'] })).texts.rows).toBe(1);
  });

  test('goes on where it ended', async () => {
    const half = Math.floor(weights().length / 2);
    const stop = new AbortController();
    server.trouble = ({ kind }) => (kind === 'cdn' ? { cutAfter: half } : undefined);
    const error = await rejection(
      open(REPO, {
        signal: stop.signal,
        onProgress: ({ done, total }) => {
          if (total - done <= weights().length - half) stop.abort();
        },
      }),
    );
    expect(error).toBeInstanceOf(AbortedError);
    const hash = hashOf(SAFETENSORS_FILE, weights());
    const { size } = await fs.stat(at('blobs', `${hash}.biomedclip-webgpu.incomplete`));
    expect(size).toBeGreaterThan(0);
    server.trouble = () => undefined;
    server.take();
    expect((await open()).read).toEqual(whole());
    expect(server.take().filter((call) => call.startsWith('cdn'))).toEqual([`cdn  from ${size}`]);
  });

  test('goes on by itself where a connection breaks', async () => {
    const step = Math.ceil(weights().length / 3);
    server.trouble = ({ kind }) => (kind === 'cdn' ? { cutAfter: step } : undefined);
    expect((await open()).read).toEqual(whole());
    const asked = server.take().filter((call) => call.startsWith('cdn'));
    const from = asked.map((call) => Number(call.split(' ').at(-1)));
    expect(from.length).toBeGreaterThanOrEqual(3);
    expect(from).toEqual([...new Set(from)].sort((a, b) => a - b)); // never from the beginning again
  });

  test('tries again after 429 and 503', async () => {
    const left = new Map([
      ['revision', 429],
      ['tree', 503],
      ['resolve', 500],
      ['cdn', 502],
    ]);
    server.trouble = ({ kind, path }) => {
      const what = [...left.keys()].find((key) => kind === key || path.includes(`/${key}/`));
      const status = what === undefined ? undefined : left.get(what);
      if (what === undefined || status === undefined) return undefined;
      left.delete(what);
      return { status, headers: { 'retry-after': '0' } };
    };
    expect((await open()).read).toEqual(whole());
    expect(left.size).toBe(0);
  });

  test('what is damaged on the way is refused, and removed', async () => {
    const hash = hashOf(SAFETENSORS_FILE, weights());
    const other = weights().map((byte) => 255 - byte);
    server.cdn.blobs.set(hash, other);
    const error = await rejection(open());
    expect(error).toBeInstanceOf(hub.HubFileHashError);
    expect(error).toMatchObject({ algorithm: 'SHA-256', expected: hash });
    expect((await fs.readdir(at('blobs'))).filter((name) => name.startsWith(hash))).toEqual([]);
    server.cdn.blobs.set(hash, weights());
    expect((await open()).read).toEqual(whole());
  });

  test('damage before an interruption is found, and downloaded again', async () => {
    const hash = hashOf(SAFETENSORS_FILE, weights());
    await fs.mkdir(at('blobs'), { recursive: true });
    await fs.writeFile(at('blobs', `${hash}.biomedclip-webgpu.incomplete`), Buffer.alloc(1000, 7));
    expect((await open()).read).toEqual(whole());
    expect(server.take().filter((call) => call.startsWith('cdn'))).toEqual(['cdn  from 1000', 'cdn ']);
  });

  test('only the missing file is downloaded', async () => {
    await open();
    server.take();
    await fs.rm(at('snapshots', ONE, 'tokenizer.json'));
    expect((await open()).read).toEqual(whole());
    expect(server.take().filter((call) => call.startsWith('resolve'))).toEqual([]); // its blob is there
    await fs.rm(at('snapshots', ONE, CONFIG));
    await fs.rm(at('blobs', hashOf(CONFIG, files.get(CONFIG) ?? new Uint8Array())));
    expect((await open()).read).toEqual(whole());
    expect(server.take().filter((call) => !call.startsWith('api'))).toEqual([
      `resolve /${REPO}/resolve/${ONE}/${CONFIG}`,
    ]);
  });

  test('a blob that another commit shares is not downloaded again', async () => {
    await open();
    const config = Buffer.from(`${Buffer.from(files.get(CONFIG) ?? [])}\n`);
    server.commit(TWO, new Map([...files, [CONFIG, config]]));
    server.take();
    expect((await open()).directory.revision).toBe(TWO);
    expect(server.take().filter((call) => !call.startsWith('api'))).toEqual([
      `resolve /${REPO}/resolve/${TWO}/${CONFIG}`,
    ]);
    expect(await fs.readFile(at('refs', 'main'), 'utf8')).toBe(TWO);
  });

  test('several at once, in this process and in another', async () => {
    const script = fileURLToPath(new URL('support/open-hub.ts', import.meta.url));
    const root = fileURLToPath(new URL('..', import.meta.url));
    server.trouble = ({ kind }) => (kind === 'cdn' ? { cutAfter: 1_500_000 } : undefined); // so that they take a while
    const argv = ['--import', './from-source.mjs', script, REPO, server.origin, cacheFolder];
    const others = [1, 2].map(() => promisify(execFile)(process.execPath, argv, { cwd: root }));
    const own = await Promise.all([open(), open(), open()]);
    for (const { read } of own) expect(read).toEqual(whole());
    for (const { stdout } of await Promise.all(others)) expect(stdout.trim()).toBe(ONE);
    expect((await fs.readdir(at('blobs'))).length).toBe(needed().size);
  }, 60_000);

  test('where links are refused, as on Windows, the file itself lies in the snapshot', async () => {
    const cache = new RepositoryCache(cacheFolder, REPO, async () => {
      throw Object.assign(new Error('no'), { code: 'EPERM' });
    });
    await fs.mkdir(at('blobs'), { recursive: true });
    await fs.writeFile(cache.blob('a'), 'bytes');
    await cache.link(ONE, CONFIG, 'a');
    expect((await fs.lstat(at('snapshots', ONE, CONFIG))).isFile()).toBe(true);
    expect(await cache.sizeOf(ONE, CONFIG)).toBe(5);
  });

  test('without a place in the cache, files are read from the hub, and a warning says so', async () => {
    await fs.writeFile(cacheFolder, 'a file where the folder should be');
    const { read, warnings, directory } = await open();
    expect([read, directory.revision]).toEqual([whole(), ONE]);
    expect(warnings).toEqual([expect.stringMatching(/^NotCachedError: .* cannot be written \(ENOTDIR\)/)]);
    expect(new NotCachedError('x').message).toContain('not kept');
  });

  test('cache: false keeps nothing', async () => {
    const { read, warnings } = await open(REPO, { cache: false });
    expect([read, warnings]).toEqual([whole(), []]);
    await expect(fs.access(cacheFolder, constants.F_OK)).rejects.toThrow('ENOENT');
  });
});

describe('the cache', () => {
  /** As Python's `hf download` leaves it. */
  async function pythonCache(commit: string, of: ReadonlyMap<string, Uint8Array>) {
    await fs.mkdir(at('blobs'), { recursive: true });
    await fs.mkdir(at('snapshots', commit), { recursive: true });
    await fs.mkdir(at('refs'), { recursive: true });
    await fs.writeFile(at('refs', 'main'), commit);
    for (const [file, bytes] of of) {
      await fs.writeFile(at('blobs', hashOf(file, bytes)), bytes);
      await fs.symlink(`../../blobs/${hashOf(file, bytes)}`, at('snapshots', commit, file));
    }
  }

  test('what Python has downloaded is not downloaded again', async () => {
    await pythonCache(ONE, files);
    expect((await open()).read).toEqual(sums(files));
    expect(server.take()).toEqual([`api /api/models/${REPO}/revision/main`]);
  });

  test('a whole commit hash needs no network', async () => {
    await pythonCache(ONE, files);
    await server.stop();
    try {
      expect((await open(`${REPO}@${ONE}`)).warnings).toEqual([]);
      expect((await open(REPO, { revision: ONE })).read).toEqual(sums(files));
    } finally {
      await server.start();
    }
    expect(server.take()).toEqual([]);
  });

  test('without the network the last known commit is loaded, and a warning says so', async () => {
    await pythonCache(ONE, files);
    server.commit(TWO, files);
    await server.stop();
    try {
      const { directory, warnings } = await open();
      expect(directory.revision).toBe(ONE);
      expect(warnings).toEqual([
        expect.stringMatching(`^HubNotAskedError: ${REPO}@main: loaded from the cache at commit ${ONE}`),
      ]);
    } finally {
      await server.start();
    }
    expect((await open()).directory.revision).toBe(TWO);
  });

  test('a model that is gone from the hub still loads', async () => {
    await pythonCache(ONE, files);
    server.access = { token: 'hf_owner', gated: false };
    expect((await open()).warnings).toEqual([expect.stringContaining('HubNotAskedError')]);
    expect(await rejection(open(`${REPO}@gone`))).toBeInstanceOf(hub.HubRepositoryNotFoundError);
  });

  test('open_clip in Python leaves the tokenizer out, which is all that is downloaded', async () => {
    const some = [CONFIG, SAFETENSORS_FILE].map(
      (file) => [file, files.get(file) ?? new Uint8Array()] as const,
    );
    await pythonCache(ONE, new Map(some));
    expect((await open()).read).toEqual(whole());
    const downloaded = server.take().filter((call) => !call.startsWith('api'));
    expect(downloaded.map((call) => call.split('/').at(-1)).sort()).toEqual([
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
  });

  test('files that the model does not have are remembered', async () => {
    const without = new Map([...files].filter(([file]) => file !== 'special_tokens_map.json'));
    server.commit(ONE, without);
    await open();
    expect(await fs.readFile(at('.no_exist', ONE, 'special_tokens_map.json'), 'utf8')).toBe('');
    server.take();
    await open(`${REPO}@${ONE}`);
    expect(server.take()).toEqual([]);
  });

  test('offline mode: from the cache, or an error that says what to do', async () => {
    process.env.HF_HUB_OFFLINE = '1';
    try {
      const none = await rejection(open());
      expect(none).toBeInstanceOf(hub.HubOfflineError);
      expect(String(none)).toContain(`hf download ${REPO} --local-dir biomedclip`);
      expect(String(none)).toContain(cacheFolder);
      await pythonCache(ONE, files);
      expect(await open()).toMatchObject({ read: sums(files), warnings: [] });
      await fs.rm(at('snapshots', ONE, 'special_tokens_map.json'));
      expect((await open()).warnings).toEqual([expect.stringContaining('HubUnknownFilesError')]);
      await fs.rm(at('snapshots', ONE, SAFETENSORS_FILE));
      expect(await rejection(open())).toMatchObject({ missing: [WEIGHTS] });
    } finally {
      delete process.env.HF_HUB_OFFLINE;
    }
    expect(server.take()).toEqual([]);
  });
});

describe('refusals', () => {
  test('no network: the one command to run, and where was looked', async () => {
    await server.stop();
    try {
      const error = await rejection(open());
      expect(error).toBeInstanceOf(hub.HubUnreachableError);
      expect(String(error)).toContain(`\`hf download ${REPO} --local-dir biomedclip\``);
      expect(String(error)).toContain(cacheFolder);
      expect(String(error)).toContain('ECONNREFUSED');
    } finally {
      await server.start();
    }
  });

  test('no such model', async () => {
    const error = await rejection(open('org/none'));
    expect(error).toBeInstanceOf(hub.HubRepositoryNotFoundError);
    expect(String(error)).toContain('there is neither such a directory here nor a model of that name');
    const named = await rejection(open('hf-hub:org/none', { hub: { token: 'hf_me' } }));
    expect(String(named)).toContain('there is no model of that name');
    expect(named).toMatchObject({ withToken: true });
  });

  test('a gated model needs a token that may', async () => {
    server.access = { token: 'hf_owner', gated: true };
    expect(await rejection(open())).toMatchObject({ status: 401, withToken: false });
    const refused = await rejection(open(REPO, { hub: { token: 'hf_me' } }));
    expect(refused).toBeInstanceOf(hub.HubAccessError);
    expect(refused).toMatchObject({ status: 403, withToken: true });
    expect(String(refused)).toContain(`accept its terms at ${server.origin}/${REPO}`);
    expect((await open(REPO, { hub: { token: 'hf_owner' } })).read).toEqual(whole());
  });

  test('the token goes to the hub alone', async () => {
    await open(REPO, { hub: { token: 'hf_owner' } });
    const tokens = new Map(server.calls.map(({ kind, token }) => [kind, token]));
    expect(Object.fromEntries(tokens)).toEqual({ api: 'hf_owner', resolve: 'hf_owner', cdn: undefined });
  });

  test('no such revision', async () => {
    for (const revision of ['v9', TWO]) {
      const error = await rejection(open(`${REPO}@${revision}`));
      expect(error).toBeInstanceOf(hub.HubRevisionNotFoundError);
      expect(error).toMatchObject({ repo: REPO, revision });
    }
    server.refs.set('v1', ONE);
    expect((await open(`${REPO}@v1`)).directory.revision).toBe(ONE);
    expect(await fs.readFile(at('refs', 'v1'), 'utf8')).toBe(ONE);
  });

  test('a model of another kind', async () => {
    server.commit(
      ONE,
      new Map([
        ['onnx/config.json', Buffer.from('{}')],
        ['model.onnx', weights()],
      ]),
    );
    const error = await rejection(open());
    expect(error).toBeInstanceOf(hub.HubNoCheckpointError);
    expect(error).toMatchObject({
      missing: [
        `${CONFIG} or config.json`,
        'tokenizer.json or vocab.txt or vocab.json with merges.txt or bpe_simple_vocab_16e6.txt.gz',
        WEIGHTS,
      ],
    });
    await expect(fs.access(cacheFolder)).rejects.toThrow('ENOENT');
  });

  test("transformers' layout, in several files: only what is read is downloaded", async () => {
    const [ONE_OF, TWO_OF] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const read = new Map([
      ['config.json', Buffer.from('{"model_type": "clip"}')],
      ['preprocessor_config.json', Buffer.from('{}')],
      ['tokenizer.json', Buffer.from('{}')],
      ['model.safetensors.index.json', Buffer.from('{}')],
      [ONE_OF, Buffer.from('one')],
      [TWO_OF, Buffer.from('two')],
    ]);
    const others = ['pytorch_model.bin', 'tf_model.h5', 'model-00001-of-00003.bin'];
    server.commit(ONE, new Map([...read, ...others.map((file) => [file, Buffer.from(file)] as const)]));
    const { directory } = await open();
    expect((await fs.readdir(at('snapshots', ONE))).sort()).toEqual([...read.keys()].sort());
    expect(await readText(directory, TWO_OF)).toBe('two');
    server.take();
    await open(`${REPO}@${ONE}`);
    expect(server.take()).toEqual([]); // all is there
    await fs.rm(at('snapshots', ONE, TWO_OF));
    expect(await readText((await open()).directory, TWO_OF)).toBe('two');
  });

  test("transformers' configuration of another kind of model, before its weights are downloaded", async () => {
    server.commit(
      ONE,
      new Map([
        ['config.json', Buffer.from('{"model_type": "bert"}')],
        ['vocab.txt', Buffer.from('a')],
        ['model.safetensors', weights()],
      ]),
    );
    expect(await rejection(open())).toBeInstanceOf(hub.HubNoCheckpointError);
    expect((await fs.readdir(at('snapshots', ONE))).sort()).toEqual(['config.json']);
  });

  test("a BERT's configuration beside open_clip's is downloaded too", async () => {
    server.commit(ONE, new Map([...files, ['config.json', Buffer.from('{"model_type": "bert"}')]]));
    const { directory } = await open();
    expect(await readText(directory, 'config.json')).toContain('bert');
  });

  test('a server that is no hub', async () => {
    server.trouble = () => ({ status: 200, headers: { 'content-type': 'text/html' } });
    expect(await rejection(open())).toBeInstanceOf(hub.HubAnswerError);
  });
});

test('--model takes a name, and stderr says the commit', async () => {
  const env = { HF_ENDPOINT: server.origin, HF_HUB_CACHE: cacheFolder };
  const before = Object.keys(env).map((key) => [key, process.env[key]] as const);
  Object.assign(process.env, env);
  try {
    const captions = join(folder, 'captions.txt');
    await fs.writeFile(captions, 'a bone\n');
    const out = join(folder, 'out');
    const argv = ['embed', '--captions', captions, '--out', out, '--model', REPO];
    const { code, stderr } = await cli([...argv, ...(adapter ? ['--adapter', adapter] : [])]);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`model: ${REPO} at commit ${ONE}`)]);
    const none = await cli(['embed', '--captions', captions, '--out', `${out}-none`, '--model', 'org/none']);
    expect([none.code, none.stderr]).toEqual([
      1,
      expect.stringContaining('HubRepositoryNotFoundError: org/none'),
    ]);
  } finally {
    for (const [key, value] of before) {
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
    }
  }
});
