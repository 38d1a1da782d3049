import type { DecodedImage } from './decoded-image.ts';
import { UnreadableImageError } from './errors.ts';
import { checkDimensions } from './limits.ts';
import { checkWindow, type ImageWindow, nameOf, type PixelSource, type WindowChoice } from './source.ts';

/**
 * Pixels that the caller decoded, as an image with alpha.
 * @throws {UnreadableImageError} unless `data` is as long as width x height RGBA pixels
 */
export function fromPixels(pixels: PixelSource): DecodedImage {
  const { width, height, data } = pixels;
  const name = nameOf(pixels);
  const whole = Number.isInteger(width) && Number.isInteger(height);
  const bytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  if (!whole || !bytes || data.length !== width * height * 4) {
    throw new UnreadableImageError(
      name,
      `RGBA pixels must be bytes of length width x height x 4, got ${data?.length} of type ${data?.constructor.name}`,
    );
  }
  checkDimensions(width, height, name);
  return { width, height, mode: 'rgba', data };
}

/**
 * 16-bit grey `[height, width]` as opaque RGBA bytes, through the window.
 * @throws {InvalidOptionError} unless low < high
 */
export function windowGrey(
  values: Uint16Array,
  choice?: WindowChoice,
): Pick<DecodedImage, 'mode' | 'data' | 'unusedBits'> {
  if (choice) checkWindow(choice);
  const window = choice === 'dicom' ? undefined : choice; // such a file has none of its own
  const [least, greatest] = extremes(values);
  const { low, high } =
    window === 'auto' ? autoWindow(least, greatest) : (window ?? { low: 0, high: 65_535 });
  const scale = 255 / (high - low);
  const table = Uint8ClampedArray.from({ length: 65_536 }, (_, v) => {
    return Math.min(255, Math.max(0, Math.floor((v - low) * scale + 0.5)));
  });
  const rgba = new Uint8Array(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    const grey = table[values[i] ?? 0] ?? 0;
    rgba.fill(grey, 4 * i, 4 * i + 3);
    rgba[4 * i + 3] = 255;
  }
  return { mode: 'rgb', data: rgba, unusedBits: window ? 0 : Math.clz32(greatest) - 16 };
}

/** White of the depths at which scanners and cameras write: 8, 10, 12 and 14 bits. */
const WHITES = [255, 1023, 4095, 16_383];

function autoWindow(least: number, greatest: number): ImageWindow {
  const white = WHITES.find((each) => greatest <= each);
  if (white !== undefined) return { low: 0, high: white };
  return { low: least, high: Math.max(greatest, least + 1) };
}

function extremes(values: Uint16Array): [least: number, greatest: number] {
  let [least, greatest] = [65_535, 0];
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [Math.min(least, greatest), greatest];
}
