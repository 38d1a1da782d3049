// What the headers' readers make of variants that no picture in test/golden has. Judge: the formats' specifications, by hand.
import { describe, expect, test } from 'vitest';
import { readBmpHeader, readBmpLayout } from '../src/image/headers/bmp.ts';
import { beginsWithVr, isDicom } from '../src/image/headers/dicom.ts';
import { countGifFrames, readGifHeader } from '../src/image/headers/gif.ts';
import { readJpegHeader } from '../src/image/headers/jpeg.ts';
import { readJpeg2000Header } from '../src/image/headers/jpeg2000.ts';
import { readPngHeader } from '../src/image/headers/png.ts';
import { readTiffHeader, tiffDirectories } from '../src/image/headers/tiff.ts';
import { readWebpHeader } from '../src/image/headers/webp.ts';

const viewOf = (...bytes: readonly number[]) => new DataView(Uint8Array.from(bytes).buffer);
const latin1 = (text: string) => viewOf(...Buffer.from(text, 'latin1'));

describe('BMP', () => {
  /** Windows 3: 2 x 2 pixels, and what else it says. */
  function bmp(
    bits: number,
    compression: number,
    { colours = 0, pixelsAt = 0, headerSize = 40 } = {},
  ): DataView {
    const view = new DataView(new ArrayBuffer(14 + headerSize + 1024));
    view.setUint32(10, pixelsAt, true);
    view.setUint32(14, headerSize, true);
    view.setInt32(18, 2, true);
    view.setInt32(22, 2, true);
    view.setUint16(28, bits, true);
    view.setUint32(30, compression, true);
    view.setUint32(46, colours, true);
    return view;
  }

  test.each([
    ['more colours than a file holds', bmp(8, 0, { colours: 70_000 }), 'BMP with 70000 colours'],
    ['run lengths of another depth', bmp(4, 1), 'run-length BMP of 4 bits'],
    ['masks for palette entries', bmp(8, 3), 'BMP of 8 bits, compression 3'],
  ])('not read: %s', (_, view, variant) => {
    expect(readBmpHeader(view)).toBe(variant);
  });

  test('pixels that begin before the palette ends are behind it', () => {
    expect(readBmpLayout(bmp(8, 0, { colours: 4, pixelsAt: 54 }))).toMatchObject({ pixelsAt: 54 + 4 * 4 });
    expect(readBmpLayout(bmp(8, 0, { colours: 4, pixelsAt: 99 }))).toMatchObject({ pixelsAt: 99 });
  });

  test('masks of 0 with alpha are the usual ones', () => {
    const layout = readBmpLayout(bmp(32, 3, { headerSize: 108 }));
    expect(layout).toMatchObject({ masks: [0xff0000, 0xff00, 0xff, 0xff000000], pillowMode: 'RGBA' });
  });
});

describe('DICOM without a preamble', () => {
  const file = (...start: readonly number[]) => Uint8Array.from({ length: 140 }, (_, i) => start[i] ?? 0);

  test.each([
    ['shorter than a preamble', Uint8Array.of(8, 0, 5, 0), false],
    ['a VR', file(8, 0, 5, 0, 0x43, 0x53), true],
    ['a short, even length', file(8, 0, 5, 0, 10, 0, 0, 0), true],
    ['an odd length', file(8, 0, 5, 0, 11, 0, 0, 0), false],
    ['a long length', file(8, 0, 5, 0, 0, 1, 0, 0), false],
    ['big-endian, without a VR', file(0, 8, 0, 5, 0, 0, 0, 10), false],
    ['an element above 20', file(8, 0, 0x20, 0, 10, 0, 0, 0), false],
    ['another group', file(9, 0, 5, 0, 10, 0, 0, 0), false],
  ])('%s: %s', (_, bytes, is) => {
    expect(isDicom(bytes)).toBe(is);
  });

  test('nothing begins with a VR', () => expect(beginsWithVr(new Uint8Array())).toBe(false));
});

