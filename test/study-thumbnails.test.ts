// A report's pictures are of what was embedded, and of nothing else: a manifest may name any file.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { thumbnails } from '../src/node/study/thumbnails.ts';
import { FakeS3 } from './support/fake-s3.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'study-thumbnails-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The thumbnail of one image, as RGB. */
async function thumbnailOf(path: string, sha256?: string) {
  const found = await thumbnails([{ id: 'a', path, caption: '' }], [{ sha256 }], [0]);
  const uri = found.get(0);
  if (uri === undefined) return undefined;
  const jpeg = Buffer.from(uri.replace('data:image/jpeg;base64,', ''), 'base64');
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([88, 88, 3]);
  return data;
}

async function file(name: string, content: Promise<Buffer> | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, await content);
  return path;
}

const pixel = (data: Buffer | undefined) => [...(data?.subarray(0, 3) ?? [])];
const plain = (r: number, g: number, b: number) =>
  sharp({ create: { width: 120, height: 90, channels: 3, background: { r, g, b } } });

test('what embedBatch reads: RGB, alpha on white, CMYK, by path and file: URL', async () => {
  const png = await file('red.png', plain(200, 30, 40).png().toBuffer());
  for (const path of [png, pathToFileURL(png).href]) {
    const [r = 0, g = 0, b = 0] = pixel(await thumbnailOf(path));
    expect(Math.abs(r - 200) + Math.abs(g - 30) + Math.abs(b - 40)).toBeLessThan(8);
  }
  const clear = sharp({
    create: { width: 9, height: 9, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
  });
  for (const value of pixel(await thumbnailOf(await file('clear.png', clear.png().toBuffer()))))
    expect(value).toBeGreaterThan(250);
  const cmyk = plain(200, 30, 40).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
  const [r = 0, g = 0, b = 0] = pixel(await thumbnailOf(await file('cmyk.jpg', cmyk)));
  expect(r).toBeGreaterThan(150);
  expect(Math.max(g, b)).toBeLessThan(120);
});

test('no SVG, whatever it is called, and nothing that it refers to', async () => {
  const secret = await file('secret.png', plain(1, 2, 3).png().toBuffer());
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><image href="${secret}" width="90" height="90"/></svg>`;
  for (const name of ['a.svg', 'a.png']) expect(await thumbnailOf(await file(name, svg))).toBeUndefined();
});

test('nothing is fetched', async () => {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.end();
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `127.0.0.1:${(server.address() as AddressInfo).port}/a.png`;
  for (const scheme of ['http', 'HTTP', 'https'])
    expect(await thumbnailOf(`${scheme}://${url}`)).toBeUndefined();
  expect(requests).toBe(0);
  server.close();
});

test('nothing in a bucket is asked for, by the credentials of whoever makes the report', async () => {
  const s3 = new FakeS3();
  await s3.start();
  s3.stubEnvironment();
  s3.put('a.png', await plain(1, 2, 3).png().toBuffer());
  for (const address of ['s3://results/a.png', 'S3://results/a.png', 's3://results/set.tar#a.png'])
    expect(await thumbnailOf(address)).toBeUndefined();
  expect(s3.calls).toEqual([]);
  vi.unstubAllEnvs();
  await s3.stop();
});

test('not what is no longer there, cannot be read, or is another image now', async () => {
  expect(await thumbnailOf(join(folder, 'nothing.png'))).toBeUndefined();
  expect(await thumbnailOf(await file('broken.png', 'no image'))).toBeUndefined();
  const png = await file('same.png', plain(9, 9, 9).png().toBuffer());
  const sha256 = createHash('sha256')
    .update(await readFile(png))
    .digest('hex');
  expect(await thumbnailOf(png, sha256)).toBeDefined();
  await writeFile(png, await plain(10, 9, 9).png().toBuffer());
  expect(await thumbnailOf(png, sha256)).toBeUndefined();
});
