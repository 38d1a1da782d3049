import { NoSuchFrameError, UnsupportedImageError } from './errors.ts';
import { imageFormat, withinFile } from './header.ts';
import { countGifFrames } from './headers/gif.ts';
import { countPngFrames } from './headers/png.ts';
import { tiffDirectories } from './headers/tiff.ts';
import { countWebpFrames } from './headers/webp.ts';

/** Which of a file's pictures is meant. */
export interface Page {
  /** Its place among all directories of a TIFF, from 0, thumbnails too; else 0. */
  readonly index: number;
  /** How many pictures the file has. */
  readonly count: number;
}

/**
 * The pages of a TIFF: its directories without thumbnails and masks, which say so of themselves, and without sub-directories.
 * @throws {UnreadableImageError}
 */
export function tiffPages(bytes: Uint8Array, name: string): number {
  return pageIndices(bytes, name).length;
}

/**
 * The page of a TIFF that has the number `frame`, from 1, and without a number its first directory, as in Pillow; of formats
 * that have one page, that one.
 * @throws {NoSuchFrameError} beyond the last
 * @throws {UnsupportedImageError} for later frames of an animation
 */
export function pageOf(bytes: Uint8Array, name: string, frame?: number): Page {
  const format = imageFormat(bytes);
  if (format === 'tiff') {
    const indices = pageIndices(bytes, name);
    const index = frame === undefined ? 0 : indices[frame - 1];
    if (index === undefined) throw new NoSuchFrameError(name, frame ?? 1, indices.length);
    return { index, count: indices.length };
  }
  if (frame === undefined || frame === 1) return { index: 0, count: 1 };
  const count = animationFrames(bytes, name, format);
  if (frame > count) throw new NoSuchFrameError(name, frame, count);
  throw new UnsupportedImageError(name, `frame ${frame} of an animation (${format})`);
}

function pageIndices(bytes: Uint8Array, name: string): number[] {
  const directories = withinFile(name, () => tiffDirectories(viewOf(bytes)));
  const pages = directories.flatMap(({ page }, index) => (page ? [index] : []));
  return pages.length > 0 ? pages : directories.map((_, index) => index);
}

function animationFrames(bytes: Uint8Array, name: string, format: string | undefined): number {
  const count = { gif: countGifFrames, webp: countWebpFrames, png: countPngFrames }[format ?? ''];
  return count ? withinFile(name, () => count(viewOf(bytes))) : 1;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