describe('GIF', () => {
  const screen = (flags: number) => `GIF89a\x04\0\x04\0${String.fromCharCode(flags)}\0\0`;
  const RAMP = '\0\0\0\x01\x01\x01';
  const frame = (palette = '') => `,\x01\0\x01\0\x02\0\x05\0${palette === '' ? '\0' : '\x80'}${palette}`;

  test('its own palette counts, not that of all', () => {
    expect(readGifHeader(latin1(screen(0x80) + RAMP + frame('\x09\x09\x09\x08\x07\x06')))).toMatchObject({
      width: 4,
      height: 6, // the frame reaches below the screen
      pillowMode: 'P',
      firstFrame: { outside: [9, 9, 9] },
    });
    expect(readGifHeader(latin1(screen(0x80) + RAMP + frame()))).toMatchObject({ pillowMode: 'L' });
  });

  test('a comment before the frame is skipped', () => {
    const header = readGifHeader(latin1(`${screen(0)}!\xfe\x02hi\0${frame()}`));
    expect(header).toMatchObject({ firstFrame: { transparencyFlagAt: undefined } });
  });

  test.each([
    ['no frame', `${screen(0)};`, 'no image descriptor; block 0x3b came'],
    ['half a palette', `${screen(0x87)}abc`, 'the colour table is cut off'],
  ])('%s', (_, text, message) => {
    expect(() => readGifHeader(latin1(text))).toThrow(new RangeError(message));
  });

  test('frames are counted without a trailer, too', () => {
    const frames = `${screen(0)}${frame()}\x02\x01a\0!\xfe\0${frame()}\x02\x01a\0`;
    expect(countGifFrames(latin1(frames))).toBe(2);
    expect(countGifFrames(latin1(`${frames};${frames}`))).toBe(2);
  });
});

test.each([
  [
    '12 bits',
    'JPEG with 3 components of 12 bits',
    readJpegHeader(viewOf(0xff, 0xd8, 0xff, 0xc1, 0, 17, 12, 0, 8, 0, 8, 3)),
  ],
  [
    '2 components',
    'JPEG with 2 components of 8 bits',
    readJpegHeader(viewOf(0xff, 0xd8, 0xff, 0xc0, 0, 14, 8, 0, 8, 0, 8, 2)),
  ],
  [
    'a colour type',
    'PNG of colour type 5',
    readPngHeader(new DataView(Uint8Array.from({ length: 33 }, (_, i) => (i === 25 ? 5 : 8)).buffer)),
  ],
  [
    'a first chunk',
    'WebP starting with a "ICCP" chunk',
    readWebpHeader(latin1('RIFF\0\0\0\0WEBPICCP\0\0\0\0')),
  ],
])('not read: %s', (_, variant, came) => {
  expect(came).toBe(variant);
});

describe('JPEG 2000', () => {
  const box = (type: string, contents: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(8 + contents.length);
    return `${length.toString('latin1')}${type}${contents}`;
  };
  const component = '\x07\x01\x01';
  const siz = `\xff\x4f\xff\x51\0\x2f\0\0${'\0\0\0\x08'.repeat(2)}${'\0'.repeat(8)}${'\0\0\0\x08'.repeat(2)}${'\0'.repeat(8)}`;
  const jp2 = (components: number, ...header: readonly string[]) => {
    const count = String.fromCharCode(0, components);
    return latin1(box('jp2h', header.join('')) + box('jp2c', siz + count + component.repeat(components)));
  };
  const colr = (space: number) => box('colr', `\x01\0\0\0\0\0${String.fromCharCode(space)}`);

  test('sRGB is read; CMYK and palettes are not', () => {
    expect(readJpeg2000Header(jp2(3, colr(16)))).toMatchObject({ width: 8, pillowMode: 'RGB' });
    expect(readJpeg2000Header(jp2(4, colr(12)))).toBe('JPEG 2000 in CMYK');
    expect(readJpeg2000Header(jp2(1, colr(16), box('pclr', '\0\x01\x03')))).toBe('JPEG 2000 with a palette');
  });
});

