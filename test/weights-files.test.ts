// Judge: the bytes that were put there; RFC 9110 for what a server may answer to a Range request.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoadOptions } from '../src/api.ts';
import { AbortedError, InvalidOptionError } from '../src/errors.ts';
import { withGivenConfig } from '../src/model/given-config.ts';
import {
  localDirectorySink,
  openLocalCheckpoint,
  openLocalDirectory,
  writeLocalFile,
} from '../src/node/files.ts';
import { platform } from '../src/node/platform.ts';
import * as errors from '../src/platform/errors.ts';
import { readText } from '../src/platform/files.ts';
import { urlCheckpoint } from '../src/platform/url-checkpoint.ts';
import { urlDirectory } from '../src/platform/url-files.ts';
import { rejection } from './support/memory-files.ts';

const content = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 256);

describe('on disk', () => {
  let path: string;
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), 'biomedclip-files-'));
  });
  afterAll(() => rm(path, { recursive: true, force: true }));

  test('reads ranges of what was written in pieces', async () => {
    await localDirectorySink(join(path, 'new', 'folder')).write(
      'a.bin',
      (async function* () {
        yield content.subarray(0, 400);
        yield content.subarray(400);
      })(),
    );
    const directory = await openLocalDirectory(join(path, 'new', 'folder'));
    const source = await directory.open('a.bin');
    expect(source?.size).toBe(1000);
    expect(await source?.read(390, 20)).toEqual(content.slice(390, 410));
    expect(await rejection(source?.read(990, 11) ?? Promise.resolve())).toBeInstanceOf(errors.FileRangeError);
    await source?.close();
    expect(await directory.open('b.bin')).toBeUndefined();
    expect(await readText(directory, 'b.bin')).toBeUndefined();
  });

  test('a write that fails leaves the old file and nothing else', async () => {
    const file = join(path, 'kept', 'a.txt');
    await writeLocalFile(file, (sink) => sink.write(Buffer.from('old')));
    const failing = writeLocalFile(file, async (sink) => {
      await sink.write(Buffer.from('new'));
      throw new Error('disk on fire');
    });
    expect(String(await rejection(failing))).toContain('disk on fire');
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(join(path, 'kept'))).toEqual(['a.txt']);
  });

  test('no directory, a file for a directory, and a directory for a file', async () => {
    await writeFile(join(path, 'file'), 'x');
    await mkdir(join(path, 'sub'));
    for (const wrong of ['nothing', 'file']) {
      expect(await rejection(openLocalDirectory(join(path, wrong)))).toBeInstanceOf(
        errors.DirectoryNotFoundError,
      );
    }
    const directory = await openLocalDirectory(path);
    expect(await rejection(directory.open('sub'))).toBeInstanceOf(errors.FileReadError);
  });

  test('a weights file with what lies beside it', async () => {
    await writeFile(join(path, 'epoch_5.pt'), 'weights');
    await writeFile(join(path, 'vocab.txt'), 'words');
    const directory = await openLocalCheckpoint(join(path, 'epoch_5.pt'));
    expect(directory).toMatchObject({ name: join(path, 'epoch_5.pt'), weights: 'epoch_5.pt' });
    expect(await readText(directory, 'vocab.txt')).toBe('words');
    expect((await openLocalCheckpoint(path)).weights).toBeUndefined();
    await expect(openLocalCheckpoint(join(path, 'none.pt'))).rejects.toThrow(errors.DirectoryNotFoundError);
  });

  test('a configuration that lies elsewhere, and its tokenizer where there is no other', async () => {
    for (const [folder, vocabulary] of [
      ['with', 'mine'],
      ['without', undefined],
      ['given', 'theirs'],
    ] as const) {
      await mkdir(join(path, folder));
      if (vocabulary) await writeFile(join(path, folder, 'vocab.txt'), vocabulary);
    }
    const config = join(path, 'given', 'own.json');
    await writeFile(config, '{"model_cfg":{}}');
    const given = async (folder: string, source: LoadOptions['config']) =>
      withGivenConfig(platform, await openLocalDirectory(join(path, folder)), source);
    const json = '{"model_cfg":{}}';
    expect(await given('with', config)).toMatchObject({ config: { name: config, json } });
    expect(await readText(await given('with', config), 'vocab.txt')).toBe('mine');
    expect(await readText(await given('without', pathToFileURL(config)), 'vocab.txt')).toBe('theirs');
    expect(await given('with', new Blob([json]))).toMatchObject({ config: { json } });
    expect(await given('with', { model_cfg: {} })).toMatchObject({ config: { json } });
    await expect(given('with', join(path, 'none.json'))).rejects.toThrow(errors.FileReadError);
    await expect(given('with', join(path, 'given'))).rejects.toThrow(InvalidOptionError);
  });

  test('a file cut while it is read', async () => {
    await writeFile(join(path, 'cut'), content);
    const source = await (await openLocalDirectory(path)).open('cut');
    await writeFile(join(path, 'cut'), content.subarray(0, 10));
    expect(await rejection(source?.read(0, 20) ?? Promise.resolve())).toBeInstanceOf(errors.FileReadError);
    await source?.close();
  });
});

