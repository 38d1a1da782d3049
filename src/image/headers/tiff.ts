import type { ImageHeader, PillowMode } from './image-header.ts';

/** Tag numbers (TIFF 6.0, section 8). */
const tag = {
  subfileType: 254,
  width: 256,
  height: 257,
  bits: 258,
  photometric: 262,
  orientation: 274,
  samples: 277,
  extraSamples: 338,
  sampleFormat: 339,
} as const;

/** Bits of NewSubfileType: a smaller version of another picture, or the mask of one. */
const NO_PAGE = 1 | 4;

/** The image file directories in the file's own order, sub-directories left out, and whether each is a page of its own. */
export function tiffDirectories(view: DataView): { readonly at: number; readonly page: boolean }[] {
  const little = isLittleEndian(view);
  const directories = new Map<number, boolean>();
  let entries = 0;
  for (let at = view.getUint32(4, little); at !== 0 && !directories.has(at); ) {
    directories.set(at, ((readDirectory(view, at)(tag.subfileType) ?? 0) & NO_PAGE) === 0);
    const count = view.getUint16(at, little);
    entries += count;
    // Directories that overlap may have entries without end: 100,000 directories of 65,535 fit into 1.2 MB.
    if (12 * entries > view.byteLength) throw new RangeError('the directories overlap');
    at = view.getUint32(at + 2 + 12 * count, little);
  }
  return Array.from(directories, ([at, page]) => ({ at, page }));
}

/** What Pillow makes of a directory. @param index among `tiffDirectories`, from 0 */
export function readTiffHeader(view: DataView, index = 0): ImageHeader | string {
  // Of the first, without the way to the next: it may lead past the end of a file that is cut off there.
  const at = index === 0 ? view.getUint32(4, isLittleEndian(view)) : tiffDirectories(view)[index]?.at;
  const first = readDirectory(view, at ?? 0);
  const samples = first(tag.samples) ?? 1;
  const layout: Layout = {
    bits: first(tag.bits) ?? 1,
    samples,
    photometric: first(tag.photometric) ?? 0,
    extra: first(tag.extraSamples),
  };
  const pillowMode = (first(tag.sampleFormat) ?? 1) === 1 ? modeOf(layout) : undefined;
  if (!pillowMode) {
    return `TIFF with ${samples} samples of ${layout.bits} bits, photometric interpretation ${layout.photometric}`;
  }
  return {
    format: 'tiff',
    width: first(tag.width) ?? 0,
    height: first(tag.height) ?? 0,
    pillowMode,
    associatedAlpha: pillowMode === 'RGBA' && layout.extra === 1,
    orientation: first(tag.orientation) ?? 1,
  };
}

interface Layout {
  readonly bits: number;
  readonly samples: number;
  readonly photometric: number;
  /** ExtraSamples: 0 unspecified, 1 associated alpha, 2 unassociated alpha. */
  readonly extra: number | undefined;
}

function modeOf({ bits, samples, photometric, extra }: Layout): PillowMode | undefined {
  const deep = bits === 16;
  const byte = bits === 8;
  if (photometric <= 1) {
    if (samples === 2) return byte && extra === 2 ? 'LA' : undefined;
    if (samples !== 1) return undefined;
    return bits === 1 ? '1' : deep ? 'I;16' : bits <= 8 ? 'L' : undefined;
  }
  if (photometric === 2 && (byte || deep)) {
    if (samples === 3) return 'RGB';
    if (samples === 4) return extra === 0 ? 'RGB' : 'RGBA'; // 0: Pillow's RGBX, resampled like RGB
  }
  if (photometric === 3) return samples === 1 && bits <= 8 ? 'P' : undefined;
  if (photometric === 5) return samples === 4 && byte ? 'CMYK' : undefined;
  if (photometric === 6) return samples === 3 && byte ? 'RGB' : undefined;
  return undefined;
}

const isLittleEndian = (view: DataView) => view.getUint8(0) === 0x49;

/** Gives a tag's first value. */
function readDirectory(view: DataView, at: number): (tag: number) => number | undefined {
  const little = isLittleEndian(view);
  const values = new Map<number, number>();
  for (let i = 0; i < view.getUint16(at, little); i++) {
    const entry = at + 2 + 12 * i;
    values.set(view.getUint16(entry, little), firstValue(view, entry, little));
  }
  return (tag) => values.get(tag);
}

/** Values of up to four bytes are in the entry itself, longer ones at an offset. Only SHORT and LONG are read. */
function firstValue(view: DataView, entry: number, little: boolean): number {
  const long = view.getUint16(entry + 2, little) === 4;
  const bytes = view.getUint32(entry + 4, little) * (long ? 4 : 2);
  const at = bytes > 4 ? view.getUint32(entry + 8, little) : entry + 8;
  if (at + 4 > view.byteLength) return 0; // another type: no tag that is read has it
  return long ? view.getUint32(at, little) : view.getUint16(at, little);
}
