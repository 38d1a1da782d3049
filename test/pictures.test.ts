import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import {
  ImageTooLargeError,
  NoSuchFrameError,
  UnreadableImageError,
  UnsupportedImageError,
} from '../src/image/errors.ts';
import { sharedFormat } from '../src/image/formats.ts';
import { tiffPages } from '../src/image/pages.ts';
import { decodeImage } from '../src/node/decode-image.ts';
import { goldenPictures, inputFile, pictureFile } from './support/golden-images.ts';

// Judge: the bytes that Pillow decodes, by their SHA-256 (test/golden/pictures.py). test/browser.test.ts decodes the same in
// Chromium.
test.each(goldenPictures)('decodes as Pillow does: $name', async (golden) => {
  const { window, frame, channels } = golden;
  const image = await decodeImage(pictureFile(golden), { window, frame });
  expect([image.width, image.height]).toEqual([golden.width, golden.height]);
  const sent = channels === 'RGB' ? image.data.filter((_, i) => i % 4 < 3) : image.data;
  expect(createHash('sha256').update(sent).digest('hex')).toBe(golden.decodedSha256);
  if (channels === 'RGB') expect(image.data.every((v, i) => i % 4 < 3 || v === 255)).toBe(true);
  expect(image.mode).toBe(expectedMode[golden.pillowMode]);
});

const KINDS = [
  'rgb-24-bit.bmp',
  'palette-4-bit.bmp',
  'rle8.bmp',
  'text.ppm',
  'grey-4095.pgm',
  'bits.pbm',
  'rgb.jp2',
  'grey.j2k',
];
const bytesOf = async (file: string) => new Uint8Array(await readFile(pictureFile({ file })));
const patched = async (file: string, at: number, bytes: readonly number[]) => {
  const patched = await bytesOf(file);
  patched.set(bytes, at);
  return patched;
};

test.each(KINDS)('%s, cut off', async (file) => {
  const bytes = await bytesOf(file);
  for (const share of [0.05, 0.3, 0.7, 0.95]) {
    const cut = bytes.subarray(0, Math.max(3, Math.floor(share * bytes.length)));
    await expect(decodeImage(cut), `${share}`).rejects.toBeInstanceOf(UnreadableImageError);
  }
});

test.each(KINDS)('%s has one picture', async (file) => {
  await expect(decodeImage(pictureFile({ file }), { frame: 2 })).rejects.toThrow(NoSuchFrameError);
});

test('pages of TIFFs are counted without thumbnails, and told where none is asked for', async () => {
  for (const [file, pages] of [
    ['pages-of-all-modes.tif', 5],
    ['stack.ome.tif', 3],
    ['thumbnails.tif', 2],
  ] as const) {
    const bytes = await bytesOf(file);
    expect(tiffPages(bytes, file)).toBe(pages);
    expect((await decodeImage(bytes)).frames).toBe(pages);
    expect((await decodeImage(bytes, { frame: 1 })).frames).toBeUndefined();
    await expect(decodeImage(bytes, { frame: pages + 1 })).rejects.toThrow(
      `there is no picture ${pages + 1}; it has ${pages}`,
    );
  }
});

test('directories that lead back to the first end there, and ones past the end are an error', async () => {
  const bytes = await bytesOf('stack.ome.tif');
  const view = new DataView(bytes.buffer);
  const first = view.getUint32(4, true);
  const next = first + 2 + 12 * view.getUint16(first, true);
  view.setUint32(next, first, true);
  expect(tiffPages(bytes, 'stack')).toBe(1);
  view.setUint32(next, bytes.length + 8, true);
  expect(() => tiffPages(bytes, 'stack')).toThrow(UnreadableImageError);
});

const images = (file: string) => inputFile({ file });
test.each([
  ['animated.gif', 2],
  ['animated.webp', 2],
  ['palette.gif', 1],
  ['rgb.png', 1],
  ['lossy.webp', 1],
  ['grey.jpg', 1],
])('%s has %i frames, of which the first is read', async (file, count) => {
  await expect(decodeImage(images(file), { frame: count + 1 })).rejects.toThrow(
    `it has ${count}, counted from 1`,
  );
  if (count > 1) await expect(decodeImage(images(file), { frame: 2 })).rejects.toThrow(UnsupportedImageError);
  expect((await decodeImage(images(file), { frame: 1 })).width).toBe(61);
});

