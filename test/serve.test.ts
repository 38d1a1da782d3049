// Requests over sockets to the command as it runs; the judge of numbers is the library, of the document a validator.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BiomedClip, type EmbedTokensResult, searchIndex, similarityMatrix } from '../src/index.ts';
import { adapterOptions, cli, tinyModel, writeImages } from './support/cli-run.ts';
import { type Running, serve as start } from './support/serve-run.ts';

const TOKEN = 'a-token-of-the-test-0123';
const TEXTS = ['a chest x-ray', 'a brain', 'the skin'];
const NAMES = ['a.png', 'b.png', 'c.png', 'd.png'];

let folder: string;
let scans: string;
let paths: string[];
let model: string[];
let server: Running;
let guarded: Running;
let narrow: Running;
let reference: EmbedTokensResult;
let files: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'biomedclip-serve-'));
  scans = join(folder, 'scans');
  paths = await writeImages(scans, NAMES);
  model = (await tinyModel(folder)).options;
  const loaded = await BiomedClip.load(join(folder, 'model'), { adapter: adapterOptions[1] });
  reference = await loaded.embedBatch({ images: paths, texts: TEXTS }, { output: 'tokens' });
  loaded.destroy();
  files = await Promise.all(paths.map(async (path) => (await readFile(path)).toString('base64')));
  server = await serve(
    '--folder',
    `scans=${scans}`,
    '--max-texts',
    '8',
    '--max-images',
    '4',
    '--max-body',
    '1',
  );
  guarded = await serve('--token', TOKEN, '--allow-origin', 'http://friend.example');
  narrow = await serve('--concurrency', '1', '--queue', '8', '--folder', `scans=${scans}`);
});

afterAll(async () => {
  for (const running of [server, guarded, narrow]) await running?.stop();
  await rm(folder, { recursive: true, force: true });
});

const serve = (...options: string[]): Promise<Running> => start([...options, ...model]);

async function post(path: string, body: unknown, { url } = server, headers: Record<string, string> = {}) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, json: JSON.parse(await response.text()) };
}

/** A request as a program writes it that is no browser. */
function raw(target: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(target, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end();
  });
}

const rowsOf = ({ data, rows, dim }: { data: Float32Array; rows: number; dim: number }) =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * dim, (i + 1) * dim)));

