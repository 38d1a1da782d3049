import type { TiffIfd } from 'tiff';
import type { DecodedImage } from '../image/decoded-image.ts';
import type { ImageHeader, PillowMode } from '../image/headers/image-header.ts';
import { windowGrey } from '../image/pixels.ts';
import { resampleModes } from '../image/resample-mode.ts';
import { toRgba } from '../image/rgba.ts';
import type { WindowChoice } from '../image/source.ts';

/** The variants whose pixels are known to be Node's: samples a pixel, and bits a sample. */
const KNOWN: Partial<Record<PillowMode, readonly [samples: number, bits: number]>> = {
  L: [1, 8],
  LA: [2, 8],
  RGB: [3, 8],
  RGBA: [4, 8],
  P: [1, 8],
  'I;16': [1, 16],
};

/**
 * A page of a TIFF as Pillow gives it. Undefined for variants that `tiff` does not read to the bit: 1-bit,
 * CMYK, JPEG inside, rotated, premultiplied. Throws for damaged files.
 * @param index among the file's directories, from 0
 */
export async function decodeTiff(
  bytes: Uint8Array,
  { pillowMode }: ImageHeader,
  index: number,
  window?: WindowChoice,
): Promise<DecodedImage | undefined> {
  const page = await readPage(bytes, index);
  const known = KNOWN[pillowMode];
  if (!page || page.samplesPerPixel !== known?.[0] || page.bitsPerSample !== known[1]) return undefined;
  // Dividing by alpha, `tiff` rounds and Pillow truncates; `tiff` also misreads separate planes as pixels.
  if (page.associatedAlpha || page.planarConfiguration !== 1) return undefined;
  const { width, height, data } = page;
  if (data.length !== width * height * page.samplesPerPixel) throw new RangeError('it has too few pixels');
  if (pillowMode !== 'I;16') return { width, height, mode: resampleModes[pillowMode], data: rgbaOf(page) };
  return { width, height, ...windowGrey(Uint16Array.from(data), window) };
}

async function readPage(bytes: Uint8Array, index: number): Promise<TiffIfd | undefined> {
  const { decode } = await import('tiff'); // loaded only by pages that meet a TIFF
  try {
    return decode(bytes, { pages: [index] })[0];
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Unsupported')) return undefined;
    throw error;
  }
}

function rgbaOf({ data, samplesPerPixel, palette }: TiffIfd): Uint8Array {
  if (!palette) return toRgba(data, samplesPerPixel, 0);
  const rgb = Uint16Array.from({ length: 3 * data.length }, (_, i) => {
    return palette[data[Math.floor(i / 3)] ?? 0]?.[i % 3] ?? 0;
  });
  return toRgba(rgb, 3, 8);
}
