import type { ImagePlane } from '../decode-options.ts';
import type { Orientation } from './orientation.ts';

/** Where the pixels of a slice lie among the voxels: at start + row x down + column x across. */
export interface SliceLayout {
  readonly width: number;
  readonly height: number;
  /** The voxel of the pixel at the top left. */
  readonly start: number;
  /** From a pixel to the one at its right, in voxels. */
  readonly across: number;
  /** From a pixel to the one below it, in voxels. */
  readonly down: number;
}

const [RIGHT, ANTERIOR, SUPERIOR] = [0, 1, 2];

/** What each plane is stacked along, and what its rows and columns run along. */
const PLANES: Readonly<Record<ImagePlane, readonly [stack: number, row: number, column: number]>> = {
  axial: [SUPERIOR, RIGHT, ANTERIOR],
  coronal: [ANTERIOR, RIGHT, SUPERIOR],
  sagittal: [RIGHT, ANTERIOR, SUPERIOR],
};

/** How many slices of the plane a volume has. */
export function slicesOf(shape: readonly number[], orientation: Orientation, plane: ImagePlane): number {
  return shape[orientation[PLANES[plane][0]]?.axis ?? 0] ?? 0;
}

/**
 * A slice as radiologists' viewers show it: the patient's right at the left, in a sagittal one the front at the left; the front of
 * an axial one and the head's end of the others at the top.
 * @param slice from 1: the lowest, the hindmost or the leftmost
 */
export function layoutOf(
  shape: readonly number[],
  orientation: Orientation,
  plane: ImagePlane,
  slice: number,
): SliceLayout {
  const [stack, row, column] = PLANES[plane];
  const along = (direction: number) => {
    const { axis, reversed } = orientation[direction] ?? { axis: 0, reversed: false };
    const size = shape[axis] ?? 1;
    const step = shape.slice(0, axis).reduce((product, n) => product * n, 1) * (reversed ? -1 : 1);
    return { size, step, first: reversed ? -step * (size - 1) : 0, last: reversed ? 0 : step * (size - 1) };
  };
  const [depth, across, down] = [along(stack), along(row), along(column)];
  // A picture's rows and columns begin at the far end: at the right, the front, the top.
  return {
    width: across.size,
    height: down.size,
    start: depth.first + depth.step * (slice - 1) + across.last + down.last,
    across: -across.step,
    down: -down.step,
  };
}
