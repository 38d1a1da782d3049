/** Endings of image files in archives. */
const ENDINGS = new Set([
  'jpg',
  'jpeg',
  'png',
  'webp',
  'tif',
  'tiff',
  'gif',
  'bmp',
  'dcm',
  'pgm',
  'ppm',
  'pbm',
  'pnm',
  'jp2',
  'j2k',
]);

/** Whether a name is that of an image, by its ending. */
export function isImageName(name: string): boolean {
  return ENDINGS.has((name.split('.').at(-1) ?? '').toLowerCase());
}
