import type { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { UnreadableImageError } from '../errors.ts';

type Vector = [number, number, number];
/** 3 x 3: a row for the patient's right, anterior and superior, a column for each axis of the voxels. */
export type Affine = [Vector, Vector, Vector];

/** For right, anterior and superior, the stored axis nearest to each, and whether that runs the other way. */
export type Orientation = readonly { readonly axis: number; readonly reversed: boolean }[];

/**
 * The affine without its shift, as nibabel chooses it (`get_best_affine`): sform, else qform, else the spacings with the first
 * axis to the left. nifti-reader-js has other rules where both are given, and none but sform in NIfTI-2.
 * @param bytes the header
 * @throws {UnreadableImageError} for a quaternion that is none
 */
export function affineOf(header: NIFTI1 | NIFTI2, bytes: Uint8Array, source: string): Affine {
  if (header.sform_code > 0) return sform(header, bytes);
  const spacings = [1, 2, 3].map((i) => Math.abs(header.pixDims[i] ?? 0) || 1); // nibabel repairs 0 and less so
  if (header.qform_code <= 0) return scaleColumns(TO_THE_LEFT, spacings);
  const rotation = rotationOf(header);
  if (!rotation)
    throw new UnreadableImageError(source, 'the rotation in its NIfTI header (quatern_b, c, d) is none');
  const qfac = (header.pixDims[0] ?? 0) < 0 ? -1 : 1;
  return scaleColumns(scaleColumns(rotation, spacings), [1, 1, qfac]);
}

const TO_THE_LEFT: Affine = [
  [-1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

function sform(header: NIFTI1 | NIFTI2, bytes: Uint8Array): Affine {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = 'quatern_a' in header; // NIfTI-1, which has f32 at 280; NIfTI-2 has f64 at 400
  const value = (i: number) =>
    first
      ? view.getFloat32(280 + 4 * i, header.littleEndian)
      : view.getFloat64(400 + 8 * i, header.littleEndian);
  const row = (i: number): Vector => [value(4 * i), value(4 * i + 1), value(4 * i + 2)];
  return [row(0), row(1), row(2)];
}

/** nifti1.h, method 2. Undefined where b, c and d are longer than 1 by more than three times f32's epsilon, as in nibabel. */
function rotationOf({ quatern_b: b, quatern_c: c, quatern_d: d }: NIFTI1 | NIFTI2): Affine | undefined {
  const rest = 1 - (b * b + c * c + d * d);
  if (!(rest >= -3 * 2 ** -23)) return undefined;
  const a = Math.sqrt(Math.max(rest, 0));
  return [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
  ];
}

/**
 * Which stored axis lies nearest to each of the patient's, as nibabel's `io_orientation`: by the rotation nearest to the affine
 * (its polar decomposition), so that oblique and sheared volumes are told apart too.
 * @throws {UnreadableImageError} where two axes are parallel, or one has no direction
 */
export function orientationOf(affine: Affine, source: string): Orientation {
  const lengths = [0, 1, 2].map((i) => Math.hypot(...affine.map((row) => row[i] ?? 0)));
  const directions = scaleColumns(
    affine,
    lengths.map((length) => 1 / length),
  );
  if (!(Math.abs(determinant(directions)) > 1e-6)) {
    throw new UnreadableImageError(source, 'the affine in its NIfTI header has no three directions');
  }
  const rotation = nearestRotation(directions);
  const nearest: { axis: number; reversed: boolean }[] = [];
  for (const axis of [0, 1, 2]) {
    const column = rotation.map((row, world) => (nearest[world] ? 0 : (row[axis] ?? 0)));
    const world = column
      .map(Math.abs)
      .reduce((best, size, i, sizes) => (size > (sizes[best] ?? 0) ? i : best), 0);
    nearest[world] = { axis, reversed: (column[world] ?? 0) < 0 };
  }
  return nearest;
}

/** The orthogonal factor of the polar decomposition, by Newton's iteration X <- (X + X^-T) / 2 (Higham 1986). */
function nearestRotation(matrix: Affine): Affine {
  let x = matrix;
  for (let step = 0; step < 30; step++) {
    const inverse = inverseTranspose(x);
    x = x.map((row, i) => row.map((value, j) => (value + (inverse[i]?.[j] ?? 0)) / 2)) as Affine;
  }
  return x;
}

/** Its cofactors over its determinant. */
function inverseTranspose([a, b, c]: Affine): Affine {
  const det = determinant([a, b, c]);
  return [cross(b, c), cross(c, a), cross(a, b)].map((row) => row.map((value) => value / det)) as Affine;
}

function determinant([a, b, c]: Affine): number {
  return a.reduce((sum, value, i) => sum + value * (cross(b, c)[i] ?? 0), 0);
}

function cross([a, b, c]: Vector, [d, e, f]: Vector): Vector {
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

function scaleColumns(matrix: Affine, factors: readonly number[]): Affine {
  return matrix.map((row) => row.map((value, i) => value * (factors[i] ?? 1))) as Affine;
}
