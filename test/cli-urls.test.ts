// Images at URLs: fetched by the command line only where that is allowed, and never beyond a size.
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImageFileSizeError } from '../src/image/errors.ts';
import { maxFileBytes } from '../src/image/limits.ts';
import { decodeImage } from '../src/node/decode-image.ts';
import { cli, tinyModel } from './support/cli-run.ts';

let folder: string;
let server: Server;
let base: string;
let asked: string[];
let options: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'urls-'));
  ({ options } = await tinyModel(folder));
  const png = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#123456' } })
    .png()
    .toBuffer();
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/huge.png')
      response.writeHead(200, { 'content-length': maxFileBytes + 1 }).flushHeaders();
    else response.end(png);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(join(folder, 'pairs.csv'), `image,caption\n${base}/a.png,a\n${base}/b.png,b\n`);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await rm(folder, { recursive: true });
});

test.each([
  ['embed', '--captions', 'DIR/pairs.csv', '--out', 'DIR/out'],
  ['embed', 'URL/a.png', '--out', 'DIR/out'],
  ['study', 'DIR/pairs.csv', '--out', 'DIR/out'],
  ['zero-shot', 'URL/a.png', '--labels', 'a,b'],
])('without --allow-urls nothing is asked for: %s %s', async (...words) => {
  const argv = words.map((word) => word.replace('DIR', folder).replace('URL', base));
  const { code, stderr } = await cli([...argv, ...options]);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `UrlNotAllowedError: "${base}/a.png": images at URLs are fetched with --allow-urls only`,
  );
  expect(asked).toEqual([]);
});

test('with it they are fetched', async () => {
  const argv = [
    'embed',
    '--captions',
    join(folder, 'pairs.csv'),
    '--allow-urls',
    '--out',
    join(folder, 'out'),
  ];
  expect((await cli([...argv, ...options])).code).toBe(0);
  expect(asked.sort()).toEqual(['/a.png', '/b.png']);
});

test('a file beyond the limit is refused before it is read, from a server and from disk', async () => {
  await expect(decodeImage(`${base}/huge.png`)).rejects.toThrow(
    new ImageFileSizeError(`${base}/huge.png`, maxFileBytes + 1, maxFileBytes),
  );
  const path = join(folder, 'huge.png');
  const file = await open(path, 'w');
  await file.truncate(maxFileBytes + 1); // takes no room on the disk
  await file.close();
  await expect(decodeImage(path)).rejects.toThrow(
    `${path}: the file has 1,073,741,825 bytes or more, at most 1,073,741,824 are read; scale the image down`,
  );
});
