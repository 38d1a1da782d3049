import type { Sharp } from 'sharp';
import { checkDecodeOptions, type DecodeOptions } from '../image/decode-options.ts';
import type { DecodedImage } from '../image/decoded-image.ts';
import { UnreadableImageError } from '../image/errors.ts';
import { expectPlane, sharedFormat } from '../image/formats.ts';
import { paintOutside, withoutTransparency } from '../image/gif-frame.ts';
import { readImageHeader } from '../image/header.ts';
import type { ImageHeader } from '../image/headers/image-header.ts';
import { maxPixels } from '../image/limits.ts';
import { pageOf } from '../image/pages.ts';
import { fromPixels, windowGrey } from '../image/pixels.ts';
import { resampleModes } from '../image/resample-mode.ts';
import { type ImageSource, isPixelSource, nameOf, type WindowChoice } from '../image/source.ts';
import { readImageBytes } from './image-bytes.ts';
import { loadNative } from './native-packages.ts';
import { redivideByAlpha } from './tiff-alpha.ts';

/** @throws {NativePackageError} */
export async function loadSharp() {
  return (await loadNative('sharp', 'decoding images', () => import(/* webpackIgnore: true */ 'sharp')))
    .default;
}

type OpenSharp = Awaited<ReturnType<typeof loadSharp>>;

/**
 * Decodes an image to the bytes that Pillow's `Image.open` gives, with the mode that decides how Pillow resamples
 * it: JPEG (baseline, progressive, greyscale, CMYK), PNG, WebP, TIFF (any page) and GIF (first frame). As in
 * Pillow, no colour profile, gamma or EXIF orientation is applied (a TIFF's orientation is), and alpha is kept
 * apart. 16-bit grey goes through `window`; every other 16-bit channel keeps its high byte.
 *
 * @throws {ImageNotFoundError} if there is no such file
 * @throws {UnreadableImageError} for a truncated, corrupt, empty or unreachable file
 * @throws {UnsupportedImageError} for formats and variants that are not read
 * @throws {ImageTooLargeError} beyond 178,956,970 pixels
 * @throws {NativePackageError} without sharp
 * @throws {InvalidOptionError} for a value that is no image source, or unless window.low < window.high
 */
export async function decodeImage(source: ImageSource, options: DecodeOptions = {}): Promise<DecodedImage> {
  checkDecodeOptions(options);
  if (isPixelSource(source)) return fromPixels(source);
  const bytes = await readImageBytes(source);
  if (isPixelSource(bytes)) return fromPixels(bytes);
  const name = nameOf(source);
  const shared = await sharedFormat(bytes);
  expectPlane(shared, name, options);
  if (shared) return shared.decode(bytes, name, options);
  const { window, frame } = options;
  const page = pageOf(bytes, name, frame);
  const header = readImageHeader(bytes, name, page.index);
  const sharp = await loadSharp();
  try {
    const image = await decode(sharp, bytes, header, page.index, window);
    return frame === undefined && page.count > 1 ? { ...image, frames: page.count } : image;
  } catch (cause) {
    const detail = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new UnreadableImageError(name, `${header.format} decoding failed (${detail})`, { cause });
  }
}

async function decode(
  sharp: OpenSharp,
  bytes: Uint8Array,
  header: ImageHeader,
  page: number,
  window?: WindowChoice,
): Promise<DecodedImage> {
  const { firstFrame } = header;
  const image = open(sharp, firstFrame ? withoutTransparency(bytes, firstFrame) : bytes, header, page);
  if (header.pillowMode === 'I;16') {
    const { data, info } = await image
      .removeAlpha()
      .toColourspace('grey16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    const values = new Uint16Array(data.buffer, data.byteOffset, info.width * info.height);
    return { width: info.width, height: info.height, ...windowGrey(values, window) };
  }
  const { data, info } = await inMode(image, header).raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  if (header.associatedAlpha) redivideByAlpha(data);
  if (firstFrame) paintOutside(data, width, height, firstFrame);
  return { width, height, mode: resampleModes[header.pillowMode], data };
}

function open(sharp: OpenSharp, bytes: Uint8Array, { orientation = 1 }: ImageHeader, page: number): Sharp {
  return sharp(bytes, {
    failOn: 'error', // damage that both libraries ignore, such as a flipped bit in a JPEG's scan, is no error
    ignoreIcc: true,
    autoOrient: orientation !== 1,
    page,
    pages: 1,
    limitInputPixels: maxPixels,
  });
}

/** Four bytes a pixel: RGBA, with alpha 255 in modes without alpha, or CMYK unchanged. */
function inMode(image: Sharp, { pillowMode }: ImageHeader): Sharp {
  if (pillowMode === 'CMYK') return image.pipelineColourspace('cmyk').toColourspace('cmyk');
  const alpha = pillowMode === 'RGBA' || pillowMode === 'LA';
  return alpha ? image.ensureAlpha() : image.removeAlpha().ensureAlpha();
}
