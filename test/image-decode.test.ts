import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { decodeImage } from '../src/node/decode-image.ts';
import { goldenImages, inputFile } from './support/golden-images.ts';

// Judge: the bytes that Pillow decodes, by their SHA-256 (test/golden/images/make.py). The lossy formats agree to
// the bit as well: both sides use libjpeg-turbo's accurate integer DCT with fancy upsampling, and libwebp.
test.each(goldenImages)('decodes as Pillow does: $name', async (golden) => {
  const image = await decodeImage(inputFile(golden), { window: golden.window });
  expect([image.width, image.height]).toEqual([golden.width, golden.height]);
  expect(image.data).toHaveLength(golden.width * golden.height * 4);
  const channels = golden.channels === 'RGB' ? 3 : 4;
  const sent = Buffer.from(image.data.filter((_, i) => i % 4 < channels));
  expect(createHash('sha256').update(sent).digest('hex')).toBe(golden.decodedSha256);
  if (channels === 3) expect(image.data.every((v, i) => i % 4 < 3 || v === 255)).toBe(true);
  expect(image.mode).toBe(expectedMode[golden.pillowMode]);
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