describe('answers', () => {
  test('embeddings are the library’s, bit by bit', async () => {
    const { status, json } = await post('/embeddings', { texts: TEXTS, images: files });
    expect(status).toBe(200);
    expect(json.texts.embeddings).toEqual(rowsOf(reference.texts));
    expect(json.images.embeddings).toEqual(rowsOf(reference.images));
    expect(json).toMatchObject({ dim: reference.texts.dim, untrained: true, truncated: [], skipped: [] });
    expect(JSON.stringify(json)).not.toContain(folder);
  });

  test('base64, data: URLs, images of folders and forms give the same', async () => {
    const images = [
      `data:image/png;base64,${files[0]}`,
      { id: 'second', data: files[1] },
      { folder: 'scans', image: 'c.png' },
    ];
    const { json } = await post('/embeddings', { images, encoding: 'base64' });
    expect(json.images.ids).toEqual(['0', 'second', 'scans/c.png']);
    const decoded = (json.images.embeddings as string[]).map((text) => {
      const bytes = Buffer.from(text, 'base64');
      return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
    });
    const form = new FormData();
    form.append('texts', TEXTS[0] ?? '');
    for (const [i, file] of files.slice(0, 3).entries()) {
      form.append('images', new Blob([Buffer.from(file, 'base64')]), NAMES[i]);
    }
    const response = await fetch(`${server.url}/embeddings`, { method: 'POST', body: form });
    const sent = JSON.parse(await response.text());
    expect(sent.images.ids).toEqual(NAMES.slice(0, 3));
    expectClose(sent.images.embeddings, rowsOf(reference.images).slice(0, 3));
    expectClose(decoded, rowsOf(reference.images).slice(0, 3));
    expectClose(sent.texts.embeddings, rowsOf(reference.texts).slice(0, 1));
  });

  test('OpenAI’s shape', async () => {
    const { json } = await post('/v1/embeddings', { model: 'any', input: TEXTS });
    expect(json.object).toBe('list');
    expect(json.data.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2]);
    expectClose(
      json.data.map(({ embedding }: { embedding: number[] }) => embedding),
      rowsOf(reference.texts),
    );
    const { rows, offsets } = reference.textTokens;
    expect(json.usage).toEqual({ prompt_tokens: rows, total_tokens: rows });
    const [last] = await Promise.all([TEXTS[2], TEXTS[0]].map((input) => post('/v1/embeddings', { input })));
    expect(last?.json.usage.prompt_tokens).toBe(rows - (offsets[2] ?? 0)); // its own, of a shared call
  });

  test('similarities are the library’s, of vectors and of inputs', async () => {
    const a = { vectors: rowsOf(reference.images) };
    const b = { vectors: rowsOf(reference.texts) };
    const matrix = await similarityMatrix(reference.images, reference.texts, { metric: 'euclidean' });
    const { json } = await post('/similarity', { a, b, metric: 'euclidean' });
    expect(json.values.flat()).toEqual(Array.from(matrix.data));
    const best = await similarityMatrix(reference.images, reference.texts, { topK: 2 });
    const top = (await post('/similarity', { a, b, topK: 2 })).json;
    expect(top.indices.flat()).toEqual(Array.from(best.indices));
    expect(top.values.flat()).toEqual(Array.from(best.values));
    const inputs = await post('/similarity', { a: { images: files }, b: { texts: TEXTS }, topK: 2 });
    expect(inputs.json.indices).toEqual(top.indices);
  });

  test('searches find what the library’s index does', async () => {
    const text = 'a chest x-ray';
    const embedded = (await post('/embeddings', { texts: [text] })).json.texts.embeddings[0] as number[];
    await using index = searchIndex();
    await index.add(reference.images, { ids: NAMES });
    const query = { data: Float32Array.from(embedded), rows: 1, dim: embedded.length };
    for (const topK of [1, 3, 4]) {
      const [hits = []] = await index.query(query, { topK });
      const { json } = await post('/search', { text, topK });
      expect(json.hits).toEqual(hits.map(({ id, cosine }) => ({ folder: 'scans', image: id, cosine })));
    }
  });

  test('search and zero-shot over a folder', async () => {
    const found = await post('/search', { image: files[2], topK: 2 });
    expect(found.json).toMatchObject({ searched: 4, unreadable: [] });
    expect(found.json.hits[0]).toMatchObject({ folder: 'scans', image: 'c.png' });
    const labels = ['chest', 'brain'];
    const { json } = await post('/zero-shot', { folder: 'scans', labels });
    const { stdout } = await cli(['zero-shot', scans, '--labels', labels.join(','), '--json', ...model]);
    const { results } = JSON.parse(stdout);
    for (const [i, { labels }] of json.results.entries()) {
      expect(labels[0].label).toBe(results[i].labels[0].label);
      expect(labels[0].probability).toBeCloseTo(results[i].labels[0].probability, 5);
    }
  });

  test('the OpenAPI document is valid and has every route', async () => {
    const document = JSON.parse(await (await fetch(`${server.url}/openapi.json`)).text());
    expect(await new Validator().validate(document)).toMatchObject({ valid: true });
    expect(Object.keys(document.paths).sort()).toEqual([
      '/embeddings',
      '/health',
      '/info',
      '/search',
      '/similarity',
      '/v1/embeddings',
      '/zero-shot',
    ]);
    const info = JSON.parse(await (await fetch(`${server.url}/info`)).text());
    expect(info).toMatchObject({ model: 'model', folders: ['scans'], limits: { texts: 8, images: 4 } });
  });
});

