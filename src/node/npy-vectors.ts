import type { Vectors } from '../metrics/vectors.ts';
import { NpyShapeError } from './errors.ts';
import { readNpy } from './npy.ts';

/**
 * Vectors from a .npy file, one a row.
 * @throws {NpyShapeError} unless it has two axes
 * @throws {FileReadError} @throws {NpyFormatError} @throws {NpyLayoutError} @throws {NpyLengthError}
 */
export async function readNpyVectors(path: string): Promise<Vectors> {
  const { shape, data } = await readNpy(path);
  const [rows, dim] = shape;
  if (shape.length !== 2 || rows === undefined || dim === undefined || dim < 1) {
    throw new NpyShapeError(path, shape);
  }
  return { data, rows, dim };
}
