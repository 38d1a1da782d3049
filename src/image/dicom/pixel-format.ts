import { NoDicomPixelsError, UnreadableImageError, UnsupportedDicomError } from '../errors.ts';
import { checkDimensions } from '../limits.ts';
import type { DicomFile } from './read-file.ts';
import { describeObject } from './sop-classes.ts';
import { tag } from './tags.ts';

/** The Image Pixel module (PS3.3, C.7.6.3). */
export interface PixelFormat {
  readonly width: number;
  readonly height: number;
  /** Samples a pixel: 1 grey or palette, 3 colour. */
  readonly samples: 1 | 3;
  readonly photometric: Photometric;
  /** Planar configuration 1: each colour is a plane of its own. */
  readonly planar: boolean;
  readonly bitsAllocated: 1 | 8 | 16 | 32;
  readonly bitsStored: number;
  readonly highBit: number;
  /** Pixel representation 1: two's complement. */
  readonly signed: boolean;
  readonly frames: number;
}

const GREY = ['MONOCHROME1', 'MONOCHROME2', 'PALETTE COLOR'] as const;
const COLOUR = ['RGB', 'YBR_FULL', 'YBR_FULL_422', 'YBR_ICT', 'YBR_RCT'] as const;
/** Only these are named in errors: what else stands there may be anything, of a damaged file a patient's name. */
const NOT_READ = ['ARGB', 'CMYK', 'HSV', 'YBR_PARTIAL_420', 'YBR_PARTIAL_422', 'XYB'] as const;
export type Photometric = (typeof GREY)[number] | (typeof COLOUR)[number];

/**
 * @throws {NoDicomPixelsError} for a report, a document, a plan
 * @throws {UnsupportedDicomError} for a layout that is not read
 * @throws {UnreadableImageError} for attributes that contradict each other
 * @throws {ImageTooLargeError} before anything is decoded
 */
export function pixelFormat({ attributes, sopClass, name }: DicomFile): PixelFormat {
  if (attributes.element(tag.floatPixelData)) throw new UnsupportedDicomError(name, 'float pixel data');
  if (attributes.element(tag.doubleFloatPixelData))
    throw new UnsupportedDicomError(name, 'double float pixel data');
  const word = (key: keyof typeof tag) => attributes.word(tag[key]);
  const [height, width] = [word('rows') ?? 0, word('columns') ?? 0];
  if (!attributes.element(tag.pixelData)) {
    const kind = describeObject(sopClass, attributes.text(tag.modality));
    throw new NoDicomPixelsError(name, kind);
  }
  checkDimensions(width, height, name);
  const bitsAllocated = allocated(word('bitsAllocated') ?? 8, name);
  const bitsStored = word('bitsStored') ?? bitsAllocated;
  const highBit = word('highBit') ?? bitsStored - 1;
  if (bitsStored < 1 || highBit >= bitsAllocated || highBit + 1 < bitsStored) {
    const bits = `${bitsStored} bits stored up to bit ${highBit} of ${bitsAllocated} allocated`;
    throw new UnreadableImageError(name, `its attributes contradict each other: ${bits}`);
  }
  return {
    width,
    height,
    ...colours(word('samplesPerPixel') ?? 1, attributes.text(tag.photometricInterpretation), name),
    planar: word('planarConfiguration') === 1,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: word('pixelRepresentation') === 1,
    frames: frameCount(attributes.numbers(tag.numberOfFrames)[0], name),
  };
}

function allocated(bits: number, name: string): PixelFormat['bitsAllocated'] {
  if (bits === 1 || bits === 8 || bits === 16 || bits === 32) return bits;
  throw new UnsupportedDicomError(name, `${bits} bits allocated a sample`);
}

function frameCount(frames = 1, name: string): number {
  if (Number.isSafeInteger(frames) && frames >= 0) return Math.max(1, frames);
  throw new UnreadableImageError(name, `its number of frames is ${frames}`);
}

function colours(
  samples: number,
  photometric = samples === 3 ? 'RGB' : 'MONOCHROME2',
  name: string,
): Pick<PixelFormat, 'samples' | 'photometric'> {
  const grey = GREY.find((known) => known === photometric);
  const colour = COLOUR.find((known) => known === photometric);
  if (grey && samples === 1) return { samples, photometric: grey };
  if (colour && samples === 3) return { samples, photometric: colour };
  const shown = [...GREY, ...COLOUR, ...NOT_READ].find((known) => known === photometric) ?? 'unknown';
  throw new UnsupportedDicomError(name, `${samples} samples a pixel, photometric interpretation ${shown}`);
}
