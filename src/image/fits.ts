import type { DecodedImage } from './decoded-image.ts';
import { UnfitImageError } from './errors.ts';
import { type ResizeRule, resizedSide } from './resample-plan.ts';

/**
 * The image, if it can be made a square by a model's rule.
 * @throws {UnfitImageError} for a side that `longest` makes nothing of, and for a palette or 1-bit image that it pads:
 *   Pillow pads these by an entry of the palette, which is not kept
 */
export function expectFits(
  image: DecodedImage,
  source: string,
  { size, resizeMode }: ResizeRule & { readonly size: number },
): DecodedImage {
  if (resizeMode !== 'longest') return image;
  const { width, height, mode } = image;
  const sides = [width, height].map((side) => resizedSide(side, image, size, resizeMode));
  if (sides.includes(0)) {
    const problem = `${width} x ${height} pixels are nothing along one side, once the other is ${size}; crop the image`;
    throw new UnfitImageError(source, problem);
  }
  if (mode === 'nearest' && sides.some((side) => side < size)) {
    const problem =
      'a palette or 1-bit image, which would be padded by an entry of its palette; convert it to RGB';
    throw new UnfitImageError(source, problem);
  }
  return image;
}
