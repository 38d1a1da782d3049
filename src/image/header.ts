import { UnreadableImageError, UnsupportedImageError } from './errors.ts';
import { readBmpHeader } from './headers/bmp.ts';
import { isDicom } from './headers/dicom.ts';
import { readGifHeader } from './headers/gif.ts';
import type { HeaderReader, ImageHeader } from './headers/image-header.ts';
import { readJpegHeader } from './headers/jpeg.ts';
import { readJpeg2000Header } from './headers/jpeg2000.ts';
import { readNetpbmHeader } from './headers/netpbm.ts';
import { readPngHeader } from './headers/png.ts';
import { readTiffHeader } from './headers/tiff.ts';
import { readWebpHeader } from './headers/webp.ts';
import { checkDimensions } from './limits.ts';

/**
 * Reads the header of an image file.
 * @param page the directory of a TIFF, from 0
 * @throws {ImageTooLargeError} before anything is decoded
 * @throws {UnsupportedImageError} for a format, or a variant of one, that is not read
 * @throws {UnreadableImageError} if the file is empty, of no known format, or ends within its header
 */
export function readImageHeader(bytes: Uint8Array, source: string, page = 0): ImageHeader {
  if (bytes.length === 0) throw new UnreadableImageError(source, 'it is empty');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = imageFormat(bytes);
  const read = format === undefined ? undefined : readers[format];
  if (!read) {
    if (format) throw new UnsupportedImageError(source, format);
    throw new UnreadableImageError(source, `its first bytes, ${hex(bytes)}, belong to no known image format`);
  }
  const header = withinFile(source, () => read(view, page));
  if (typeof header === 'string') throw new UnsupportedImageError(source, header);
  checkDimensions(header.width, header.height, source);
  return header;
}

const readers: Record<string, HeaderReader | undefined> = {
  jpeg: readJpegHeader,
  png: readPngHeader,
  webp: readWebpHeader,
  tiff: readTiffHeader,
  gif: readGifHeader,
  bmp: readBmpHeader,
  netpbm: readNetpbmHeader,
  jpeg2000: readJpeg2000Header,
};

/** Byte strings at an offset, `?` for any byte. Formats in capitals are not read, only named in the error. */
const signatures: readonly (readonly [name: string, offset: number, magic: string])[] = [
  ['jpeg', 0, '\xff\xd8\xff'],
  ['png', 0, '\x89PNG\r\n\x1a\n'],
  ['webp', 0, 'RIFF????WEBP'],
  ['tiff', 0, 'II*\0'],
  ['tiff', 0, 'MM\0*'],
  ['gif', 0, 'GIF8'],
  ['BigTIFF', 0, 'II+\0'],
  ['BigTIFF', 0, 'MM\0+'],
  ['DICOM', 128, 'DICM'],
  ['AVIF', 4, 'ftypavif'],
  ['HEIC', 4, 'ftyphei'],
  ['jpeg2000', 0, '\0\0\0\x0cjP  '],
  ['jpeg2000', 0, '\xff\x4f\xff\x51'],
  ['JPEG XL', 0, '\0\0\0\x0cJXL '],
  ['NIfTI', 344, 'n?1\0'],
  ['NIfTI', 4, 'n?2\0'],
  ['gzip', 0, '\x1f\x8b'],
  ['PDF', 0, '%PDF'],
  ['SVG or XML', 0, '<?xml'],
  ['SVG or XML', 0, '<svg'],
  ['bmp', 0, 'BM'],
];

/** PBM, PGM and PPM: a digit, then white space or a comment. */
const NETPBM = /^P[1-6][\s#]/;

/** What a file is by its first bytes; undefined for none that is known. */
export function imageFormat(bytes: Uint8Array): string | undefined {
  const known = signatures.find(([, offset, magic]) =>
    [...magic].every((char, i) => char === '?' || bytes[offset + i] === char.charCodeAt(0)),
  );
  if (known) return known[0];
  if (NETPBM.test(String.fromCharCode(...bytes.subarray(0, 3)))) return 'netpbm';
  return isDicom(bytes) ? 'DICOM' : undefined;
}

/** Turns the RangeError that a `DataView` throws past the file's end into an UnreadableImageError. */
export function withinFile<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UnreadableImageError(source, 'it ends within its header', { cause });
  }
}

function hex(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
