import type { ImageFileDirectory } from 'geotiff';
import { maxPixels } from '../image/limits.ts';
import { UnreadableSlideError, UnsupportedSlideError } from './errors.ts';
import { attribute, isAperio, isOme, type SlideScale, scaleOf } from './metadata.ts';
import type { SlideLevel } from './slide.ts';
import { numbersOf, type TiffDirectories } from './tiff-file.ts';

/** A level, and how its pixels lie in the file: in blocks, TIFF's tiles. */
export interface StoredLevel extends SlideLevel {
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** Of each block, row by row; of separate planes one plane after another. */
  readonly offsets: readonly number[];
  readonly byteCounts: readonly number[];
  readonly compression: number;
  /** TIFF's PhotometricInterpretation. */
  readonly photometric: number;
  /** Samples a pixel. */
  readonly samples: number;
  /** Whether each sample has blocks of its own. */
  readonly separate: boolean;
  readonly predictor: number;
  readonly jpegTables: Uint8Array | undefined;
}

const TAG = {
  subfileType: 254,
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  description: 270,
  samples: 277,
  xResolution: 282,
  planar: 284,
  resolutionUnit: 296,
  software: 305,
  predictor: 317,
  blockWidth: 322,
  blockHeight: 323,
  offsets: 324,
  byteCounts: 325,
  sampleFormat: 339,
  jpegTables: 347,
  xmp: 700,
  ndpi: 65_420,
} as const;

/**
 * The levels of a slide from the finest on: the first directory and its own (SubIFDs, as in OME-TIFF), or those of the main chain that
 * are smaller copies of it. Thumbnails, labels and photographs of the glass are none.
 * @throws {UnsupportedSlideError} @throws {UnreadableSlideError}
 */
export function levelsOf(
  { main, below }: TiffDirectories,
  slide: string,
): { readonly levels: readonly StoredLevel[]; readonly scale: SlideScale } {
  const [first] = main;
  if (!first) throw new UnreadableSlideError(slide, 'it has no image');
  const description = textOf(first, TAG.description);
  expectPlainSlide(first, description, slide);
  const aperio = isAperio(description);
  const copies =
    below.length > 0 ? below : main.slice(1).filter((d) => aperio || (number(d, TAG.subfileType) & 1) === 1);
  const scale = scaleOf(description, {
    xResolution: numbersOf(value(first, TAG.xResolution)),
    unit: numbersOf(value(first, TAG.resolutionUnit))[0],
  });
  const finest = storedLevel(
    first,
    { width: number(first, TAG.width), height: number(first, TAG.height) },
    scale,
    slide,
  );
  const coarser = copies
    .filter((directory) => isTiled(directory) && isCopy(directory, finest))
    .map((directory) => storedLevel(directory, finest, scale, slide))
    .sort((a, b) => b.width - a.width);
  return { levels: [finest, ...coarser], scale };
}

/** @throws {UnsupportedSlideError} for what looks like a plain pyramid and is none */
function expectPlainSlide(first: ImageFileDirectory, description: string, slide: string): void {
  const xmp = textOf(first, TAG.xmp);
  const software = textOf(first, TAG.software);
  const refuse = (format: string) => {
    throw new UnsupportedSlideError(slide, format);
  };
  if (value(first, TAG.ndpi) !== undefined) refuse('NDPI (Hamamatsu)');
  if (/leica-microsystems\.com\/scn/.test(description)) refuse('SCN (Leica)');
  if (/<iScan/.test(xmp) || /<iScan/.test(description)) refuse('BIF (Ventana), whose tiles overlap,');
  if (software.startsWith('MedScan')) refuse('TIFF by Trestle, whose tiles overlap,');
  if (isOme(description)) {
    const channels = Number(attribute(description, 'Pixels', 'SizeC') ?? 1);
    const planes = ['SizeZ', 'SizeT'].map((name) => Number(attribute(description, 'Pixels', name) ?? 1));
    if (channels !== number(first, TAG.samples, 1))
      refuse(`OME-TIFF of ${channels} channels, not of one picture in colour,`);
    if (planes.some((count) => count > 1)) refuse('OME-TIFF of several planes or times');
  }
  if (!isTiled(first)) refuse('a TIFF in strips');
}