test('a weights file behind a URL, with what lies beside it', async () => {
  const opened: string[] = [];
  const open = async (url: string) => void opened.push(url);
  const file = urlCheckpoint('http://x/runs/epoch%205.pt?token=t', open as () => Promise<undefined>);
  expect(file).toMatchObject({ weights: 'epoch 5.pt' });
  const folder = urlCheckpoint('http://x/runs/v1.2', open as () => Promise<undefined>);
  expect(folder.weights).toBeUndefined();
  for (const directory of [file, folder]) await directory.open('vocab.txt');
  expect(opened.splice(0)).toEqual(['http://x/runs/vocab.txt?token=t', 'http://x/runs/v1.2/vocab.txt']);
  for (const name of ['a%23%3F%25.pt', 'b%3Ac.pt']) {
    const odd = urlCheckpoint(`http://x/runs/${name}?token=t`, open as () => Promise<undefined>);
    await odd.open(odd.weights ?? '');
    expect(opened.splice(0)).toEqual([`http://x/runs/${name}?token=t`]);
  }
});

describe('behind a URL', () => {
  let server: Server;
  let base: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const requests: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim());
      answer(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** As a static server does: 206 with Content-Range. */
  const ranges =
    (headers: Record<string, string> = {}, expose = true) =>
    ({ method, headers: { range } }: IncomingMessage, response: ServerResponse) => {
      const [, start, end] = /bytes=(\d+)-(\d+)/.exec(range ?? '') ?? [];
      const slice = content.subarray(Number(start ?? 0), Number(end ?? content.length - 1) + 1);
      const total = expose ? { 'content-range': `bytes ${start}-${end}/${content.length}` } : {};
      response.writeHead(range ? 206 : 200, {
        ...headers,
        ...(range ? total : {}),
        'content-length': slice.length,
      });
      response.end(method === 'HEAD' ? undefined : slice);
    };

  test('reads the ranges that are asked for, and no more', async () => {
    answer = ranges({ etag: '"1"' });
    requests.length = 0;
    const source = await urlDirectory(base).open('a.bin');
    expect(source).toMatchObject({ name: `${base}/a.bin`, size: 1000 });
    expect(await source?.read(390, 20)).toEqual(content.slice(390, 410));
    expect(await source?.read(5, 0)).toHaveLength(0);
    expect(await rejection(source?.read(990, 11) ?? Promise.resolve())).toBeInstanceOf(errors.FileRangeError);
    expect(requests).toEqual(['GET /model/a.bin bytes=0-0', 'GET /model/a.bin bytes=390-409']);
  });

  test('keeps the query, as signed addresses need it', async () => {
    requests.length = 0;
    await urlDirectory(`${base}/?token=x`).open('a.bin');
    expect(requests).toEqual(['GET /model/a.bin?token=x bytes=0-0']);
  });

  test('asks by HEAD where Content-Range is hidden', async () => {
    answer = ranges({}, false);
    expect((await urlDirectory(base).open('a.bin'))?.size).toBe(1000);
  });

  test('nothing there', async () => {
    answer = (_, response) => response.writeHead(404).end('no');
    expect(await urlDirectory(base).open('a.bin')).toBeUndefined();
  });

  test('an empty file', async () => {
    answer = (_, response) => response.writeHead(416, { 'content-range': 'bytes */0' }).end();
    expect(await readText(urlDirectory(base), 'a.txt')).toBe('');
  });

  test('a server without Range requests: small files whole, large ones not', async () => {
    answer = (_, response) => response.end('hello');
    expect(await readText(urlDirectory(base), 'a.txt')).toBe('hello');
    answer = (_, response) => response.writeHead(200, { 'content-length': 17 * 2 ** 20 }).write('x');
    expect(await rejection(urlDirectory(base).open('a.bin'))).toBeInstanceOf(errors.RangeNotSupportedError);
  });

  test.each([403, 500])('status %i', async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    const error = await rejection(urlDirectory(base).open('a.bin'));
    expect(error).toBeInstanceOf(errors.HttpStatusError);
    expect(error).toMatchObject({ status, url: `${base}/a.bin` });
  });

  test('a file that changes between two reads', async () => {
    answer = ranges({ etag: '"1"' });
    const source = await urlDirectory(base).open('a.bin');
    answer = ranges({ etag: '"2"' });
    expect(await rejection(source?.read(0, 10) ?? Promise.resolve())).toBeInstanceOf(errors.FileChangedError);
  });

  test('a connection that breaks off', async () => {
    answer = (request) => request.socket.destroy();
    expect(await rejection(urlDirectory(base).open('a.bin'))).toBeInstanceOf(errors.FileReadError);
    answer = ranges();
    const source = await urlDirectory(base).open('a.bin');
    answer = (request, response) => {
      response.writeHead(206, { 'content-length': 10 }).write('12345', () => request.socket.destroy());
    };
    expect(await rejection(source?.read(0, 10) ?? Promise.resolve())).toBeInstanceOf(errors.FileReadError);
  });

  test('an abort', async () => {
    const controller = new AbortController();
    answer = () => controller.abort();
    const directory = urlDirectory(base, { signal: controller.signal });
    expect(await rejection(directory.open('a.bin'))).toBeInstanceOf(AbortedError);
  });
});
