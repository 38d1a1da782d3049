import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidOptionError } from '../src/errors.ts';
import type { DecodedImage } from '../src/image/decoded-image.ts';
import {
  ImageError,
  ImageNotFoundError,
  ImageTooLargeError,
  UnreadableImageError,
  UnsupportedImageError,
} from '../src/image/errors.ts';
import { checkDimensions, maxPixels } from '../src/image/limits.ts';
import { decodeImage } from '../src/node/decode-image.ts';
import { inputFile } from './support/golden-images.ts';

const path = inputFile({ file: 'rgba.png' });
let bytes: Buffer;
let expected: DecodedImage;
let server: Server;
let origin: string;
beforeAll(async () => {
  bytes = await readFile(path);
  expected = await decodeImage(path);
  server = createServer((request, response) => {
    response.statusCode = request.url === '/image' ? 200 : Number(request.url?.slice(1));
    response.end(response.statusCode === 200 ? bytes : 'no');
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe('every kind of source gives the same pixels', () => {
  test.each([
    { kind: 'Buffer', source: () => bytes },
    {
      kind: 'Uint8Array inside a larger buffer',
      source: () => new Uint8Array([1, 2, ...bytes, 3]).subarray(2, -1),
    },
    { kind: 'ArrayBuffer', source: () => new Uint8Array(bytes).buffer },
    { kind: 'Blob', source: () => new Blob([new Uint8Array(bytes)]) },
    { kind: 'file URL', source: () => pathToFileURL(path) },
    { kind: 'file URL as a string', source: () => pathToFileURL(path).href },
    { kind: 'data URL', source: () => `data:image/png;base64,${bytes.toString('base64')}` },
    { kind: 'http URL', source: () => `${origin}/image` },
    { kind: 'http URL object', source: () => new URL(`${origin}/image`) },
    { kind: 'reader', source: () => ({ name: 'a.png of a zip', read: async () => bytes }) },
    { kind: 'pixels', source: () => ({ ...expected }) },
  ])('$kind', async ({ source }) => {
    const image = await decodeImage(source());
    expect([image.width, image.height, image.mode]).toEqual([61, 47, 'rgba']);
    expect(Buffer.from(image.data).equals(Buffer.from(expected.data))).toBe(true);
  });
});

describe('errors name the source, its problem, and are ImageErrors', () => {
  const fails = async (
    source: Parameters<typeof decodeImage>[0],
    type: new (...a: never[]) => ImageError,
  ) => {
    const error = await decodeImage(source).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(type);
    expect(error).toBeInstanceOf(ImageError);
    return (error as ImageError).message;
  };

  test('a path or URL where nothing is', async () => {
    const message = 'no image is there; check the path or URL';
    expect(await fails('/no/such.png', ImageNotFoundError)).toBe(`/no/such.png: ${message}`);
    expect(await fails(`${path}/deeper`, ImageNotFoundError)).toBe(`${path}/deeper: ${message}`);
    expect(await fails(`${origin}/404`, ImageNotFoundError)).toBe(`${origin}/404: ${message}`);
  });

  test('a directory, a failing server, no server', async () => {
    expect(await fails('/tmp', UnreadableImageError)).toBe(
      '/tmp: the image cannot be read: it is a directory',
    );
    expect(await fails(`${origin}/500`, UnreadableImageError)).toContain('the server answered 500');
    expect(await fails('http://127.0.0.1:1/x', UnreadableImageError)).toContain('fetching it failed');
  });

  test('a plane of what is no volume', async () => {
    await expect(decodeImage(path, { plane: 'axial' })).rejects.toThrow(`since ${path} is no volume`);
  });

  test('a reader: its own error, its name, and something else than bytes', async () => {
    const failing = { name: 'a.png of a zip', read: () => Promise.reject(new ImageNotFoundError('a.zip')) };
    expect(await fails(failing, ImageNotFoundError)).toContain('a.zip: ');
    const empty = { name: 'a.png of a zip', read: async () => new Uint8Array() };
    expect(await fails(empty, UnreadableImageError)).toContain('a.png of a zip: ');
    const text = { name: 'a.png of a zip', read: async () => 'text' } as unknown as typeof empty;
    await expect(decodeImage(text)).rejects.toThrow(
      'what read() of a.png of a zip resolves to must be a Uint8Array, or pixels { width, height, data }, got "text"',
    );
  });

  test('an empty file, text, and no bytes after the signature', async () => {
    expect(await fails(new Uint8Array(), UnreadableImageError)).toContain('it is empty');
    expect(await fails(Buffer.from('hello, world'), UnreadableImageError)).toBe(
      '12 bytes: the image cannot be read: its first bytes, 68 65 6c 6c 6f 2c 20 77, belong to no known image format',
    );
    for (const start of [
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff',
      'RIFF\0\0\0\0WEBPVP8X',
      'II*\0\x08\0\0\0',
      'GIF89a',
    ]) {
      const message = await fails(Buffer.from(start, 'latin1'), UnreadableImageError);
      expect(message).toContain('it ends within its header');
    }
  });

  test.each([
    'baseline-420.jpg',
    'progressive-420.jpg',
    'cmyk-adobe.jpg',
    'rgb.png',
    'rgb-interlaced.png',
    'palette.png',
    'grey-16-bit.png',
    'lossy.webp',
    'lossless.webp',
    'rgb.tif',
    '1-bit.tif',
    'rgb-lzw.tif',
    'palette.gif',
  ])('a truncated file is unreadable: %s', async (file) => {
    const whole = await readFile(inputFile({ file }));
    await fails(whole.subarray(0, Math.floor(whole.length * 0.6)), UnreadableImageError);
  });

  test('a JPEG with damaged scan data decodes to something, as in Pillow', async () => {
    const jpeg = await readFile(inputFile({ file: 'baseline-420.jpg' }));
    jpeg.fill(0x55, jpeg.length - 60, jpeg.length - 40);
    expect(await decodeImage(jpeg)).toMatchObject({ width: 61, height: 47, mode: 'rgb' });
  });

  test('formats that are recognised but not read', async () => {
    const jpegXl = Buffer.from([0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20]);
    expect(await fails(jpegXl, UnsupportedImageError)).toBe(
      '8 bytes: JPEG XL is not read; convert it to JPEG, PNG, WebP, TIFF or GIF with 8 or 16 bits a channel',
    );
    expect(await fails(Buffer.from('%PDF-1.7'), UnsupportedImageError)).toContain('PDF is not read');
  });

  test('a TIFF of floats', async () => {
    const tiff = await readFile(inputFile({ file: 'grey.tif' }));
    const bitsPerSample = tiff.indexOf(Buffer.from([0x02, 0x01, 0x03, 0x00, 0x01, 0, 0, 0, 8]));
    tiff[bitsPerSample + 8] = 32;
    expect(await fails(tiff, UnsupportedImageError)).toContain('TIFF with 1 samples of 32 bits');
  });

  test('a decompression bomb is refused by its header', async () => {
    const bomb = Buffer.from(bytes);
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    expect(await fails(bomb, ImageTooLargeError)).toContain('60000 x 60000 pixels; at most 178956970');
    bomb.writeUInt32BE(1, 20);
    bomb.writeUInt32BE(100_001, 16);
    expect(await fails(bomb, UnreadableImageError)).toContain('a line, not an image');
  });

  test('the limit is twice Pillow’s MAX_IMAGE_PIXELS, to the pixel', () => {
    expect(() => checkDimensions(10_000, 17_895, 'a')).not.toThrow(); // 178,950,000
    expect(() => checkDimensions(10_000, 17_896, 'a')).toThrow(ImageTooLargeError);
    expect(maxPixels).toBe(2 * 89_478_485);
  });

  test('pixels of the wrong length', async () => {
    const pixels = { width: 2, height: 2, data: new Uint8ClampedArray(12) };
    expect(await fails(pixels, UnreadableImageError)).toContain('got 12 of type Uint8ClampedArray');
    expect(await fails({ width: 0, height: 2, data: new Uint8Array() }, UnreadableImageError)).toContain(
      '0 x 2',
    );
  });

  test('what is no image source at all', async () => {
    for (const source of [null, undefined, 7, {}]) {
      await expect(decodeImage(source as never)).rejects.toThrow(InvalidOptionError);
    }
  });

  test('a window that is upside down', async () => {
    await expect(decodeImage(path, { window: { low: 5, high: 5 } })).rejects.toThrow(InvalidOptionError);
    await expect(decodeImage(path, { window: { low: 0, high: Number.NaN } })).rejects.toThrow(
      InvalidOptionError,
    );
  });
});
