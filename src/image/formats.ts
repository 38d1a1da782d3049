import { InvalidOptionError } from '../errors.ts';
import type { DecodeOptions, ImagePlane } from './decode-options.ts';
import type { DecodedImage } from './decoded-image.ts';
import { NoSuchFrameError } from './errors.ts';
import { imageFormat } from './header.ts';
import { tiffPages } from './pages.ts';

/** What the pictures of a file are called, where it may have several. */
export type FrameKind = 'frame' | 'page' | 'slice';

/** A format that neither sharp nor browsers read, or not to the bit: Node and browsers share its decoder. */
export interface SharedFormat {
  /** @param name the file's, for errors @throws {ImageError} */
  decode(bytes: Uint8Array, name: string, options: DecodeOptions): Promise<DecodedImage>;
  /** Of formats whose files may have several pictures. */
  readonly frames?: {
    readonly kind: FrameKind;
    /** How many there are; of volumes by plane. @throws {ImageError} */
    count(bytes: Uint8Array, name: string, plane: ImagePlane): Promise<number>;
  };
}

/** By the name that `imageFormat` gives; loaded only where such a file is met. */
const FORMATS: Readonly<Record<string, () => Promise<SharedFormat>>> = {
  NIfTI: nifti,
  gzip: nifti, // nothing else that is read comes so
  DICOM: dicom,
  bmp: async () => onePicture((await import('./bmp.ts')).decodeBmp),
  netpbm: async () => onePicture((await import('./netpbm.ts')).decodeNetpbm),
  jpeg2000: async () => onePicture((await import('./jpeg2000.ts')).decodeJpeg2000Image),
};

async function nifti(): Promise<SharedFormat> {
  const { decodeNifti, niftiSlices } = await import('./nifti/nifti.ts');
  return { decode: decodeNifti, frames: { kind: 'slice', count: niftiSlices } };
}

async function dicom(): Promise<SharedFormat> {
  const { decodeDicom, dicomFrames } = await import('./dicom/decode-dicom.ts');
  return { decode: decodeDicom, frames: { kind: 'frame', count: dicomFrames } };
}

/** A format whose files have one picture. */
function onePicture(decode: SharedFormat['decode']): SharedFormat {
  return {
    async decode(bytes, name, options) {
      const { frame = 1 } = options;
      if (frame > 1) throw new NoSuchFrameError(name, frame, 1);
      return decode(bytes, name, options);
    },
  };
}

/** The shared decoder of a file, or undefined where the platform's own reads it, or none does. */
export async function sharedFormat(bytes: Uint8Array): Promise<SharedFormat | undefined> {
  return FORMATS[imageFormat(bytes) ?? '']?.();
}

/** @throws {InvalidOptionError} for a plane of what is no volume, which has none */
export function expectPlane(format: SharedFormat | undefined, name: string, { plane }: DecodeOptions): void {
  if (plane === undefined || format?.frames?.kind === 'slice') return;
  throw new InvalidOptionError('plane', `left out, since ${name} is no volume`, plane);
}

/** The pictures of a file, or undefined where its format has one alone. @throws {ImageError} */
export async function framesIn(
  bytes: Uint8Array,
  name: string,
  plane: ImagePlane,
): Promise<{ readonly kind: FrameKind; readonly count: number } | undefined> {
  if (imageFormat(bytes) === 'tiff') return { kind: 'page', count: tiffPages(bytes, name) };
  const frames = (await sharedFormat(bytes))?.frames;
  return frames && { kind: frames.kind, count: await frames.count(bytes, name, plane) };
}
