import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { ImageFileSizeError, UnreadableImageError, UnsupportedImageError } from '../errors.ts';
import { maxFileBytes } from '../limits.ts';
import { type Affine, affineOf } from './orientation.ts';
import { VOXEL_TYPES, type VoxelType } from './voxels.ts';

/** The longer of both headers, NIfTI-2's, with the flag of extensions behind it. */
export const HEADER_BYTES = 544;

/** What of a NIfTI header decides how a slice looks. */
export interface NiftiHeader {
  /** Voxels along the three axes as they are stored, the first fastest. */
  readonly shape: readonly [number, number, number];
  /** How many such volumes the file has; the first is read. */
  readonly volumes: number;
  readonly type: VoxelType;
  readonly littleEndian: boolean;
  /** Where the voxels begin, in bytes. */
  readonly offset: number;
  /** Of the first volume. */
  readonly byteLength: number;
  /** A value is slope x voxel + intercept. */
  readonly slope: number;
  readonly intercept: number;
  /** `cal_min` and `cal_max`, if they are a range. */
  readonly display?: { readonly low: number; readonly high: number };
  readonly affine: Affine;
}

/**
 * Reads a header of NIfTI-1 or NIfTI-2 in either byte order.
 * @param bytes the file, or its first `HEADER_BYTES`, not compressed
 * @throws {UnreadableImageError} for what is no NIfTI, half of a pair of files, or has sizes that cannot be
 * @throws {UnsupportedImageError} for voxels that are no plain numbers or colours
 * @throws {ImageFileSizeError} for a volume that ends beyond `maxFileBytes`
 */
export function readNiftiHeader(bytes: Uint8Array, source: string): NiftiHeader {
  const header = parse(bytes, source);
  const type = VOXEL_TYPES[header.datatypeCode];
  if (!type) throw new UnsupportedImageError(source, `NIfTI of datatype ${header.datatypeCode}`);
  const { shape, volumes } = sizesOf(header.dims, source);
  const byteLength = shape[0] * shape[1] * shape[2] * type.bytes;
  const { vox_offset: offset, littleEndian, cal_min: low, cal_max: high } = header;
  if (!(offset >= 0 && Number.isSafeInteger(offset))) {
    throw new UnreadableImageError(source, `its voxels cannot begin at byte ${offset}`);
  }
  const needed = offset + byteLength;
  if (needed > maxFileBytes) throw new ImageFileSizeError(source, needed, maxFileBytes);
  const display = Number.isFinite(high - low) && high > low ? { low, high } : undefined;
  const affine = affineOf(header, bytes, source);
  return {
    shape,
    volumes,
    type,
    littleEndian,
    offset,
    byteLength,
    ...scaling(header, source),
    display,
    affine,
  };
}

function parse(bytes: Uint8Array, source: string): NIFTI1 | NIFTI2 {
  const magic = String.fromCharCode(...bytes.subarray(344, 347), ...bytes.subarray(4, 7));
  const [, half, version] = /^n([+i])(1)/.exec(magic) ?? /n([+i])(2)$/.exec(magic) ?? [];
  if (half === 'i') {
    throw new UnreadableImageError(
      source,
      'it is the header of a pair (.hdr and .img); save the pair as one .nii or .nii.gz file',
    );
  }
  if (!version) throw new UnreadableImageError(source, 'it holds no NIfTI volume');
  const header = version === '1' ? new NIFTI1() : new NIFTI2();
  const length = version === '1' ? NIFTI1.STANDARD_HEADER_SIZE : NIFTI2.MAGIC_COOKIE;
  try {
    header.readHeader(new Uint8Array(bytes.subarray(0, length)).buffer); // a copy, and no further: extensions are not looked at
  } catch (cause) {
    throw new UnreadableImageError(source, 'its NIfTI header is damaged or ends early', { cause });
  }
  return header;
}

/** Axes beyond the third are volumes: times, directions, components. */
function sizesOf(dims: readonly number[], source: string): Pick<NiftiHeader, 'shape' | 'volumes'> {
  const [axes = 0, ...all] = dims;
  const sizes = all.slice(0, axes);
  if (!(axes >= 2 && axes <= 7) || sizes.some((size) => !(size >= 1))) {
    throw new UnreadableImageError(source, `its NIfTI header has sizes that cannot be, ${dims.join(' x ')}`);
  }
  const [nx = 1, ny = 1, nz = 1, ...rest] = sizes;
  return { shape: [nx, ny, nz], volumes: rest.reduce((product, size) => product * size, 1) };
}

/** As nibabel: a slope that is 0 or not finite means none. */
function scaling(
  { scl_slope: slope, scl_inter: intercept }: NIFTI1 | NIFTI2,
  source: string,
): Pick<NiftiHeader, 'slope' | 'intercept'> {
  if (slope === 0 || !Number.isFinite(slope)) return { slope: 1, intercept: 0 };
  if (Number.isFinite(intercept)) return { slope, intercept };
  throw new UnreadableImageError(source, `its scl_inter is ${intercept} beside a scl_slope of ${slope}`);
}
