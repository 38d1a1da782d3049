import type { DecodeOptions, ImagePlane } from '../decode-options.ts';
import type { DecodedImage } from '../decoded-image.ts';
import { NoSuchFrameError } from '../errors.ts';
import { checkDimensions } from '../limits.ts';
import type { ImageWindow, WindowChoice } from '../source.ts';
import { layoutOf, type SliceLayout, slicesOf } from './slice.ts';
import { openHeader, openVolume, type Volume } from './volume.ts';
import { finiteRange, type ValueRange } from './voxels.ts';

/**
 * A slice of a NIfTI volume (NIfTI-1 or NIfTI-2, plain or gzip, of several volumes the first) as radiologists' viewers show it: see
 * `layoutOf`. Planes are the patient's, by the file's affine: the stored axis nearest to each is taken, as nibabel's
 * `as_closest_canonical` does, and nothing is resampled: a pixel is a voxel, whatever its sides are.
 *
 * Values (slope x voxel + intercept) go through a window in their own unit. Default: the file's `cal_min` and `cal_max` if these are a
 * range, else the least and the greatest value of the volume; `auto`: those of the slice. What is no number is black. Colours have
 * no window.
 * @throws {NoSuchFrameError} @throws {UnreadableImageError} @throws {UnsupportedImageError} @throws {ImageFileSizeError}
 */
export async function decodeNifti(
  bytes: Uint8Array,
  source: string,
  { window, frame, plane = 'axial' }: DecodeOptions = {},
): Promise<DecodedImage> {
  const volume = await openVolume(bytes, source);
  const { shape } = volume.header;
  const slices = slicesOf(shape, volume.orientation, plane);
  const slice = frame ?? Math.floor(slices / 2) + 1;
  if (slice > slices) throw new NoSuchFrameError(source, slice, slices);
  const layout = layoutOf(shape, volume.orientation, plane, slice);
  checkDimensions(layout.width, layout.height, source);
  const { width, height } = layout;
  const data = volume.header.type.channels > 1 ? colours(volume, layout) : greys(volume, layout, window);
  const frames = frame === undefined && slices > 1 ? slices : undefined;
  return { width, height, mode: 'rgb', data, frames };
}

/** How many slices a volume has in the plane. Only its header is read. @throws {ImageError} */
export async function niftiSlices(bytes: Uint8Array, source: string, plane: ImagePlane): Promise<number> {
  const { header, orientation } = await openHeader(bytes, source);
  return slicesOf(header.shape, orientation, plane);
}

function colours({ header, voxels }: Volume, layout: SliceLayout): Uint8Array {
  const { channels } = header.type;
  const rgba = new Uint8Array(4 * layout.width * layout.height).fill(255);
  for (const [pixel, voxel] of voxelsIn(layout).entries()) {
    for (let c = 0; c < 3; c++) rgba[4 * pixel + c] = Number(voxels[voxel * channels + c]);
  }
  return rgba;
}

function greys(volume: Volume, layout: SliceLayout, choice: WindowChoice | undefined): Uint8Array {
  const { slope, intercept } = volume.header;
  const values = voxelsIn(layout).map((voxel) => slope * Number(volume.voxels[voxel]) + intercept);
  const { low, high } = windowOf(volume, values, choice);
  const scale = 255 / (high - low);
  const rgba = new Uint8ClampedArray(4 * values.length).fill(255); // NaN becomes 0, and what lies outside 0 to 255 its ends
  for (const [i, value] of values.entries()) {
    rgba.fill(Math.floor((value - low) * scale + 0.5), 4 * i, 4 * i + 3);
  }
  return new Uint8Array(rgba.buffer);
}

function windowOf(
  { header, range }: Volume,
  slice: Float64Array,
  choice: WindowChoice | undefined,
): ImageWindow {
  if (typeof choice === 'object') return choice;
  if (choice === 'auto') return between(finiteRange(slice));
  if (header.display) return header.display;
  const { least, greatest } = range();
  const [a, b] = [least, greatest].map((value) => header.slope * value + header.intercept) as [
    number,
    number,
  ];
  return between({ least: Math.min(a, b), greatest: Math.max(a, b) }); // a slope may be negative
}

/** What has one value alone is black. */
function between({ least: low, greatest: high }: ValueRange): ImageWindow {
  return high > low ? { low, high } : { low, high: low + 1 };
}

/** The voxels of a slice, row by row. */
function voxelsIn({ width, height, start, across, down }: SliceLayout): Float64Array {
  return Float64Array.from({ length: width * height }, (_, pixel) => {
    return start + Math.floor(pixel / width) * down + (pixel % width) * across;
  });
}