test('frames of an animated PNG', async () => {
  const actl = [0, 0, 0, 8, ...ascii('acTL'), 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0]; // 7 frames; the checksum is not read
  const png = await readFile(images('rgb.png'));
  const animated = Uint8Array.from([...png.subarray(0, 33), ...actl, ...png.subarray(33)]);
  await expect(decodeImage(animated, { frame: 8 })).rejects.toThrow('it has 7, counted from 1');
});

const ascii = (text: string) => new TextEncoder().encode(text);
const HUGE = [0x7f, 0xff, 0xff, 0x7f];
test.each([
  ['a huge BMP', patched('rgb-24-bit.bmp', 18, HUGE), ImageTooLargeError],
  ['a BMP of no height', patched('rgb-24-bit.bmp', 22, [0, 0, 0, 0]), UnreadableImageError],
  ['a BMP of negative width', patched('rgb-24-bit.bmp', 18, [0xff, 0xff, 0xff, 0xff]), UnreadableImageError],
  ['a BMP with PNG inside', patched('rgb-24-bit.bmp', 30, [5]), UnsupportedImageError],
  ['a BMP of 2 bits', patched('rgb-24-bit.bmp', 28, [2]), UnsupportedImageError],
  ['a BMP with an unknown header', patched('rgb-24-bit.bmp', 14, [41]), UnsupportedImageError],
  ['a BMP with masks of 10 bits', patched('rgbx-masks.bmp', 54, [0, 0xff, 0xff, 3]), UnsupportedImageError],
  ['a huge PGM', ascii('P5 99999 99999 255\n'), ImageTooLargeError],
  ['a PGM of no width', ascii('P5 0 5 255\n'), UnreadableImageError],
  ['a PGM without white', ascii('P5 1 1 0\n1'), UnsupportedImageError],
  ['a PGM whose white is too large', ascii('P5 1 1 65536\n1'), UnsupportedImageError],
  ['a PGM in words', ascii('P2 two rows'), UnreadableImageError],
  ['a PGM above its white', ascii('P2 2 1 7 3 8'), UnreadableImageError],
  ['a PBM with a 2', ascii('P1 2 1 0 2'), UnreadableImageError],
  ['a huge codestream', patched('grey.j2k', 8, HUGE), ImageTooLargeError],
  ['a codestream of 5 components', patched('rgb.j2k', 40, [0, 5]), UnsupportedImageError],
  ['a codestream of 38 bits', patched('grey.j2k', 42, [37]), UnsupportedImageError],
])('%s', async (_, bytes, error) => {
  await expect(decodeImage(await bytes)).rejects.toBeInstanceOf(error);
});

const expectedMode: Record<string, string> = {
  '1': 'nearest',
  P: 'nearest',
  L: 'rgb',
  I: 'rgb',
  'I;16': 'rgb',
  'I;16B': 'rgb',
  RGB: 'rgb',
  LA: 'rgba',
  RGBA: 'rgba',
  CMYK: 'cmyk',
};

test.each([
  ['rgb-24-bit.bmp', 18, [0xc8, 0x32, 0, 0, 0xc8, 0x32, 0, 0]],
  ['palette-8-bit.bmp', 18, [0xc8, 0x32, 0, 0, 0xc8, 0x32, 0, 0]],
  ['rgb.ppm', 0, [...Buffer.from('P6 13000 13000 255 ')]],
  ['text.ppm', 0, [...Buffer.from('P3 13000 13000 255 ')]],
])('%s of few bytes takes no memory for the many pixels that it claims', async (file, at, claim) => {
  const bytes = await patched(file, at, claim);
  const sizes: number[] = [];
  for (const name of ['Uint8Array', 'Uint16Array'] as const) {
    const construct = (target: typeof Uint8Array, [size, ...rest]: unknown[], to: typeof Uint8Array) => {
      if (typeof size === 'number') sizes.push(size);
      return Reflect.construct(target, [size, ...rest], to);
    };
    vi.stubGlobal(name, new Proxy(globalThis[name] as typeof Uint8Array, { construct }));
  }
  const { decode } = (await sharedFormat(bytes)) ?? {};
  const failed = await decode?.(bytes, file, {}).catch((error: unknown) => error);
  vi.unstubAllGlobals();
  expect(failed).toBeInstanceOf(UnreadableImageError);
  expect(Math.max(0, ...sizes)).toBeLessThan(1_000_000);
});
