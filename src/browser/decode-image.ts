import { checkDecodeOptions, type DecodeOptions } from '../image/decode-options.ts';
import type { DecodedImage } from '../image/decoded-image.ts';
import { ImageError, UnreadableImageError, UnsupportedImageError } from '../image/errors.ts';
import { expectPlane, sharedFormat } from '../image/formats.ts';
import { paintOutside, withoutTransparency } from '../image/gif-frame.ts';
import { readImageHeader } from '../image/header.ts';
import type { ImageHeader } from '../image/headers/image-header.ts';
import { pageOf } from '../image/pages.ts';
import { fromPixels } from '../image/pixels.ts';
import { resampleModes } from '../image/resample-mode.ts';
import {
  type ImageSource,
  isImageReader,
  isPixelSource,
  nameOf,
  type PixelSource,
  readFromReader,
  type WindowChoice,
} from '../image/source.ts';
import { fetchImageBytes } from '../platform/fetch-bytes.ts';
import { decodeDeepPng, isDeepPng } from './decode-deep-png.ts';
import { decodeTiff } from './decode-tiff.ts';
import { readBitmap } from './read-bitmap.ts';
import { withoutExif } from './without-exif.ts';

/**
 * Decodes an image by the browser's own decoder, with orientation, colour management and premultiplication switched
 * off; PNGs of 16 bits a channel, which browsers round, by fast-png, and TIFFs, which most do not read, by tiff. What
 * these decoders change (CMYK; 1-bit, rotated, JPEG-compressed and premultiplied TIFFs) is refused, since it would be
 * embedded differently from Node.
 * @throws {UnreadableImageError} for a file that the browser cannot decode
 * @throws {UnsupportedImageError} for modes that would not be Node's pixels
 */
export async function decodeImage(source: ImageSource, options: DecodeOptions = {}): Promise<DecodedImage> {
  checkDecodeOptions(options);
  if (isPixelSource(source)) return fromPixels(source);
  if (isBitmap(source)) {
    const { width, height } = source;
    return fromPixels({ width, height, data: readBitmap(source, nameOf(source)) });
  }
  const bytes = await readBytes(source);
  if (isPixelSource(bytes)) return fromPixels(bytes);
  const name = nameOf(source);
  const shared = await sharedFormat(bytes);
  expectPlane(shared, name, options);
  if (shared) return shared.decode(bytes, name, options);
  const { window, frame } = options;
  const page = pageOf(bytes, name, frame);
  const header = readImageHeader(bytes, name, page.index);
  const wanted = { name, page: page.index, window };
  const image = await decode(bytes, header, wanted).catch((cause: unknown) => {
    if (cause instanceof ImageError) throw cause;
    throw new UnreadableImageError(name, `the browser cannot decode this ${header.format}`, { cause });
  });
  if (image) return frame === undefined && page.count > 1 ? { ...image, frames: page.count } : image;
  throw new UnsupportedImageError(
    name,
    `this ${header.format} (Pillow's mode ${header.pillowMode}), in a browser,`,
  );
}

/** Undefined if the pixels would differ from Node's. */
async function decode(
  bytes: Uint8Array,
  header: ImageHeader,
  { name, page, window }: { readonly name: string; readonly page: number; readonly window?: WindowChoice },
): Promise<DecodedImage | undefined> {
  if (header.format === 'tiff') return decodeTiff(bytes, header, page, window);
  if (isDeepPng(bytes, header)) return decodeDeepPng(bytes, header, window);
  return header.pillowMode === 'CMYK' ? undefined : decodeByBrowser(bytes, header, name);
}

async function decodeByBrowser(
  bytes: Uint8Array,
  { format, pillowMode, firstFrame }: ImageHeader,
  name: string,
): Promise<DecodedImage> {
  const file = firstFrame ? withoutTransparency(bytes, firstFrame) : withoutExif(bytes, format);
  const bitmap = await toBitmap(file);
  const { width, height } = bitmap;
  const data = readBitmap(bitmap, name);
  bitmap.close();
  if (firstFrame) paintOutside(data, width, height, firstFrame);
  const mode = pillowMode === 'I;16' ? 'rgb' : resampleModes[pillowMode];
  if (mode !== 'rgba') makeOpaque(data);
  return { width, height, mode, data };
}

/** Drops the transparency of palettes and single colours, which Pillow does not put into the pixels. */
function makeOpaque(rgba: Uint8Array): void {
  for (let i = 3; i < rgba.length; i += 4) rgba[i] = 255;
}

function toBitmap(bytes: Uint8Array): Promise<ImageBitmap> {
  return createImageBitmap(new Blob([new Uint8Array(bytes)]), {
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  });
}

function isBitmap(source: ImageSource): source is ImageBitmap {
  return typeof ImageBitmap !== 'undefined' && source instanceof ImageBitmap;
}

async function readBytes(source: Exclude<ImageSource, ImageBitmap>): Promise<Uint8Array | PixelSource> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (isImageReader(source)) return readFromReader(source);
  return fetchImageBytes(new URL(String(source), globalThis.location?.href));
}