describe('TIFF', () => {
  /** One directory of SHORTs, by their tags; [value, count] where it lies elsewhere. */
  function tiff(tags: Readonly<Record<number, number | readonly [at: number, count: number]>>): DataView {
    const entries = Object.entries(tags);
    const view = new DataView(new ArrayBuffer(14 + 12 * entries.length));
    view.setUint16(0, 0x4949);
    view.setUint32(4, 8, true);
    view.setUint16(8, entries.length, true);
    for (const [i, [tag, value]] of entries.entries()) {
      const at = 10 + 12 * i;
      view.setUint16(at, Number(tag), true);
      view.setUint16(at + 2, 3, true);
      const [first, count] = typeof value === 'number' ? [value, 1] : value;
      view.setUint32(at + 4, count, true);
      view.setUint32(at + 8, first, true);
    }
    return view;
  }
  const [BITS, PHOTOMETRIC, SAMPLES, EXTRA, FORMAT] = [258, 262, 277, 338, 339];

  test.each<[string, Parameters<typeof tiff>[0], object]>([
    ['no tag at all', {}, { width: 0, height: 0, pillowMode: '1', orientation: 1 }],
    ['RGB of 16 bits', { [BITS]: 16, [PHOTOMETRIC]: 2, [SAMPLES]: 3 }, { pillowMode: 'RGB' }],
    ["Pillow's RGBX", { [BITS]: 8, [PHOTOMETRIC]: 2, [SAMPLES]: 4, [EXTRA]: 0 }, { pillowMode: 'RGB' }],
    ['bits beyond the file', { [BITS]: [9999, 3], [PHOTOMETRIC]: 1 }, { pillowMode: 'L' }],
  ])('%s', (_, tags, header) => {
    expect(readTiffHeader(tiff(tags))).toMatchObject(header);
  });

  test.each([
    ['floats', { [BITS]: 8, [PHOTOMETRIC]: 1, [FORMAT]: 3 }],
    ['grey and an alpha of unknown kind', { [BITS]: 8, [PHOTOMETRIC]: 1, [SAMPLES]: 2 }],
    ['grey of three samples', { [BITS]: 8, [PHOTOMETRIC]: 1, [SAMPLES]: 3 }],
    ['RGB of 4 bits', { [BITS]: 4, [PHOTOMETRIC]: 2, [SAMPLES]: 3 }],
    ['RGB of five samples', { [BITS]: 8, [PHOTOMETRIC]: 2, [SAMPLES]: 5 }],
    ['a palette of 16 bits', { [BITS]: 16, [PHOTOMETRIC]: 3 }],
    ['inks of three samples', { [BITS]: 8, [PHOTOMETRIC]: 5, [SAMPLES]: 3 }],
    ['YCbCr of one sample', { [BITS]: 8, [PHOTOMETRIC]: 6 }],
    ['CIELab', { [BITS]: 8, [PHOTOMETRIC]: 8, [SAMPLES]: 3 }],
  ])('not read: %s', (_, tags) => {
    expect(readTiffHeader(tiff(tags))).toMatch(
      /^TIFF with \d samples of \d+ bits, photometric interpretation \d$/,
    );
  });

  test('no directory of that number', () => {
    expect(() => readTiffHeader(tiff({}), 7)).toThrow(RangeError);
  });

  test('directories over one another end', () => {
    const view = new DataView(new ArrayBuffer(1000)); // two of 50 entries each, one two bytes behind the other
    view.setUint16(0, 0x4949);
    view.setUint32(4, 8, true);
    for (const at of [8, 10]) view.setUint16(at, 50, true);
    view.setUint32(10 + 12 * 50, 10, true);
    expect(() => tiffDirectories(view)).toThrow(new RangeError('the directories overlap'));
  });
});
