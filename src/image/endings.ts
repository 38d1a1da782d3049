/** How names of images in a directory or an archive end. A file named explicitly may have any. */
export const IMAGE_ENDINGS = [
  ...['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.gif', '.bmp', '.dib'],
  ...['.jp2', '.j2k', '.j2c', '.jpc', '.pbm', '.pgm', '.ppm', '.pnm'],
  ...['.dcm', '.dicom', '.nii', '.nii.gz'],
] as const;

/** Whether a file is an image by its name. */
export function hasImageEnding(path: string): boolean {
  const name = path.toLowerCase();
  return IMAGE_ENDINGS.some((ending) => name.endsWith(ending));
}
