import { checkVectors, type Vectors } from '../metrics/vectors.ts';
import { concatenateBytes } from '../platform/concatenate.ts';
import { type FileOpener, type GivenFile, openGivenFile } from '../platform/given-file.ts';
import { NpyShapeError } from './errors.ts';
import { type NpyArray, npyPieces, readNpyArray } from './npy.ts';

/** @throws {NpyFormatError} @throws {NpyLayoutError} @throws {NpyLengthError} @throws {NpyShapeError} @throws {FileReadError} */
export async function readNpy(files: FileOpener, source: GivenFile): Promise<Vectors> {
  const file = await openGivenFile(files, 'the .npy file', source);
  try {
    return npyVectors(file.name, await readNpyArray(file));
  } finally {
    await file.close();
  }
}

/** An array as vectors, one a row. @throws {NpyShapeError} unless it has two axes */
export function npyVectors(file: string, { shape, data }: NpyArray): Vectors {
  const [rows, dim] = shape;
  if (shape.length !== 2 || rows === undefined || dim === undefined || dim < 1) {
    throw new NpyShapeError(file, shape);
  }
  return { data, rows, dim };
}

/**
 * The bytes of a .npy file of vectors, as `numpy.save` writes them for a float32 array `[n, D]`: for `fs.writeFile`, a
 * download or an upload. Ids are not kept.
 * @param vectors `[n, D]`, such as the `images` of a result
 * @throws {InvalidOptionError} @throws {ShapeError} @throws {NonFiniteVectorError}
 */
export function npyBytes(vectors: Vectors): Uint8Array {
  checkVectors('npyBytes', 'vectors', vectors);
  const { data, rows, dim } = vectors;
  return concatenateBytes([...npyPieces({ shape: [rows, dim], data })]);
}
