import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeJpegLs } from '../src/image/codecs/jpeg-ls.ts';
import { decodeDicom, dicomFrames } from '../src/image/dicom/decode-dicom.ts';
import { ImageError, NoSuchFrameError, UnreadableImageError } from '../src/image/errors.ts';
import { framesIn, sharedFormat } from '../src/image/formats.ts';
import { decodeImage } from '../src/node/decode-image.ts';
import { dicomBytes, dicomGolden, grey } from './support/dicom-golden.ts';

// Judge: pydicom, with GDCM for compressed files (test/golden/dicom.py). To the byte; a level of tolerance where both
// libraries round YCbCr to RGB themselves.

test.each(Object.entries(dicomGolden.shown))('shows what a viewer shows: %s', async (_, golden) => {
  const { file, width, height, channels, frame, window, tolerance = 0, shown } = golden;
  const bytes = await dicomBytes(file);
  const image = await decodeDicom(bytes, file, { frame, window });
  expect(Buffer.compare(bytes, await dicomBytes(file))).toBe(0); // which stay the caller's
  expect(image).toMatchObject({ width, height, mode: 'rgb' });
  const expected = inflateSync(Buffer.from(shown, 'base64'));
  const differences = Array.from({ length: width * height * 4 }, (_, i) => {
    const c = i % 4;
    const theirs = c === 3 ? 255 : expected[Math.floor(i / 4) * channels + (channels === 1 ? 0 : c)];
    return Math.abs((image.data[i] ?? 0) - (theirs ?? -1));
  });
  expect(image.data).toHaveLength(width * height * 4);
  expect(Math.max(...differences)).toBeLessThanOrEqual(tolerance);
});

test('each window of a file is another picture', async () => {
  const shown = ['window', 'window#own', 'window#auto'].map((name) => dicomGolden.shown[name]?.shown);
  expect(new Set(shown).size).toBe(3);
});

describe('is refused by name', () => {
  test.each(Object.entries(dicomGolden.refused))('%s', async (_, { file, error, says }) => {
    const failure = await decodeDicom(await dicomBytes(file), file).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(ImageError);
    expect(failure).toMatchObject({ name: error, message: expect.stringContaining(says) });
    expect(String(failure)).not.toContain('Secret');
  });

  test('a frame beyond the last', async () => {
    const bytes = await dicomBytes('frames.dcm');
    await expect(decodeDicom(bytes, 'frames.dcm', { frame: 3 })).rejects.toThrow(NoSuchFrameError);
    await expect(decodeDicom(bytes, 'frames.dcm', { frame: 3 })).rejects.toThrow('it has 2');
    expect(await dicomFrames(bytes, 'frames.dcm')).toBe(2);
    expect((await decodeDicom(bytes, 'frames.dcm')).frames).toBe(2);
    expect((await decodeDicom(bytes, 'frames.dcm', { frame: 1 })).frames).toBeUndefined();
  });

  test.each(['frames.dcm', 'rle-frames.dcm', 'fragments-by-marker.dcm'])(
    'more frames than %s holds',
    async (file) => {
      const bytes = await dicomBytes(file);
      bytes[bytes.indexOf('IS', bytes.indexOf(Uint8Array.of(0x28, 0, 8, 0))) + 4] = '9'.charCodeAt(0);
      await expect(dicomFrames(bytes, file)).rejects.toThrow(UnreadableImageError);
      await expect(decodeDicom(bytes, file, { frame: 9 })).rejects.toThrow(UnreadableImageError);
    },
  );

  test('a large picture of few bytes, before its memory is taken', async () => {
    const bytes = await dicomBytes('rle-16-signed.dcm');
    const rows = bytes.indexOf(Uint8Array.of(0x28, 0, 0x10, 0, ...Buffer.from('US'), 2, 0)) + 8;
    const columns = bytes.indexOf(Uint8Array.of(0x28, 0, 0x11, 0, ...Buffer.from('US'), 2, 0)) + 8;
    for (const at of [rows, columns]) bytes.set([0xff, 0x2f], at); // 12,287
    await expect(decodeDicom(bytes, 'a.dcm')).rejects.toThrow('the RLE data is cut off');
  });

  test.each(['Hello, this is no picture at all.'.repeat(9), ''])('%j', async (text) => {
    await expect(decodeDicom(Buffer.from(text), 'a.dcm')).rejects.toThrow(
      'a.dcm: the image cannot be read: it is no DICOM',
    );
  });
});

/** Cuts at which a file still says everything: padding behind the pixels, or the end of a sequence. */
const WHOLE_ANYWAY = 16;

test.each([
  'window.dcm',
  'implicit.dcm',
  'big-endian.dcm',
  'deflated.dcm',
  'frames.dcm',
  'segmentation.dcm',
  'rle-rgb.dcm',
  'jpeg-8.dcm',
  'jpeg-lossless-16.dcm',
  'jpeg-ls-12.dcm',
  'jpeg-2000-16-signed.dcm',
  'htj2k.dcm',
  'fragments-no-table.dcm',
  'fragments-table.dcm',
  'palette-16.dcm',
  'without-meta.dcm',
])('%s, cut off anywhere, is one typed error', async (file) => {
  const bytes = await dicomBytes(file);
  const last =
    { 'frames.dcm': 2, 'segmentation.dcm': 3, 'fragments-no-table.dcm': 3, 'fragments-table.dcm': 3 }[file] ??
    1;
  for (let cut = 1; cut < bytes.length - WHOLE_ANYWAY; cut += 41) {
    const failure = await decodeDicom(bytes.subarray(0, cut), file, { frame: last }).catch(
      (cause: unknown) => cause,
    );
    expect(failure, `${cut} of ${bytes.length} bytes`).toBeInstanceOf(ImageError);
  }
  await decodeDicom(bytes, file, { frame: last }); // and codecs work as before
});