describe('what is wrong is said, and the server goes on', () => {
  test.each([
    ['no JSON', '/embeddings', '{', 400, 'RequestError'],
    ['an unknown field', '/embeddings', { texts: ['x'], surprise: 1 }, 400, 'surprise'],
    ['a key of every object', '/embeddings', '{"texts":["x"],"__proto__":{"polluted":1}}', 400, '__proto__'],
    ['nothing to embed', '/embeddings', {}, 400, 'at least one'],
    ['deep nesting', '/embeddings', `{"texts":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 400, 'texts.0'],
    ['a long body', '/embeddings', { texts: ['x'.repeat(1_000_001)] }, 413, '1,000,000 bytes'],
    ['many texts', '/embeddings', { texts: Array(9).fill('x') }, 413, 'at most 8 texts, got 9'],
    ['many images', '/embeddings', { images: Array(5).fill('AAAA') }, 413, 'at most 4 images, got 5'],
    ['no base64', '/embeddings', { images: ['http://169.254.169.254/'] }, 400, 'images[0]'],
    ['a URL', '/embeddings', { images: [{ url: 'http://169.254.169.254/' }] }, 403, 'UrlNotAllowedError'],
    ['a file: URL', '/embeddings', { images: [{ url: 'file:///etc/passwd' }] }, 400, 'http(s)'],
    [
      'a path outside',
      '/embeddings',
      { images: [{ folder: 'scans', image: '../model/a.png' }] },
      403,
      'OutsideFolderError',
    ],
    ['an unknown folder', '/search', { text: 'x', folders: ['constructor'] }, 404, 'there are scans'],
    ['text and image', '/search', { text: 'x', image: 'AAAA' }, 400, 'give either'],
    ['an infinite number', '/similarity', '{"a":{"vectors":[[1e999,1]]}}', 400, 'vectors.0.0'],
    ['a number beyond f32', '/similarity', { a: { vectors: [[1e300, 1]] } }, 422, 'NonFiniteVectorError'],
    ['NaN', '/similarity', '{"a":{"vectors":[[NaN]]}}', 400, 'RequestError'],
    ['a zero vector', '/similarity', { a: { vectors: [[0, 0]] } }, 422, 'ZeroVectorError'],
    ['vectors of two lengths', '/similarity', { a: { vectors: [[1], [1, 2]] } }, 400, 'a.vectors[1]'],
    [
      'a large matrix',
      '/similarity',
      { a: { vectors: Array(2001).fill([1]) }, topK: 2000 },
      413,
      'values of a matrix',
    ],
    ['more neighbours than rows', '/similarity', { a: { vectors: [[1]] }, topK: 2 }, 422, 'topK'],
    ['a label twice', '/zero-shot', { folder: 'scans', labels: ['x', 'x'] }, 400, 'labels[1]'],
    ['no such route', '/nothing', {}, 404, 'openapi.json'],
  ])('%s', async (_, path, body, status, said) => {
    const { status: actual, headers, json } = await post(path, body);
    expect(JSON.stringify(json)).toContain(said);
    expect(actual).toBe(status);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(json).toMatchObject({ type: 'about:blank', status });
    expect(JSON.stringify(json).length).toBeLessThan(6000);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('a bad image among good ones is named, or left out where that is asked for', async () => {
    const images = [files[0], { id: 'broken.png', data: files[1]?.slice(0, 60) }, files[2]];
    const failed = await post('/embeddings', { images });
    expect(failed.status).toBe(422);
    expect(failed.json).toMatchObject({ title: 'ImageInputError' });
    expect(failed.json.detail).toContain('images[1] (broken.png)');
    const { status, json } = await post('/embeddings', { images, onError: 'skip' });
    expect(status).toBe(200);
    expect(json.images.ids).toEqual(['0', '2']);
    expect(json.skipped).toMatchObject([{ kind: 'image', index: 1, id: 'broken.png' }]);
  });

  test('a small file of many pixels is refused by its header', async () => {
    const bomb = (await pngOf(20_000, 20_000)).toString('base64');
    const { status, json } = await post('/embeddings', { images: [bomb] });
    expect(status).toBe(413);
    expect(json.detail).toContain('20000 x 20000');
  });

  test('another content type is refused', async () => {
    const { status } = await post('/search', { text: 'x' }, server, { 'Content-Type': 'text/plain' });
    expect(status).toBe(415);
  });

  test('a body of unknown length is cut at the limit', async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(100_000).fill(32));
      },
    });
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, duplex: 'half' };
    const status = await fetch(`${server.url}/search`, init as RequestInit).then(
      (response) => response.status,
      () => 413, // the connection is closed while the client still sends
    );
    expect(status).toBe(413);
    expect((await post('/search', { text: 'x' })).status).toBe(200);
  });
});

describe('who may ask', () => {
  test('another Host is refused on loopback, against DNS rebinding', async () => {
    expect(await raw(`${server.url}/health`, { Host: 'evil.example' })).toBe(403);
    expect(await raw(`${server.url}/health`, { Host: 'localhost.evil.example:80' })).toBe(403);
    expect(await raw(`${server.url}/health`, { Host: 'localhost:1234' })).toBe(200);
    expect(await raw(`${server.url}/health`, { Host: '[::1]:1234' })).toBe(200);
  });

  test('pages of other origins are refused, and CORS is off', async () => {
    expect(await raw(`${server.url}/info`, { Origin: 'http://evil.example' })).toBe(403);
    expect(await raw(`${server.url}/info`, { Origin: 'null' })).toBe(403);
    expect(await raw(`${server.url}/info`, { 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
    const response = await fetch(`${server.url}/info`);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a token is asked for, but by /health; an allowed origin gets its headers', async () => {
    expect(await raw(`${guarded.url}/health`, {})).toBe(200);
    const { status, headers, json } = await post('/embeddings', { texts: ['x'] }, guarded);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('Bearer');
    expect(json.title).toBe('UnauthorizedError');
    const wrong = await post('/embeddings', { texts: ['x'] }, guarded, { Authorization: `Bearer ${TOKEN}x` });
    expect(wrong.status).toBe(401);
    const right = { Authorization: `Bearer ${TOKEN}`, Origin: 'http://friend.example' };
    const answered = await post('/embeddings', { texts: ['x'] }, guarded, right);
    expect(answered.status).toBe(200);
    expect(answered.headers.get('access-control-allow-origin')).toBe('http://friend.example');
  });

  test('a host that others reach needs a token, of some length', async () => {
    const open = await cli(['serve', '--host', '0.0.0.0', ...model]);
    expect(open).toMatchObject({ code: 2 });
    expect(open.stderr).toContain('--without-token');
    const short = await cli(['serve', '--token', 'short', ...model]);
    expect(short).toMatchObject({ code: 2 });
  });

  test('a port that is taken is named', async () => {
    const { code, stderr } = await cli(['serve', '--port', new URL(server.url).port, ...model]);
    expect(code).toBe(1);
    expect(stderr).toContain('ListenError: 127.0.0.1:');
  });
});

describe('under load', () => {
  test('50 at once against a queue of 8: each gets its own answer, or 503 with Retry-After', async () => {
    const texts = Array.from({ length: 50 }, (_, i) => `a scan of number ${i}`);
    const alone = await Promise.all(
      texts.map(async (text) => (await post('/embeddings', { texts: [text] })).json.texts.embeddings),
    );
    const image = await largeImage();
    const answers = await Promise.all(
      texts.map((text) => post('/embeddings', { texts: [text], images: [image] }, narrow)),
    );
    const done = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 503);
    expect(done.length + refused.length).toBe(50);
    expect(done.length).toBeGreaterThanOrEqual(9); // one runs and eight wait
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers, json } of refused) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(json.title).toBe('QueueFullError');
    }
    for (const [i, { status, json }] of answers.entries()) {
      if (status === 200) expectClose(json.texts.embeddings, alone[i]);
    }
    expect((await post('/search', { text: 'x' }, narrow)).status).toBe(200);
    const info = JSON.parse(await (await fetch(`${narrow.url}/info`)).text());
    expect(info.queue).toMatchObject({ running: 0, waiting: 0 });
  });

  test('concurrent requests of the wide server are neither lost nor mixed up', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        post('/embeddings', { texts: [TEXTS[i % 3]], images: [files[i % 4]] }),
      ),
    );
    for (const [i, { status, json }] of answers.entries()) {
      expect(status).toBe(200);
      expectClose(json.texts.embeddings, [rowsOf(reference.texts)[i % 3] ?? []]);
      expectClose(json.images.embeddings, [rowsOf(reference.images)[i % 4] ?? []]);
    }
  });

  test('a client that goes frees its place', async () => {
    const gone = new AbortController();
    const image = await largeImage();
    const sent = Array.from({ length: 9 }, () =>
      fetch(`${narrow.url}/embeddings`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ images: [image] }),
        signal: gone.signal,
      }).then(
        ({ status }) => status,
        () => 'gone',
      ),
    );
    const state = async () => JSON.parse(await (await fetch(`${narrow.url}/info`)).text()).queue;
    await expect.poll(async () => (await state()).running).toBe(1);
    gone.abort();
    await Promise.all(sent);
    await expect.poll(state).toMatchObject({ running: 0, waiting: 0 });
  });

  test('a request that takes too long is ended with 504', async () => {
    const hasty = await serve('--timeout', '0.001');
    try {
      const { status, json } = await post('/embeddings', { texts: ['x'] }, hasty);
      expect([408, 504]).toContain(status);
      expect(json?.title ?? 'RequestTimeoutError').toBe('RequestTimeoutError');
    } finally {
      await hasty.stop();
    }
  });

  test('a client that sends a byte at a time is cut off', async () => {
    const slow = await serve('--timeout', '2');
    try {
      const socket = connect(Number(new URL(slow.url).port), '127.0.0.1');
      socket.write(
        'POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
      );
      const drip = setInterval(() => socket.write(' '), 300);
      socket.on('error', () => {});
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
      clearInterval(drip);
      expect((await post('/similarity', { a: { vectors: [[1]] } }, slow)).status).toBe(200);
    } finally {
      await slow.stop();
    }
  });
});

test('at the end what runs is finished, and nothing new is taken', async () => {
  const ending = await serve();
  const image = await largeImage();
  const last = post('/embeddings', { images: [image] }, ending);
  await expect
    .poll(async () => JSON.parse(await (await fetch(`${ending.url}/info`)).text()).queue.running)
    .toBe(1);
  const code = ending.stop();
  expect((await last).status).toBe(200);
  expect(await code).toBeGreaterThanOrEqual(130);
  await wait(50);
  await expect(fetch(`${ending.url}/health`)).rejects.toThrow();
});

function expectClose(actual: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, row] of actual.entries()) {
    const other = expected[i] ?? [];
    expect(row.length).toBe(other.length);
    expect(Math.max(...row.map((value, d) => Math.abs(value - (other[d] ?? Number.NaN))))).toBeLessThan(1e-5);
  }
}

/** One that takes a while to decode, as base64. */
async function largeImage(): Promise<string> {
  const create = { width: 5000, height: 5000, channels: 3 as const, background: 'grey' };
  return (await sharp({ create }).png().toBuffer()).toString('base64');
}

/** A small PNG whose header claims so many pixels. */
async function pngOf(width: number, height: number): Promise<Buffer> {
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'black' } })
    .png()
    .toBuffer();
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}
