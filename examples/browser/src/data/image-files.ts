/** Endings of the images that the library decodes in a browser. */
const ENDINGS = [
  ...['png', 'jpg', 'jpeg', 'webp', 'gif', 'bmp', 'tif', 'tiff'],
  ...['dcm', 'dicom', 'nii', 'nii.gz', 'jp2', 'j2k', 'j2c', 'pgm', 'ppm', 'pbm', 'pnm'],
] as const;

/** For people. */
export const IMAGE_KINDS =
  'PNG, JPEG, WebP, GIF, BMP, TIFF, DICOM (.dcm), NIfTI (.nii.gz), JPEG 2000 (.jp2) or PGM';

/** For a file picker. */
export const IMAGE_ACCEPT = [
  'image/*',
  ...ENDINGS.filter((e) => !e.includes('.')).map((e) => `.${e}`),
  '.gz',
].join(',');

/** Whether the name is that of an image. */
export function isImageFile(name: string): boolean {
  return ENDINGS.some((ending) => name.toLowerCase().endsWith(`.${ending}`));
}