function isTiled(directory: ImageFileDirectory): boolean {
  return value(directory, TAG.offsets) !== undefined;
}

/** Smaller, and of the same shape up to the rounding of its sides. */
function isCopy(directory: ImageFileDirectory, finest: StoredLevel): boolean {
  const [width, height] = [number(directory, TAG.width), number(directory, TAG.height)];
  if (!(width < finest.width && height <= finest.height)) return false;
  const factor = finest.width / width;
  return Math.abs(finest.height / factor - height) <= 1 + 0.02 * height;
}

function storedLevel(
  directory: ImageFileDirectory,
  finest: { readonly width: number; readonly height: number },
  { micrometresPerPixel }: SlideScale,
  slide: string,
): StoredLevel {
  const [width, height] = [number(directory, TAG.width), number(directory, TAG.height)];
  const downsample = (finest.width / width + finest.height / height) / 2; // as OpenSlide
  const bytes = value(directory, TAG.jpegTables);
  const level: StoredLevel = {
    width,
    height,
    downsample,
    ...(micrometresPerPixel === undefined ? {} : { micrometresPerPixel: micrometresPerPixel * downsample }),
    blockWidth: number(directory, TAG.blockWidth),
    blockHeight: number(directory, TAG.blockHeight),
    offsets: numbersOf(value(directory, TAG.offsets)),
    byteCounts: numbersOf(value(directory, TAG.byteCounts)),
    compression: number(directory, TAG.compression, 1),
    photometric: number(directory, TAG.photometric, 1),
    samples: number(directory, TAG.samples, 1),
    separate: number(directory, TAG.planar, 1) === 2,
    predictor: number(directory, TAG.predictor, 1),
    jpegTables: bytes === undefined ? undefined : Uint8Array.from(numbersOf(bytes)),
  };
  expectReadable(level, directory, slide);
  return level;
}

/** @throws {UnsupportedSlideError} @throws {UnreadableSlideError} */
function expectReadable(level: StoredLevel, directory: ImageFileDirectory, slide: string): void {
  const { width, height, blockWidth, blockHeight, samples, photometric, separate } = level;
  const bits = numbersOf(value(directory, TAG.bits));
  const formats = numbersOf(value(directory, TAG.sampleFormat));
  if (bits.some((count) => count !== 8) || formats.some((format) => format !== 1)) {
    throw new UnsupportedSlideError(slide, `a slide with ${bits.join(', ')} bits a sample`);
  }
  const colours =
    photometric <= 1 ? 1 : photometric === 2 || photometric === 6 ? 3 : Number.POSITIVE_INFINITY;
  if (samples < colours || samples > colours + 1) {
    throw new UnsupportedSlideError(
      slide,
      `a slide with ${samples} samples, photometric interpretation ${photometric},`,
    );
  }
  const blocks = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight) * (separate ? samples : 1);
  const sized = width >= 1 && height >= 1 && blockWidth >= 1 && blockHeight >= 1;
  if (!sized || level.offsets.length < blocks || level.byteCounts.length < blocks) {
    throw new UnreadableSlideError(
      slide,
      `a level of ${width} x ${height} pixels does not name all of its tiles`,
    );
  }
  if (blockWidth * blockHeight > maxPixels) {
    throw new UnreadableSlideError(slide, `its tiles have ${blockWidth} x ${blockHeight} pixels`);
  }
}

function value(directory: ImageFileDirectory, tag: number): unknown {
  return directory.actualizedFields.get(tag);
}

/** The first of a tag's values. */
function number(directory: ImageFileDirectory, tag: number, missing = 0): number {
  return numbersOf(value(directory, tag))[0] ?? missing;
}

/** Text, which ends in 0; of bytes too, as XMP is. */
function textOf(directory: ImageFileDirectory, tag: number): string {
  const found = value(directory, tag);
  const text =
    typeof found === 'string' ? found : new TextDecoder().decode(Uint8Array.from(numbersOf(found)));
  return text.replace(/\0.*$/s, '');
}
