import type { DecodedImage } from '../image/decoded-image.ts';
import { UnreadableImageError, UnsupportedImageError } from '../image/errors.ts';
import { fetchImageBytes } from '../image/fetch-bytes.ts';
import { paintOutside, withoutTransparency } from '../image/gif-frame.ts';
import { readImageHeader } from '../image/header.ts';
import { fromPixels } from '../image/pixels.ts';
import { resampleModes } from '../image/resample-mode.ts';
import { type ImageSource, type ImageWindow, isPixelSource, nameOf } from '../image/source.ts';
import { readBitmap } from './read-bitmap.ts';
import { withoutExif } from './without-exif.ts';

/**
 * Decodes an image by the browser's own decoder, with orientation, colour management and premultiplication switched
 * off. Modes that a browser's decoder does not hand out unchanged (CMYK, 16-bit grey, TIFF) are refused rather than
 * embedded differently from Node.
 * @throws {UnreadableImageError} for a file that the browser cannot decode
 * @throws {UnsupportedImageError} for modes that would not be Node's pixels
 */
export async function decodeImage(source: ImageSource, _window?: ImageWindow): Promise<DecodedImage> {
  if (isPixelSource(source)) return fromPixels(source);
  if (isBitmap(source))
    return fromPixels({ width: source.width, height: source.height, data: readBitmap(source) });
  const bytes = await readBytes(source);
  const name = nameOf(source);
  const header = readImageHeader(bytes, name);
  const { format, pillowMode, firstFrame } = header;
  if (format === 'tiff' || pillowMode === 'CMYK' || pillowMode === 'I;16') {
    throw new UnsupportedImageError(name, `${format} in mode ${pillowMode}, in a browser,`);
  }
  try {
    const bitmap = await decode(
      firstFrame ? withoutTransparency(bytes, firstFrame) : withoutExif(bytes, format),
    );
    const { width, height } = bitmap;
    const data = readBitmap(bitmap);
    bitmap.close();
    if (firstFrame) paintOutside(data, width, height, firstFrame);
    return { width, height, mode: resampleModes[pillowMode], data };
  } catch (cause) {
    throw new UnreadableImageError(name, `the browser cannot decode this ${format}`, { cause });
  }
}

function decode(bytes: Uint8Array): Promise<ImageBitmap> {
  return createImageBitmap(new Blob([new Uint8Array(bytes)]), {
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  });
}

function isBitmap(source: ImageSource): source is ImageBitmap {
  return typeof ImageBitmap !== 'undefined' && source instanceof ImageBitmap;
}

async function readBytes(source: Exclude<ImageSource, ImageBitmap>): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  return fetchImageBytes(new URL(String(source), globalThis.location?.href));
}
