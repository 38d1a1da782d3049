import { ImageFileSizeError, ImageTooLargeError, UnreadableImageError } from './errors.ts';

/** Twice Pillow's `MAX_IMAGE_PIXELS`, where Pillow, too, refuses to decode; about 716 MB as RGBA. */
export const maxPixels = 178_956_970;

/** The largest file that is read, in bytes. */
export const maxFileBytes = 1_073_741_824;

/** The longest side over the shortest; the centre crop of a longer image would hold almost nothing of it. */
const maxAspect = 100_000;

/**
 * @throws {ImageTooLargeError}
 * @throws {UnreadableImageError} if there are no pixels, or one side is over 100,000 times the other
 */
export function checkDimensions(width: number, height: number, source: string): void {
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  if (!(short >= 1)) throw new UnreadableImageError(source, `it has ${width} x ${height} pixels`);
  if (width * height > maxPixels) throw new ImageTooLargeError(source, width, height, maxPixels);
  if (long / short > maxAspect) {
    throw new UnreadableImageError(source, `${width} x ${height} pixels are a line, not an image`);
  }
}

/** @throws {ImageFileSizeError} */
export function checkFileSize(bytes: number, source: string): void {
  if (bytes > maxFileBytes) throw new ImageFileSizeError(source, bytes, maxFileBytes);
}
