import { imageFormat, readImageHeader } from '../../../src/image/header.ts';
import { checkDimensions } from '../../../src/image/limits.ts';
import { pageOf, tiffPages } from '../../../src/image/pages.ts';
import { golden, together } from '../seeds.ts';
import { answer, expectSame, expectThat, type Target } from '../target.ts';

const MODES = ['1', 'L', 'LA', 'P', 'RGB', 'RGBA', 'CMYK', 'I;16'];

/** The header, from its own buffer and from within a larger one, and the pages or frames. */
function headerTarget(format: string, names: RegExp, words: readonly string[]): Target {
  return {
    name: `header-${format}`,
    seeds: together(golden('images/inputs', names), golden('pictures', names)),
    words,
    cases: 2500,
    async read(bytes) {
      for (const frame of [2, 70_000]) await answer(async () => pageOf(bytes, 'picture', frame));
      const around = new Uint8Array(bytes.length + 3).fill(0xff);
      around.set(bytes, 1);
      const within = around.subarray(1, -2);
      const [header, inside] = await Promise.all(
        [bytes, within].map((one) => answer(async () => readImageHeader(one, 'picture'))),
      );
      expectSame(header, inside, 'alone and within other bytes');
      const { width, height, pillowMode } = readImageHeader(
        bytes,
        'picture',
        imageFormat(bytes) === 'tiff' ? tiffPages(bytes, 'picture') - 1 : 0,
      );
      expectThat(MODES.includes(pillowMode), `the mode ${pillowMode}`);
      checkDimensions(width, height, 'picture');
      expectThat(Number.isSafeInteger(width) && Number.isSafeInteger(height), `${width} x ${height}`);
    },
  };
}

export const headers: readonly Target[] = [
  headerTarget('jpeg', /\.jpg$/, [
    '\xff\xc0',
    '\xff\xc2',
    '\xff\xd8',
    '\xff\xda',
    '\xff\xe1\0\x02',
    '\xff\xff',
  ]),
  headerTarget('png', /\.png$/, ['IHDR', 'acTL', 'IDAT', 'tRNS', '\0\0\0\x0d', '\x10\x03']),
  headerTarget('webp', /\.webp$/, ['VP8X', 'VP8L', 'VP8 ', 'ANMF', 'RIFF', 'WEBP']),
  headerTarget('tiff', /\.tif$/, [
    'II*\0',
    'MM\0*',
    '\xfe\0\x04\0\x01\0\0\0',
    '\x06\x01\x03\0\x01\0\0\0',
    '\x1c\x01\x03\0',
  ]),
  headerTarget('gif', /\.gif$/, ['GIF89a', '!\xf9\x04', ',', ';', '!\xff\x0b', '\x80', '\x87']),
  headerTarget('bmp', /\.bmp$/, ['BM', '(\0\0\0', '\x0c\0\0\0', '|\0\0\0', '\x10\0', '\x20\0', '\x03\0\0\0']),
  headerTarget('netpbm', /\.p[bgp]m$/, ['P1', 'P4\n', '#', '\n', '65535', '99999999999', ' ']),
  headerTarget('jpeg2000', /\.(?:jp2|j2k)$/, [
    'jP  ',
    'ftyp',
    'jp2h',
    'ihdr',
    'colr',
    'pclr',
    'cdef',
    '\xff\x4f\xff\x51',
    'jp2c',
  ]),
];