test('truncated pixels say how many bytes are there', async () => {
  const bytes = await dicomBytes('grey-8.dcm');
  await expect(decodeDicom(bytes.subarray(0, -20), 'a.dcm')).rejects.toThrow(
    'a.dcm: the image cannot be read: its pixels are truncated: 124 of 143 bytes are there',
  );
});

test('damaged compressed pixels are an error or a picture, never a crash', async () => {
  for (const file of [
    'jpeg-8.dcm',
    'jpeg-ls-12.dcm',
    'jpeg-lossless-16.dcm',
    'rle-rgb.dcm',
    'jpeg-2000-rct.dcm',
  ]) {
    for (let at = 80; at > 8; at -= 9) {
      const bytes = (await dicomBytes(file)).slice();
      bytes.fill(0xa5, bytes.length - at, bytes.length - at + 4);
      const result = await decodeDicom(bytes, file).catch((cause: unknown) => cause);
      if (result instanceof Error) expect(result).toBeInstanceOf(UnreadableImageError);
      else expect(result).toMatchObject({ width: 13, height: 11 });
    }
  }
});

test('is met by the first bytes, with or without preamble', async () => {
  for (const file of [
    'window.dcm',
    'without-preamble.dcm',
    'without-meta.dcm',
    'without-meta-implicit.dcm',
  ]) {
    expect(await sharedFormat(await dicomBytes(file)), file).toBeDefined();
  }
  const frames = await framesIn(await dicomBytes('frames.dcm'), 'frames.dcm', 'axial');
  expect(frames).toEqual({ kind: 'frame', count: 2 });
  const image = await decodeImage(await dicomBytes('mr-without-window.dcm'));
  expect(grey(image)).toEqual(grey(await decodeDicom(await dicomBytes('without-meta.dcm'), 'a.dcm')));
});

describe('headers that claim what is not there', () => {
  test.each([
    ['jpeg-8.dcm', '\xff\xc0'],
    ['jpeg-ls-12.dcm', '\xff\xf7'],
    ['jpeg-lossless-16.dcm', '\xff\xc3'],
    ['jpeg-2000-rct.dcm', '\xff\x4f\xff\x51'],
  ])('the size of a compressed image is compared before it is decoded: %s', async (file, marker) => {
    const bytes = Buffer.from(await dicomBytes(file));
    const at = bytes.indexOf(marker, 300, 'latin1');
    if (marker.length > 2) bytes.set([0, 0, 0x32, 0xc8, 0, 0, 0x32, 0xc8], at + 8);
    else bytes.set([0x32, 0xc8, 0x32, 0xc8], at + 5);
    await expect(decodeDicom(bytes, file)).rejects.toThrow(
      /compressed pixels are (13000|12995) x 130*.*, its attributes say 13 x 11/,
    );
  });

  test('JPEG-LS of fewer bits than lines, or than runs in them, is refused before it takes memory', async () => {
    const file = Buffer.from(await dicomBytes('jpeg-ls-12.dcm'));
    const at = file.indexOf('\xff\xd8\xff\xf7', 300, 'latin1');
    const frame = new Uint8Array(475);
    frame.set(file.subarray(at, at + 200));
    for (const [height, width] of [
      [13_000, 13_000],
      [3000, 59_000],
    ] as const) {
      new DataView(frame.buffer).setUint16(7, height);
      new DataView(frame.buffer).setUint16(9, width);
      await expect(decodeJpegLs(frame)).rejects.toThrow(
        `475 bytes are too few for JPEG-LS of ${width} x ${height} pixels`,
      );
    }
  });

  test.each(['frames.dcm', 'rle-frames.dcm', 'jpeg-lossless-frames.dcm'])(
    'frames by the thousand million are not counted: %s',
    async (file) => {
      const bytes = Buffer.from(await dicomBytes(file));
      const at = bytes.indexOf('\x28\0\x08\0IS', 0, 'latin1') + 6;
      const many = Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from('\x0a\x002000000000', 'latin1'),
        bytes.subarray(at + 2 + bytes.readUInt16LE(at)),
      ]);
      await expect(dicomFrames(many, file)).rejects.toThrow(UnreadableImageError);
    },
  );
});

describe('attributes that are not what they should be', () => {
  /** The file with another value of an attribute of a short explicit VR. */
  async function withText(file: string, key: string, value: string): Promise<Buffer> {
    const bytes = Buffer.from(await dicomBytes(file));
    const at = bytes.indexOf(key, 0, 'latin1') + key.length;
    const text = Buffer.from(value.padEnd(value.length + (value.length % 2)));
    const rest = bytes.subarray(at + 2 + bytes.readUInt16LE(at));
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([text.length, 0]), text, rest]);
  }

  test.each([
    ['slope', '\x28\0\x53\x10DS', '1,5'],
    ['intercept', '\x28\0\x52\x10DS', '-1024,0'],
  ])('a rescale %s with a decimal comma is no 1 and no 0', async (_, key, value) => {
    const bytes = await withText('rescale-fraction.dcm', key, value);
    await expect(decodeDicom(bytes, 'a.dcm')).rejects.toThrow('rescale slope or intercept is no number');
  });

  test('an unknown photometric interpretation is not quoted', async () => {
    const bytes = await withText('window.dcm', '\x28\0\x04\0CS', 'SECRET DOE');
    await expect(decodeDicom(bytes, 'a.dcm')).rejects.toThrow('photometric interpretation unknown');
  });
});
